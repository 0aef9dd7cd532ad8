//! The chain of an error: what it says, and every cause below it.

use std::error::Error;

/// Returns an error and every cause below it, the outermost first.
pub fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Returns what an error says, with every cause below it: `outer: inner: innermost`.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = error.source().into_iter().flat_map(chain);
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn every_cause_is_told_once_the_outermost_first() {
        let error = Outer("x".parse::<u8>().expect_err("it is no number"));
        assert_eq!(with_causes(&error), "outer: invalid digit found in string");
        assert_eq!(chain(&error).count(), 2);
    }
}
