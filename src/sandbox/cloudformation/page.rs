//! Pagination of long lists by `NextToken`.

use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::{Refusal, xml};

/// The most entries of one answer.
const PAGE: usize = 100;

/// Returns the entries of the page a request asks for, and the token of the next one as XML.
///
/// The token is the last entry's own id, so that entries which arrive meanwhile shift nothing.
///
/// # Errors
/// If the token is none of this list's.
pub fn page<'a, T>(
    call: &QueryCall<'_>,
    entries: Vec<&'a T>,
    id: fn(&T) -> &str,
) -> Result<(Vec<&'a T>, String), Refusal> {
    let start = match call.form.optional("NextToken") {
        None => 0,
        Some(token) => match entries.iter().position(|entry| id(entry) == token) {
            Some(last) => last + 1,
            None => return Err(Refusal::validation("Invalid NextToken")),
        },
    };
    let has_more = entries.len() > start + PAGE;
    let entries: Vec<&T> = entries.into_iter().skip(start).take(PAGE).collect();
    let next = entries.last().filter(|_| has_more).map(|last| id(last));
    let next = xml::optional("NextToken", next);
    Ok((entries, next))
}
