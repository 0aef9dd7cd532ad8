//! Accounts that could not be entered, grouped by their cause.

use super::key::{CauseKey, normalised};
use super::mask::Names;
use super::reason::Reason;
use crate::event::Failure;

/// Gathers accounts that could not be entered, given as name, id and failure, by their cause: the
/// first failure of each, and the names of all who share it.
pub fn by_cause<'a>(
    refused: impl Iterator<Item = (&'a str, &'a str, &'a Failure)>,
) -> Vec<(&'a Failure, Vec<&'a str>)> {
    let mut seen: Vec<CauseKey> = Vec::new();
    let mut causes: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for (account, account_id, failure) in refused {
        let names = Names { account, account_id, region: "", stack: "", masks_stack: false };
        let key = normalised(failure, &Reason::of(failure), &names);
        match seen.iter().position(|other| *other == key) {
            Some(at) => causes[at].1.push(account),
            None => {
                seen.push(key);
                causes.push((failure, vec![account]));
            }
        }
    }
    causes
}
