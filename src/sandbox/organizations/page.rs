//! Pages of a list, now and then an empty one before the last, as Organizations gives them.
//!
//! Source: the Organizations API reference: a list operation "can occasionally return an empty set of results even
//! when there are more results available".

use serde_json::{Value as Json, json};

use super::call::invalid;
use crate::sandbox::wire::Refusal;

/// The most results of a page, and as many as there are unless it is said.
const MOST: usize = 20;

/// What stands behind the position in the token of a page that follows an empty one.
const AFTER_EMPTY: &str = "-";

/// Returns the page of a list that `input` asks for, under `member`.
///
/// # Errors
/// If the input asks for no page that there is.
pub fn page(items: &[Json], member: &str, input: &Json) -> Result<Json, Refusal> {
    let most = match &input["MaxResults"] {
        Json::Null => MOST,
        number => {
            let most = number.as_u64().and_then(|most| usize::try_from(most).ok());
            most.filter(|most| (1..=MOST).contains(most)).ok_or_else(|| {
                invalid(format!("You provided a MaxResults that is not within 1 to {MOST}."))
            })?
        }
    };
    let (from, is_after_empty) = match input["NextToken"].as_str() {
        None => (0, true),
        Some(token) => {
            let position = token.strip_suffix(AFTER_EMPTY);
            let from = position.unwrap_or(token).parse().ok().filter(|from| *from < items.len());
            let unknown = || invalid("You provided a NextToken that is not valid.");
            (from.ok_or_else(unknown)?, position.is_some())
        }
    };
    let rest = &items[from..];
    if !is_after_empty && rest.len() <= most {
        return Ok(json!({ member: [], "NextToken": format!("{from}{AFTER_EMPTY}") }));
    }
    let shown = &rest[..rest.len().min(most)];
    let mut page = json!({ member: shown });
    if shown.len() < rest.len() {
        page["NextToken"] = (from + shown.len()).to_string().into();
    }
    Ok(page)
}
