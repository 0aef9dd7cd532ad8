//! An organization as it is written down: its accounts, each with the path of its unit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::AccountId;

/// An organization. Units are those that accounts are in, those above them, and those that are named besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Organization {
    /// Its management account, a member at the root if it is not listed.
    pub management: AccountId,
    /// Members that may read it as well.
    #[serde(default)]
    pub delegated_administrators: Vec<AccountId>,
    /// Units that hold no account, as paths from the root such as `Workloads/Prod`.
    #[serde(default)]
    pub units: Vec<String>,
    /// Ids of units that are to have none made from their path, by path.
    #[serde(default)]
    pub unit_ids: BTreeMap<String, String>,
    /// Every member but the management account, which need not be listed.
    pub accounts: Vec<MemberAccount>,
    /// Whether nobody wrote it down: every account is a member then, and may read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made_up: bool,
}

/// An account that is a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemberAccount {
    /// Its 12 digits.
    pub id: AccountId,
    /// Its name, which may be any text.
    pub name: String,
    /// The path of its unit from the root; empty at the root itself.
    #[serde(default)]
    pub unit: String,
    /// Its tags, by key.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Whether it can be used.
    #[serde(default)]
    pub state: MemberState,
}

/// Where an account stands between its creation and its end.
///
/// Source: the Organizations API reference, `Account`, member `State`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MemberState {
    /// It was created and is not ready yet.
    PendingActivation,
    /// It can be used.
    #[default]
    Active,
    /// AWS keeps it from being used.
    Suspended,
    /// It is being closed.
    PendingClosure,
    /// It is closed, and may be opened again for 90 days.
    Closed,
}

impl Organization {
    /// Returns an organization of its management account alone.
    pub fn of(management: AccountId) -> Self {
        Self {
            management,
            delegated_administrators: Vec::new(),
            units: Vec::new(),
            unit_ids: BTreeMap::new(),
            accounts: Vec::new(),
            is_made_up: false,
        }
    }

    /// Returns what is made up, beside what was made up before; what somebody wrote down is left as it is.
    pub fn made_up_beside(self, standing: Option<&Self>) -> Self {
        let Some(standing) = standing else { return Self { is_made_up: true, ..self } };
        let mut all = standing.clone();
        if !all.is_made_up {
            return all;
        }
        for (path, id) in self.unit_ids {
            all.unit_ids.entry(path).or_insert(id);
        }
        for account in self.accounts {
            match all.accounts.iter_mut().find(|known| known.id == account.id) {
                Some(known) => known.tags.extend(account.tags),
                None => all.accounts.push(account),
            }
        }
        all
    }

    /// Whether an account is a member.
    pub fn has(&self, id: &AccountId) -> bool {
        self.is_made_up
            || &self.management == id
            || self.accounts.iter().any(|account| &account.id == id)
    }

    /// Whether an account may read it: the management account, and delegated administrators.
    pub fn is_read_by(&self, id: &AccountId) -> bool {
        self.is_made_up || &self.management == id || self.delegated_administrators.contains(id)
    }
}

impl MemberAccount {
    /// Returns an account in a unit.
    pub fn new(id: AccountId, name: impl Into<String>, unit: impl Into<String>) -> Self {
        let (tags, state) = (BTreeMap::new(), MemberState::Active);
        Self { id, name: name.into(), unit: unit.into(), tags, state }
    }
}
