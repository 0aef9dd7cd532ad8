//! Lists that come in pages: followed from token to token, to their end or to where they have none.

use std::collections::BTreeSet;

use super::call_error::CallError;

/// The most pages of one list: more than a stack has events in the 90 days that AWS keeps them.
const MOST_PAGES: usize = 1_000;

/// The pages of one list, as far as they were read.
#[derive(Debug)]
pub(in crate::cloud) struct Pages {
    operation: &'static str,
    token: Option<String>,
    seen: BTreeSet<String>,
    count: usize,
}

impl Pages {
    /// Returns a list of which no page was read.
    pub fn of(operation: &'static str) -> Self {
        Self { operation, token: None, seen: BTreeSet::new(), count: 0 }
    }

    /// Returns the token of the next page; none of the first.
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Takes in the token that a page gave of the one after it, and returns whether there is one.
    ///
    /// # Errors
    /// When the list leads back to a page that was read, or goes on for too long.
    pub fn advance(&mut self, next: Option<String>) -> Result<bool, CallError> {
        self.count += 1;
        let Some(token) = next.filter(|token| !token.is_empty()) else { return Ok(false) };
        if !self.seen.insert(token.clone()) {
            let text = format!("page {} of the list leads back to one that was read", self.count);
            return Err(CallError::unreadable(self.operation, text));
        }
        if self.count >= MOST_PAGES {
            let text = format!("the list has more than {MOST_PAGES} pages");
            return Err(CallError::unreadable(self.operation, text));
        }
        self.token = Some(token);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advance(pages: &mut Pages, token: &str) -> Result<bool, String> {
        pages.advance(Some(token.to_owned())).map_err(|error| error.text)
    }

    #[test]
    fn a_list_ends_where_no_token_or_an_empty_one_is_given() {
        let mut pages = Pages::of("a:List");
        assert_eq!(pages.token(), None);
        assert_eq!(advance(&mut pages, "a"), Ok(true));
        assert_eq!(pages.token().as_deref(), Some("a"));
        assert_eq!(advance(&mut pages, ""), Ok(false));
        assert_eq!(Pages::of("a:List").advance(None).map_err(|error| error.text), Ok(false));
    }

    #[test]
    fn a_list_that_leads_in_a_circle_or_goes_on_for_ever_is_given_up() {
        let mut circle = Pages::of("a:List");
        assert_eq!((advance(&mut circle, "a"), advance(&mut circle, "b")), (Ok(true), Ok(true)));
        assert!(advance(&mut circle, "a").is_err_and(|text| text.contains("page 3")));
        let mut endless = Pages::of("a:List");
        let ends = (0..).find(|page| advance(&mut endless, &page.to_string()).is_err());
        assert_eq!(ends, Some(MOST_PAGES - 1));
    }
}
