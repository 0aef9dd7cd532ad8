//! Failures with one cause as one entry: "212 accounts: iam:CreateRole denied by a service control
//! policy".
//!
//! Two failures have one cause if they say the same once what differs from account to account is
//! left out: ids and names of the account and its stack, Regions, sessions, requests, times, and
//! the random ends of names. Everything else stays, so that what a person would call two causes
//! stays two. Nothing here knows where a failure came from but its words.

mod builder;
mod by_cause;
mod cluster;
mod grouped;
mod key;
mod mask;
mod reason;
mod title;

pub(super) use builder::is_own;
pub use by_cause::by_cause;
pub use cluster::{Cluster, Member};
pub use grouped::Clusters;
pub(super) use key::{CauseKey, resource_key};
pub(super) use title::brief;
