//! Failures with one cause as one entry: "212 accounts: iam:CreateRole denied by a service control
//! policy".
//!
//! Two failures have one cause if they say the same once what differs from account to account is
//! left out: ids and names of the account and its stack, Regions, sessions, requests, times, and
//! the random ends of names. Everything else stays, so that what a person would call two causes
//! stays two. Nothing here knows where a failure came from but its words.

mod cluster;
mod denial;
mod key;
mod masked;
mod reason;
mod title;

use crate::event::Failure;
use crate::report::words;

pub(super) use cluster::is_own;
pub use cluster::{Cluster, Clusters, Member};

/// Returns a failure in a few words, with its resource unless they name it.
pub(super) fn brief(failure: &Failure) -> String {
    words::with_resource(&title::told(failure, None).title, failure.resource.as_deref())
}
