//! Who is in an organization, as it said when it was asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::AccountId;

/// The state of an account that stacks can be sent to.
///
/// Source: the Organizations API reference, `Account`, member `State`.
pub const ACTIVE: &str = "ACTIVE";

/// The units and accounts of an organization, as far as somebody asked for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The root and the units that were looked at, the root first.
    pub units: Vec<ListedUnit>,
    /// The accounts in those of them that were meant, by id.
    pub accounts: Vec<ListedAccount>,
}

/// The root, or a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedUnit {
    /// `r-…` or `ou-…`.
    pub id: String,
    /// The names of the units from the root to this one; none for the root.
    pub path: Vec<String>,
}

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAccount {
    /// Its 12 digits.
    pub id: AccountId,
    /// Its name in Organizations, which may be any text.
    pub name: String,
    /// The id of the unit that it is in.
    pub unit: String,
    /// `State`, or `Status` where that is missing, such as [`ACTIVE`].
    pub state: String,
    /// Its tags; absent if they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

impl Listing {
    /// Returns the root or the unit of an id.
    pub fn unit(&self, id: &str) -> Option<&ListedUnit> {
        self.units.iter().find(|unit| unit.id == id)
    }
}

impl ListedUnit {
    /// Returns its path with slashes, empty for the root.
    pub fn written(&self) -> String {
        self.path.join("/")
    }
}
