//! The plan: environments, target accounts and stack instances in their order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::desired_stack::{DesiredStack, by_digest, of_digest};
use super::external_id::ExternalId;
use super::lookup::PlannedLookup;
use super::notice_target::NoticeTarget;
use super::value::PlannedValue;
use crate::document::Fault;
use crate::environment::{Approve, WaveLimits};
use crate::name::{
    AccountId, AccountName, EnvironmentName, InstanceId, Region, RoleArn, RunId, SessionName,
    StackName, StackPlace, TypePattern,
};
use crate::template::Template;

/// What a run will do, as far as it can be said without the cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The environments, in the order their files were given.
    pub environments: Vec<PlannedEnvironment>,
    /// The accounts that stack instances stand in; only those that are needed.
    pub accounts: Vec<TargetAccount>,
    /// Every stack instance, needs before dependents.
    pub instances: Vec<StackInstance>,
    /// What looks wrong in the files, although it may be right; [`warnings`](super::warnings) has the rest.
    pub doubts: Vec<Fault>,
}

impl Plan {
    /// Whether it covers more than one environment, so that names need theirs in front.
    pub fn has_several_environments(&self) -> bool {
        self.environments.len() > 1
    }

    /// Returns where the stack of a stack instance is.
    pub fn place_of(&self, instance: &StackInstance) -> StackPlace {
        StackPlace {
            account_id: self.accounts[instance.account].id.clone(),
            region: instance.id.region.clone(),
            stack_name: instance.stack_name.clone(),
        }
    }

    /// Returns the wave of a stack instance, from 0, if its environment has several; what is only
    /// read belongs to none.
    pub fn wave_of(&self, instance: &StackInstance) -> Option<usize> {
        let account = &self.accounts[instance.account];
        let has_several = self.environments[account.environment].waves > 1;
        (has_several && !instance.is_only_read()).then_some(account.wave)
    }
}

/// An environment of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedEnvironment {
    /// The name that its file gives it.
    pub name: EnvironmentName,
    /// The file it was read from.
    pub path: PathBuf,
    /// The SHA-256 of its text, in hexadecimal.
    pub digest: String,
    /// The files that it extends, the lowest first, each with its digest.
    #[serde(default)]
    pub beneath: Vec<(PathBuf, String)>,
    /// The id that the source credentials must belong to, if the file says one.
    pub source_account: Option<AccountId>,
    /// The profile that holds the source credentials; the SDK's default chain if absent.
    pub source_profile: Option<String>,
    /// The MFA device with which the source credentials' user proves a second factor.
    pub mfa_serial: Option<String>,
    /// The Region in which STS is asked: the file's first.
    pub home_region: Region,
    /// How many waves its file names; at least one.
    pub waves: usize,
    /// Which of them are to be approved before they begin, from 0, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approvals: BTreeMap<usize, Approve>,
    /// What bounds each wave.
    #[serde(default)]
    pub wave_limits: WaveLimits,
    /// The types whose resources are neither replaced nor removed unless a person allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<TypePattern>,
    /// Who is told of runs that change something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<NoticeTarget>,
}

/// An account of a plan and how it is entered.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetAccount {
    /// Its environment, as a position in [`Plan::environments`].
    pub environment: usize,
    /// Its name there, or `source`.
    pub name: AccountName,
    /// The 12 digits that GetCallerIdentity must confirm.
    pub id: AccountId,
    /// Its first Region.
    pub region: Region,
    /// How it is entered.
    pub entry: AccountEntry,
    /// The wave it belongs to in its environment, from 0.
    pub wave: usize,
}

/// How an account is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEntry {
    /// With the source credentials themselves: it is the source account.
    Source,
    /// With a named profile.
    Profile(String),
    /// By assuming a role with the source credentials.
    AssumeRole(Box<RoleEntry>),
}

/// A role that is assumed, and the session that is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleEntry {
    /// The roles that lead there, in order: the first is assumed with the source credentials.
    pub via: Vec<RoleArn>,
    /// The role in the target account, the last of the chain.
    pub role: RoleArn,
    /// The external id that its trust policy asks for.
    pub external_id: Option<ExternalId>,
    /// The name of the session, and of those on the way.
    pub session_name: SessionName,
    /// How long a session lasts before it is renewed.
    pub duration: Duration,
    /// The policy that narrows the session, as JSON.
    pub session_policy: Option<Arc<str>>,
    /// The tags of the session.
    pub session_tags: BTreeMap<String, String>,
    /// Who is behind the session; set when the first role is assumed, and kept from there.
    pub source_identity: Option<String>,
}

/// The external id is shared between two parties only, so it is never printed.
impl std::fmt::Debug for RoleEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { via, role, external_id, session_name, duration, .. } = self;
        write!(f, "{role} via {via:?}, {external_id:?}, {session_name}, {duration:?}")
    }
}

/// One stack in one account and Region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StackInstance {
    /// Environment, account, Region and stack: unique in a plan.
    pub id: InstanceId,
    /// Its account, as a position in [`Plan::accounts`].
    pub account: usize,
    /// Its name in CloudFormation.
    pub stack_name: StackName,
    /// Why it stands in the plan.
    pub purpose: Purpose,
    /// The stack instances it needs first, as positions in [`Plan::instances`], ascending.
    pub needs: Vec<usize>,
}

/// Why a stack instance stands in a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The run changes it into this.
    Deploy(Box<DesiredStack<PlannedValue>>),
    /// It was not selected: its outputs are read from the cloud for one that was. It has this template.
    Read(#[serde(serialize_with = "by_digest", deserialize_with = "of_digest")] Arc<Template>),
    /// No file names it any more: the run deletes it.
    Remove(RemovedStack),
}

/// A stack that is deleted although no file names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemovedStack {
    /// Its ARN: another stack of its name is left alone. Absent while it is not known that it stands.
    pub stack_id: Option<String>,
    /// Whether it was looked for and is gone: whatever has its name is left alone.
    #[serde(skip)]
    pub is_gone: bool,
    /// The run that made it.
    #[serde(skip, default = "no_run")]
    pub made_by: RunId,
    /// Stands for its template, which nobody needs to delete it.
    #[serde(skip, default = "no_template")]
    pub template: Arc<Template>,
}

/// Returns what stands for a run that is not told.
fn no_run() -> RunId {
    RunId::new(Timestamp::UNIX_EPOCH, 0)
}

/// Returns what stands for the template of a stack that is only deleted.
pub(super) fn no_template() -> Arc<Template> {
    Arc::new(Template::unknown(Path::new("")))
}

impl StackInstance {
    /// Returns what it is to be; nothing for one that is only read.
    pub fn desired(&self) -> Option<&DesiredStack<PlannedValue>> {
        match &self.purpose {
            Purpose::Deploy(desired) => Some(desired),
            Purpose::Read(_) | Purpose::Remove(_) => None,
        }
    }

    /// Returns what is looked up for its secret parameters.
    pub fn secret_lookups(&self) -> impl Iterator<Item = &PlannedLookup> {
        let secrets = self.desired().into_iter().flat_map(DesiredStack::secrets);
        secrets.flat_map(PlannedValue::lookups)
    }

    /// Returns which stack is meant, if it is deleted because no file names it any more.
    pub fn removed(&self) -> Option<&RemovedStack> {
        match &self.purpose {
            Purpose::Remove(removed) => Some(removed),
            Purpose::Deploy(_) | Purpose::Read(_) => None,
        }
    }

    /// Whether the run does not change it.
    pub fn is_only_read(&self) -> bool {
        matches!(self.purpose, Purpose::Read(_))
    }

    /// Returns its template, shared by all its instances; one without content for what is removed.
    pub fn template(&self) -> &Arc<Template> {
        match &self.purpose {
            Purpose::Deploy(desired) => &desired.template,
            Purpose::Read(template) => template,
            Purpose::Remove(removed) => &removed.template,
        }
    }
}
