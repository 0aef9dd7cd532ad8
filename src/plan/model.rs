//! The plan: environments, target accounts and stack instances in their order.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::environment::{DeploymentMode, OnCreateFailure, Pace};
use crate::name::{
    AccountId, AccountName, EnvironmentName, InstanceId, Region, RoleArn, SessionName, StackName,
};
use crate::template::Template;

/// What a run will do, as far as it can be said without the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The environments, in the order their files were given.
    pub environments: Vec<PlannedEnvironment>,
    /// The accounts that stack instances stand in; only those that are needed.
    pub accounts: Vec<TargetAccount>,
    /// Every stack instance, needs before dependents.
    pub instances: Vec<StackInstance>,
}

impl Plan {
    /// Returns the wave of a stack instance, from 0, if its environment has several; what is only
    /// read belongs to none.
    pub fn wave_of(&self, instance: &StackInstance) -> Option<usize> {
        let account = &self.accounts[instance.account];
        let has_several = self.environments[account.environment].waves > 1;
        (has_several && instance.purpose == Purpose::Deploy).then_some(account.wave)
    }
}

/// An environment of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// Its file.
    pub path: PathBuf,
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
    /// What bounds each wave.
    pub pace: Pace,
}

/// An account of a plan and how it is entered.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetAccount {
    /// Its environment, as a position in [`Plan::environments`].
    pub environment: usize,
    /// Its name there, or `source`.
    pub name: AccountName,
    /// Its id.
    pub id: AccountId,
    /// Its first Region.
    pub region: Region,
    /// How it is entered.
    pub entry: Entry,
    /// The wave it belongs to in its environment, from 0.
    pub wave: usize,
}

/// How an account is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
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
    /// The role.
    pub role: RoleArn,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
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
        let external_id = external_id.as_ref().map(|_| "***");
        write!(f, "{role} via {via:?}, {external_id:?}, {session_name}, {duration:?}")
    }
}

/// One stack in one account and Region, with all that a create or an update of it sends.
#[derive(Clone, Debug, PartialEq)]
pub struct StackInstance {
    /// Which.
    pub id: InstanceId,
    /// Its account, as a position in [`Plan::accounts`].
    pub account: usize,
    /// Its name in CloudFormation.
    pub stack_name: StackName,
    /// Whether it is deployed or only read.
    pub purpose: Purpose,
    /// Its template, shared by all its instances.
    pub template: Arc<Template>,
    /// The parameters the file names, in its order.
    pub parameters: Vec<ParameterValue>,
    /// Its tags by key.
    pub tags: Vec<(String, Value)>,
    /// The capabilities it is sent with.
    pub capabilities: Vec<String>,
    /// Whether it may be deleted; left as it is if absent.
    pub termination_protection: Option<bool>,
    /// The role CloudFormation assumes for it.
    pub service_role: Option<Value>,
    /// The body of its stack policy.
    pub stack_policy: Option<String>,
    /// Topics that hear of its events.
    pub notification_arns: Vec<Value>,
    /// After how many minutes its creation fails.
    pub timeout_minutes: Option<u32>,
    /// What CloudFormation does if its creation fails.
    pub on_create_failure: OnCreateFailure,
    /// ARNs of alarms that roll it back.
    pub rollback_alarms: Vec<String>,
    /// How thoroughly CloudFormation waits for its resources; the account's default if absent.
    pub deployment_mode: Option<DeploymentMode>,
    /// The bucket through which a template over 51,200 bytes is sent.
    pub artifacts: Option<ArtifactsBucket>,
    /// The stack instances it needs first, as positions in [`Plan::instances`], ascending.
    pub needs: Vec<usize>,
}

/// A bucket that templates are sent through, and whose it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactsBucket {
    /// Its name.
    pub name: String,
    /// The account that it must belong to; the source account, whichever that is, if absent.
    pub owner: Option<AccountId>,
}

/// Why a stack instance stands in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The run changes it.
    Deploy,
    /// It was not selected: its outputs are read from the cloud for one that was.
    Read,
}

/// A parameter and its value.
#[derive(Clone, PartialEq)]
pub struct ParameterValue {
    /// The parameter's name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Whether the template says `NoEcho`.
    pub is_secret: bool,
}

/// A secret value is never printed.
impl std::fmt::Debug for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_secret {
            write!(f, "{}=***", self.name)
        } else {
            write!(f, "{}={:?}", self.name, self.value)
        }
    }
}

/// Text that is complete but for outputs of other stack instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// Its parts in order.
    pub pieces: Vec<ValuePiece>,
}

impl Value {
    /// Returns the text, if no output of another stack instance is part of it.
    pub fn as_text(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Output { .. } => return None,
            }
        }
        Some(text)
    }

    /// Adds characters at the end.
    pub(super) fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(ValuePiece::Literal(literal)) => literal.push_str(text),
            Some(ValuePiece::Output { .. }) | None => {
                self.pieces.push(ValuePiece::Literal(text.to_owned()));
            }
        }
    }

    /// Returns every stack instance whose output is part of the value.
    pub fn needs(&self) -> impl Iterator<Item = usize> + '_ {
        self.pieces
            .iter()
            .flat_map(|piece| match piece {
                ValuePiece::Literal(_) => &[][..],
                ValuePiece::Output { instances, .. } => instances,
            })
            .copied()
    }
}

/// A part of a [`Value`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuePiece {
    /// Characters as they are.
    Literal(String),
    /// An output of other stack instances; of several, joined with commas.
    Output {
        /// The stack instances that yield it, as positions in [`Plan::instances`].
        instances: Vec<usize>,
        /// The output's name.
        key: String,
    },
}
