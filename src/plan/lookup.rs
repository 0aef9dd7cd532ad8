//! Lookups: the values that AWS keeps and a run reads, each with the account and Region that it is read in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::environment::LookedUp;
use crate::name::{AccountId, Region};

/// What is read when a stack instance starts, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedLookup {
    /// What is read.
    pub what: LookedUp,
    /// The account, as a position in the plan's accounts.
    #[serde(skip)]
    pub account: usize,
    /// The same account's id.
    pub account_id: AccountId,
    /// The Region it is read in.
    pub region: Region,
}

impl fmt::Display for PlannedLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}/{}", self.what, self.account_id, self.region)
    }
}
