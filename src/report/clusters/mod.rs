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

use crate::event::{Announced, Failure};
use crate::report::words;

pub use cluster::{Cluster, Member};
pub(super) use entry::is_own;
pub use gathered::Clusters;
pub(super) use key::Key;

/// Returns the key of a resource's failure in a stack instance: see [`Key`].
pub(super) fn key(failure: &Failure, announced: &Announced) -> Key {
    let Announced { id, account_id, stack_name, .. } = announced;
    let names = masked::Names {
        account: id.account.as_str(),
        account_id: account_id.as_str(),
        region: id.region.as_str(),
        stack: stack_name.as_str(),
        masks_stack: true,
    };
    key::normalised(failure, &reason::Reason::of(failure), &names)
}

/// Returns a failure in a few words, with its resource unless they name it.
pub(super) fn brief(failure: &Failure) -> String {
    let told = title::told(failure, &reason::Reason::of(failure), None);
    words::with_resource(&told.title, failure.resource.as_deref())
}
