//! What is kept of the accounts of a plan: how they are entered, but no external id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::name::{AccountId, AccountName, Region, RoleArn, SessionName};
use crate::plan::{AccountEntry, PlannedValue, RoleEntry, TargetAccount};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptAccount {
    /// Its environment, as a position in the plan's.
    pub environment: usize,
    name: AccountName,
    id: AccountId,
    region: Region,
    wave: usize,
    entry: KeptEntry,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeptEntry {
    Source,
    Profile(String),
    AssumeRole(Box<KeptRole>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptRole {
    via: Vec<RoleArn>,
    role: RoleArn,
    /// Whether an external id belongs to it, which is not kept.
    has_external_id: bool,
    /// Where it is read anew, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<PlannedValue>,
    session_name: SessionName,
    duration_s: u64,
    session_policy: Option<String>,
    session_tags: BTreeMap<String, String>,
    source_identity: Option<String>,
}

impl KeptAccount {
    /// Returns where the external id is read anew that belongs to its role, if one does; nothing where that is not
    /// known.
    pub fn external_id(&self) -> Option<Option<&PlannedValue>> {
        match &self.entry {
            KeptEntry::AssumeRole(role) => {
                role.has_external_id.then_some(role.external_id.as_ref())
            }
            KeptEntry::Source | KeptEntry::Profile(_) => None,
        }
    }

    /// Returns what is kept of an account.
    pub fn of(target: &TargetAccount) -> Self {
        let entry = match &target.entry {
            AccountEntry::Source => KeptEntry::Source,
            AccountEntry::Profile(profile) => KeptEntry::Profile(profile.clone()),
            AccountEntry::AssumeRole(entry) => KeptEntry::AssumeRole(Box::new(KeptRole {
                via: entry.via.clone(),
                role: entry.role.clone(),
                has_external_id: entry.external_id.is_some(),
                external_id: entry.external_id.as_ref().map(|id| id.source().clone()),
                session_name: entry.session_name.clone(),
                duration_s: entry.duration.as_secs(),
                session_policy: entry.session_policy.as_deref().map(str::to_owned),
                session_tags: entry.session_tags.clone(),
                source_identity: entry.source_identity.clone(),
            })),
        };
        Self {
            environment: target.environment,
            name: target.name.clone(),
            id: target.id.clone(),
            region: target.region.clone(),
            wave: target.wave,
            entry,
        }
    }

    /// Returns its name and its id.
    pub fn name_and_id(&self) -> (&AccountName, &AccountId) {
        (&self.name, &self.id)
    }

    /// Returns the account as it was planned, without an external id.
    pub fn planned(self) -> TargetAccount {
        let entry = match self.entry {
            KeptEntry::Source => AccountEntry::Source,
            KeptEntry::Profile(profile) => AccountEntry::Profile(profile),
            KeptEntry::AssumeRole(role) => AccountEntry::AssumeRole(Box::new(RoleEntry {
                via: role.via,
                role: role.role,
                external_id: None,
                session_name: role.session_name,
                duration: Duration::from_secs(role.duration_s),
                session_policy: role.session_policy.map(Arc::from),
                session_tags: role.session_tags,
                source_identity: role.source_identity,
            })),
        };
        TargetAccount {
            environment: self.environment,
            name: self.name,
            id: self.id,
            region: self.region,
            entry,
            wave: self.wave,
        }
    }
}
