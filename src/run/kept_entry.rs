//! What is kept of the environments and accounts of a plan: how the accounts are entered, but no external id.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::environment::WaveLimits;
use crate::name::{AccountId, AccountName, EnvironmentName, Region, RoleArn, SessionName};
use crate::plan::{AccountEntry, PlannedEnvironment, RoleEntry, TargetAccount};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptEnvironment {
    name: EnvironmentName,
    path: PathBuf,
    digest: String,
    source_account: Option<AccountId>,
    source_profile: Option<String>,
    mfa_serial: Option<String>,
    home_region: Region,
    waves: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptAccount {
    /// Its environment, as a position in the plan's.
    pub environment: usize,
    name: AccountName,
    id: AccountId,
    region: Region,
    wave: usize,
    entry: KeptEntry,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeptEntry {
    Source,
    Profile(String),
    AssumeRole(Box<KeptRole>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptRole {
    via: Vec<RoleArn>,
    role: RoleArn,
    /// Whether an external id belongs to it, which is not kept.
    has_external_id: bool,
    session_name: SessionName,
    duration_s: u64,
    session_policy: Option<String>,
    session_tags: BTreeMap<String, String>,
    source_identity: Option<String>,
}

impl KeptEnvironment {
    /// Returns what is kept of an environment.
    pub fn of(planned: &PlannedEnvironment) -> Self {
        Self {
            name: planned.name.clone(),
            path: planned.path.clone(),
            digest: planned.digest.clone(),
            source_account: planned.source_account.clone(),
            source_profile: planned.source_profile.clone(),
            mfa_serial: planned.mfa_serial.clone(),
            home_region: planned.home_region.clone(),
            waves: planned.waves,
        }
    }

    /// Returns the environment as it was planned.
    pub fn planned(self) -> PlannedEnvironment {
        PlannedEnvironment {
            name: self.name,
            path: self.path,
            digest: self.digest,
            beneath: Vec::new(),
            source_account: self.source_account,
            source_profile: self.source_profile,
            mfa_serial: self.mfa_serial,
            home_region: self.home_region,
            waves: self.waves,
            // Nothing is rolled out.
            wave_limits: WaveLimits::default(),
        }
    }
}

impl KeptAccount {
    /// Whether an external id belongs to its role, which is not kept.
    pub fn needs_external_id(&self) -> bool {
        matches!(&self.entry, KeptEntry::AssumeRole(role) if role.has_external_id)
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
