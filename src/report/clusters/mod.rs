//! Failures with one cause as one entry: "212 accounts: iam:CreateRole denied by a service control
//! policy".
//!
//! Two failures have one cause if they say the same once what differs from account to account is
//! left out: ids and names of the account and its stack, Regions, sessions, requests, times, and
//! the random ends of names. Everything else stays, so that what a person would call two causes
//! stays two. Nothing here knows where a failure came from but its words.

mod cluster;
mod denial;
mod entry;
mod gathered;
mod key;
mod masked;
mod reason;
mod title;

use super::text::words;
use crate::event::{AnnouncedInstance, Failure};

pub use cluster::{Cluster, Member};
pub(super) use entry::is_own;
pub use gathered::Clusters;
pub(super) use key::Key;

/// Returns the key of a resource's failure in a stack instance: see [`Key`].
pub(super) fn key(failure: &Failure, announced: &AnnouncedInstance) -> Key {
    let AnnouncedInstance { id, account_id, stack_name, .. } = announced;
    let names = masked::Names {
        account: id.account.as_str(),
        account_id: account_id.as_str(),
        region: id.region.as_str(),
        stack: stack_name.as_str(),
        masks_stack: true,
    };
    key::normalised(failure, &reason::Reason::of(failure), &names)
}

/// Gathers accounts that could not be entered, given as name, id and failure, by their cause: the
/// first failure of each, and the names of all who share it.
pub fn by_cause<'a>(
    refused: impl Iterator<Item = (&'a str, &'a str, &'a Failure)>,
) -> Vec<(&'a Failure, Vec<&'a str>)> {
    let mut seen: Vec<Key> = Vec::new();
    let mut causes: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for (account, account_id, failure) in refused {
        let names =
            masked::Names { account, account_id, region: "", stack: "", masks_stack: false };
        let key = key::normalised(failure, &reason::Reason::of(failure), &names);
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

/// Returns a failure in a few words, with its resource unless they name it.
pub(super) fn brief(failure: &Failure) -> String {
    let told = title::told(failure, &reason::Reason::of(failure), None);
    words::with_resource(&told.title, failure.resource.as_deref())
}
