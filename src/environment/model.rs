//! The model of an environment file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account_list::AccountNames;
use super::guards::Guards;
use super::notify::NotifySpec;
use super::organization::{OrganizationSpec, UnitsAndTags};
use super::placed::Placed;
use super::rollout::Rollout;
use super::state::StateSpec;
use super::text::Text;
use crate::document::{Place, SourceFile};
use crate::name::{AccountId, AccountName, EnvironmentName, GroupName, Region, StackKey, TagKey};

/// An environment file, read and free of faults in itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The file it was read from.
    pub file: Arc<SourceFile>,
    /// The files that it extends, the lowest first, each once.
    pub beneath: Vec<Arc<SourceFile>>,
    /// `environment`.
    pub name: Placed<EnvironmentName>,
    /// `source`.
    pub source: SourceAccount,
    /// `assume-role`, for accounts that say nothing else.
    pub assume_role: AssumeRole,
    /// `regions`, for accounts and stacks that say nothing else.
    pub regions: Vec<Placed<Region>>,
    /// `accounts`, in the file's order; behind them those that were found in Organizations, by name.
    pub accounts: Vec<AccountSpec>,
    /// `organization`: accounts that are found in AWS Organizations.
    pub organization: Option<OrganizationSpec>,
    /// `groups`, in the order of the layers: what a later one says of an account wins.
    pub groups: Vec<GroupSpec>,
    /// `variables`, by name.
    pub variables: Vec<(String, Text)>,
    /// `tags`, for every stack; none leaves what stands, an empty mapping takes all away.
    pub tags: Option<Vec<(String, Text)>>,
    /// `stacks`, in the file's order.
    pub stacks: Vec<StackSpec>,
    /// `rollout`.
    pub rollout: Rollout,
    /// `guards`.
    pub guards: Guards,
    /// `notify`: who is told of runs that change something.
    pub notify: Vec<NotifySpec>,
    /// `state`: where runs are kept.
    pub state: Option<StateSpec>,
    /// `artifacts`: where templates go that are too large to be sent, and local artifacts.
    pub artifacts: Option<Artifacts>,
}

/// `source`: the shared-services account whose credentials start a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceAccount {
    /// `account`: the credentials found must belong to it.
    pub account: Option<Placed<AccountId>>,
    /// `profile`: the SDK's default chain is asked if it is absent.
    pub profile: Option<Text>,
    /// `mfa-serial`: the source credentials are a user's, who proves a second factor with it.
    pub mfa_serial: Option<Text>,
}

/// `assume-role`: how an account is entered. An account's own keys override its groups' and the file's one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumeRole {
    /// `name` or `arn`.
    pub role: Option<RoleChoice>,
    /// `external-id`.
    pub external_id: Option<Text>,
    /// `session-name`; default `xdeploy-${environment}`.
    pub session_name: Option<Text>,
    /// `duration`, 15 minutes to 12 hours; default one hour.
    pub duration: Option<Placed<Duration>>,
    /// `via`: the roles that lead there, entered in this order.
    pub via: Option<Vec<Text>>,
    /// `session-policy`: a JSON file, relative to the file.
    pub session_policy: Option<Placed<PathBuf>>,
    /// `session-tags`.
    pub session_tags: Option<Vec<(Placed<TagKey>, Text)>>,
    /// `source-identity`.
    pub source_identity: Option<Text>,
}

impl AssumeRole {
    /// Returns how an account is entered of which this says more than what lies `beneath`, key by key.
    pub fn over(&self, beneath: &Self) -> Self {
        Self {
            role: self.role.as_ref().or(beneath.role.as_ref()).cloned(),
            external_id: self.external_id.as_ref().or(beneath.external_id.as_ref()).cloned(),
            session_name: self.session_name.as_ref().or(beneath.session_name.as_ref()).cloned(),
            duration: self.duration.as_ref().or(beneath.duration.as_ref()).cloned(),
            via: self.via.as_ref().or(beneath.via.as_ref()).cloned(),
            session_policy: self
                .session_policy
                .as_ref()
                .or(beneath.session_policy.as_ref())
                .cloned(),
            session_tags: self.session_tags.as_ref().or(beneath.session_tags.as_ref()).cloned(),
            source_identity: self
                .source_identity
                .as_ref()
                .or(beneath.source_identity.as_ref())
                .cloned(),
        }
    }
}

/// Which role is assumed.
#[derive(Clone, Debug, PartialEq)]
pub enum RoleChoice {
    /// `name`: a role of that name, with its path, in the account.
    Name(Text),
    /// `arn`.
    Arn(Text),
}

/// One of `accounts`.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSpec {
    /// The key under `accounts`.
    pub name: Placed<AccountName>,
    /// `id`, or the short form.
    pub id: Placed<AccountId>,
    /// Its name in Organizations made to fit, where it is called by its id as others have that name too.
    pub shared_name: Option<AccountName>,
    /// `regions`, instead of the file's.
    pub regions: Option<Vec<Placed<Region>>>,
    /// `profile`: entered with it instead of by assuming a role.
    pub profile: Option<Text>,
    /// `assume-role`: what differs from the file's.
    pub assume_role: AssumeRole,
    /// `variables`, over the file's.
    pub variables: Vec<(String, Text)>,
    /// `tags`, over the file's.
    pub tags: Option<Vec<(String, Text)>>,
}

impl AccountSpec {
    /// Returns an account of which nothing is said but its id, at `place`; its name is its id.
    pub fn of_id(id: &AccountId, place: &Place) -> Self {
        let name = id.as_str().parse().expect("12 digits keep the rule for account names");
        Self::named(name, id, place)
    }

    /// Returns an account of which nothing is said but its name and its id, at `place`.
    pub fn named(name: AccountName, id: &AccountId, place: &Place) -> Self {
        Self {
            name: Placed { value: name, place: place.clone() },
            id: Placed { value: id.clone(), place: place.clone() },
            shared_name: None,
            regions: None,
            profile: None,
            assume_role: AssumeRole::default(),
            variables: Vec::new(),
            tags: None,
        }
    }

    /// Returns what it is called, as lists of accounts are asked for it.
    pub fn names(&self) -> AccountNames<'_> {
        let shared = self.shared_name.as_ref().map(AccountName::as_str);
        AccountNames { name: self.name.value.as_str(), shared }
    }
}

/// One of `groups`: its name stands wherever an account's may, and its accounts have settings in common.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// The key under `groups`.
    pub name: Placed<GroupName>,
    /// `units` and `tags`: accounts that Organizations knows.
    pub members: UnitsAndTags,
    /// `accounts`: a list as an [`AccountList`](super::AccountList) reads it, over `members`.
    pub accounts: Vec<Placed<String>>,
    /// `regions`, instead of the file's.
    pub regions: Option<Vec<Placed<Region>>>,
    /// `assume-role`: what differs from the file's.
    pub assume_role: AssumeRole,
    /// `variables`, over the file's.
    pub variables: Vec<(String, Text)>,
}

/// One of `stacks`.
#[derive(Clone, Debug, PartialEq)]
pub struct StackSpec {
    /// The key under `stacks`.
    pub key: Placed<StackKey>,
    /// `template`, as written; relative to the file.
    pub template: Placed<PathBuf>,
    /// `stack-name`; default the key.
    pub stack_name: Option<Text>,
    /// `accounts`: a list as an [`AccountList`](super::AccountList) reads it, and `source`; default every account.
    pub accounts: Option<Vec<Placed<String>>>,
    /// `regions`, instead of the account's.
    pub regions: Option<Vec<Placed<Region>>>,
    /// `depends-on`: stacks in the same account and Region.
    pub depends_on: Vec<Placed<StackKey>>,
    /// `parameters`.
    pub parameters: Vec<(Placed<String>, Text)>,
    /// `tags`, over the account's.
    pub tags: Option<Vec<(String, Text)>>,
    /// `overrides`: of two that say something of the same, the later one wins.
    pub overrides: Vec<Placed<OverrideSpec>>,
    /// What CloudFormation is told besides.
    pub settings: StackSettings,
}

/// One of a stack's `overrides`: what differs in some of the places where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideSpec {
    /// `accounts`: a list as an [`AccountList`](super::AccountList) reads it, and `source`; default all of the stack's.
    pub accounts: Option<Vec<Placed<String>>>,
    /// `regions`; default all of the stack's.
    pub regions: Option<Vec<Placed<Region>>>,
    /// `parameters`: one without a text is taken away, an empty list takes all away.
    pub parameters: Option<Vec<(Placed<String>, Option<Text>)>>,
    /// `tags`, over the file's and the account's as well: one without a text is taken away; an empty list takes all of
    /// the stack's own away.
    pub tags: Option<Vec<(Placed<String>, Option<Text>)>>,
}

impl StackSpec {
    /// Returns the parameters that the stack or one of its overrides gives a value.
    pub fn all_parameters(&self) -> impl Iterator<Item = (&Placed<String>, &Text)> {
        let own = self.parameters.iter().map(|(name, text)| (name, text));
        let of_overrides = self.overrides.iter().filter_map(|it| it.value.parameters.as_ref());
        own.chain(of_overrides.flatten().filter_map(|(name, text)| Some((name, text.as_ref()?))))
    }

    /// Returns the tags that the stack itself or one of its overrides gives a value.
    pub fn all_tags(&self) -> impl Iterator<Item = (&str, &Text)> {
        let own = self.tags.iter().flatten().map(|(key, text)| (key.as_str(), text));
        let of_overrides = self.overrides.iter().filter_map(|it| it.value.tags.as_ref()).flatten();
        own.chain(of_overrides.filter_map(|(key, text)| Some((key.value.as_str(), text.as_ref()?))))
    }
}

/// What CloudFormation is told of a stack besides its template, parameters and tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackSettings {
    /// `capabilities`, as AWS names them; default `CAPABILITY_IAM`.
    pub capabilities: Option<Placed<Vec<String>>>,
    /// `termination-protection`; left as it is if absent.
    pub termination_protection: Option<bool>,
    /// `service-role`: the ARN of a role that CloudFormation assumes.
    pub service_role: Option<Text>,
    /// `stack-policy`: a JSON file, relative to the file.
    pub stack_policy: Option<Placed<PathBuf>>,
    /// `notification-arns`; none leaves what stands, an empty list takes all away.
    pub notification_arns: Option<Vec<Text>>,
    /// `timeout`: after which a create fails, in whole minutes.
    pub timeout: Option<Duration>,
    /// `on-create-failure`.
    pub on_create_failure: OnCreateFailure,
    /// `rollback-alarms`: ARNs of CloudWatch alarms; none leaves what stands, an empty list takes all
    /// away.
    pub rollback_alarms: Option<Vec<Text>>,
    /// `deployment-mode`; the account's default if absent.
    pub deployment_mode: Option<DeploymentMode>,
}

/// How thoroughly CloudFormation waits for a resource before it calls it complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentMode {
    /// Each resource is ready for use.
    Standard,
    /// Each resource's configuration is applied; it may still be getting ready.
    Express,
}

/// What CloudFormation does with a stack whose creation fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCreateFailure {
    /// Take back what was created and keep the empty stack.
    #[default]
    Rollback,
    /// Take back what was created and delete the stack.
    Delete,
    /// Leave everything as it is.
    DoNothing,
}

/// `artifacts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifacts {
    /// `bucket`: where templates over 51,200 bytes and local artifacts are put, with the target account's
    /// session.
    pub bucket: Text,
    /// `owner`: the account that it must belong to.
    pub owner: Option<Text>,
}
