//! Entering accounts: the source account first, from there each target account, each checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::connection::{Cloud, retry_partition};
use super::identity::{Identity, caller_identity};
use super::paced::{Paced, ThrottlingIsPaced};
use super::refusal::{CallError, ErrorOrigin};
use super::role_session::{RoleRequest, RoleSession};
use super::stacks::{Access, Stacks};
use crate::event::{Failure, FailureKind};
use crate::name::{AccountId, AccountName, Region};
use crate::plan::{Entry, PlannedEnvironment, TargetAccount};

/// How many roles are assumed a second at most, before STS said anything.
const ROLES_PER_SECOND: f64 = 200.0;
/// How often an account is asked a second whose session it is, before STS said anything.
const IDENTITIES_PER_SECOND: f64 = 20.0;

/// The source account's credentials, found and checked.
#[derive(Clone, Debug)]
pub(super) struct Source {
    settings: SdkConfig,
    /// The pace at which roles are assumed from here.
    pace: Paced,
    /// The ARN of the caller.
    pub caller: String,
    /// The account the credentials belong to.
    pub account: AccountId,
}

/// A session in one account, checked to be the right one. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Session {
    cloud: Cloud,
    settings: SdkConfig,
    account: AccountName,
    identity: Identity,
    /// The stacks of each Region, made when first needed.
    regions: Arc<Mutex<BTreeMap<Region, Stacks>>>,
    /// The ARN of the caller: who we are there.
    pub caller: String,
}

impl Cloud {
    /// Finds the source credentials of an environment and checks whose they are.
    ///
    /// # Errors
    /// When there are none, AWS does not take them, or they belong to another account than the
    /// file says.
    pub(super) async fn source(&self, environment: &PlannedEnvironment) -> Result<Source, Failure> {
        let profile = environment.source_profile.as_deref();
        let settings = self
            .settings(&environment.home_region, profile, environment.source_account.as_ref())
            .await;
        let from = match profile {
            Some(profile) => format!("profile `{profile}`"),
            None => "the default credential chain".to_owned(),
        };
        let pace = Paced::new(IDENTITIES_PER_SECOND, self.clock());
        let (account, caller) = caller_identity(&self.sts(&settings), &pace)
            .await
            .map_err(|error| no_credentials(&from, &error))?;
        match &environment.source_account {
            Some(expected) if *expected != account => Err(Failure::new(
                FailureKind::WrongAccount,
                format!(
                    "the source credentials from {from} belong to account {account} ({caller}), \
                     but `source.account` says {expected}"
                ),
            )
            .with_help(
                "use credentials of the source account, or mend `source.account` or \
                 `source.profile`",
            )),
            _ => Ok(Source {
                settings,
                pace: self.roles_pace(&account, ROLES_PER_SECOND),
                caller,
                account,
            }),
        }
    }

    /// Opens a session in a target account, starting from the source account, and checks that it
    /// is the right one.
    ///
    /// # Errors
    /// When the role is refused or the session is in another account than the file says.
    pub(super) async fn enter(
        &self,
        target: &TargetAccount,
        source: &Source,
    ) -> Result<Session, Failure> {
        let Entry::AssumeRole { role, external_id, session_name, duration } = &target.entry else {
            let identity = (source.account.clone(), source.caller.clone());
            return self.admit(target, source.settings.clone(), "the source credentials", identity);
        };
        let request = RoleRequest {
            role: role.clone(),
            external_id: external_id.clone(),
            session_name: session_name.clone(),
            duration: *duration,
        };
        let sts = self.sts(&source.settings);
        let session = RoleSession::new(sts, source.pace.clone(), request, self.clock());
        let caller = session.open().await.map_err(|error| role_refused(target, source, &error))?;
        let settings = source
            .settings
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(session))
            .identity_cache(IdentityCache::no_cache())
            .build();
        // STS says in whose account the role is. The session itself is asked before anything is
        // written, if nothing else has proven it by then.
        let account = role.account();
        let entrance = format!("role {role}");
        let session = self.admit(target, settings, &entrance, (account, caller))?;
        let identity = self.identity(target, &session.settings);
        Ok(Session { identity, ..session })
    }

    /// Opens a session in a target account with a profile of its own and checks that it is the
    /// right one.
    ///
    /// # Errors
    /// When the profile has no credentials or leads into another account than the file says.
    pub(super) async fn enter_with_profile(
        &self,
        target: &TargetAccount,
        profile: &str,
        region: &Region,
    ) -> Result<Session, Failure> {
        let settings = self.settings(region, Some(profile), Some(&target.id)).await;
        let entrance = format!("profile `{profile}`");
        let pace = Paced::new(IDENTITIES_PER_SECOND, self.clock());
        let identity = caller_identity(&self.sts(&settings), &pace)
            .await
            .map_err(|error| no_credentials(&entrance, &error))?;
        self.admit(target, settings, &entrance, identity)
    }

    /// Lets nobody into an account but the right one.
    fn admit(
        &self,
        target: &TargetAccount,
        settings: SdkConfig,
        entrance: &str,
        (account, caller): (AccountId, String),
    ) -> Result<Session, Failure> {
        if account == target.id {
            return Ok(Session {
                cloud: self.clone(),
                identity: self.identity(target, &settings).proven(),
                settings,
                account: target.name.clone(),
                regions: Arc::default(),
                caller,
            });
        }
        Err(Failure::new(
            FailureKind::WrongAccount,
            format!(
                "{entrance} leads into account {account} ({caller}), but account `{}` is {}",
                target.name, target.id
            ),
        )
        .with_help("mend the account's id, role or profile in the environment file"))
    }

    fn identity(&self, target: &TargetAccount, settings: &SdkConfig) -> Identity {
        let pace = Paced::new(IDENTITIES_PER_SECOND, self.clock());
        Identity::new(self.sts(settings), pace, target.name.clone(), target.id.clone())
    }

    fn sts(&self, settings: &SdkConfig) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(self.calls())
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }
}

impl Session {
    /// Returns the stacks of one Region of the account; `expected` are the names of the run's stacks
    /// there.
    pub fn stacks(&self, region: &Region, expected: &BTreeSet<String>) -> Stacks {
        let mut regions = self.regions.lock().expect("no holder panics");
        if let Some(stacks) = regions.get(region) {
            return stacks.clone();
        }
        let stacks = Stacks::new(self.access(region, expected));
        regions.insert(region.clone(), stacks.clone());
        stacks
    }

    fn access(&self, region: &Region, expected: &BTreeSet<String>) -> Access {
        let settings =
            self.settings.to_builder().region(aws_config::Region::new(region.to_string())).build();
        let calls = self.cloud.calls();
        let cloudformation = aws_sdk_cloudformation::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(calls.clone())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .interceptor(calls)
            // A bucket's name need not resolve in DNS when an endpoint of one's own is used.
            .force_path_style(settings.endpoint_url().is_some())
            .build();
        Access {
            account: self.account.clone(),
            client: aws_sdk_cloudformation::Client::from_conf(cloudformation),
            s3,
            region: region.clone(),
            endpoint: settings.endpoint_url().map(str::to_owned),
            clock: self.cloud.clock(),
            identity: self.identity.clone(),
            durations: self.cloud.durations(),
            expected: expected.clone(),
        }
    }
}

fn no_credentials(from: &str, error: &CallError) -> Failure {
    match error.origin {
        ErrorOrigin::Network => Failure::new(
            FailureKind::Unreachable,
            format!("STS could not be reached with {from}: {}", error.text),
        )
        .with_help("check the network, proxy, Region and AWS_ENDPOINT_URL"),
        ErrorOrigin::Credentials | ErrorOrigin::Withdrawn => Failure::new(
            FailureKind::NoCredentials,
            format!("no credentials from {from}: {}", error.text),
        )
        .with_help(
            "log in (`aws sso login`, `aws configure`), set AWS_PROFILE, or name a profile in \
             the environment file",
        ),
        ErrorOrigin::Service if error.is_passing() => Failure::new(
            FailureKind::Throttled,
            format!("STS is too busy to take {from}: {}", error.text),
        )
        .with_help("run again a little later, or with a lower --max-concurrent"),
        ErrorOrigin::Service => {
            let code = error.code.as_deref().unwrap_or("an error");
            Failure::new(
                FailureKind::NoCredentials,
                format!("AWS does not take the credentials from {from}: {code}: {}", error.text),
            )
            .with_help("log in again; if the keys are new, check the clock of this machine")
        }
    }
}

fn role_refused(target: &TargetAccount, source: &Source, error: &CallError) -> Failure {
    let Entry::AssumeRole { role, external_id, .. } = &target.entry else {
        unreachable!("only a role is assumed")
    };
    if error.origin != ErrorOrigin::Service || error.is_about_keys() {
        return no_credentials("the source account", error);
    }
    let code = error.code.as_deref().unwrap_or("an error");
    let message = format!(
        "account `{}` ({}) cannot be entered: {} may not assume {role}: {code}: {}",
        target.name, target.id, source.caller, error.text
    );
    let failure = Failure::new(FailureKind::RoleRefused, message);
    if error.is_passing() {
        let failure = Failure { kind: FailureKind::Throttled, ..failure };
        return failure.with_help("STS is busy: run again, with a lower --max-concurrent");
    }
    if !error.is_access_denied() {
        return failure.with_help("mend `assume-role` of this account in the environment file");
    }
    let about_external_id = match external_id {
        Some(_) => "and asks for exactly the external id in the file",
        None => "and asks for no external id (the file has none)",
    };
    failure.with_help(format!(
        "AWS does not say which side refuses. In account {}: the role `{}` exists, its trust \
         policy names account {} or {}, {about_external_id}. In account {}: the caller's own \
         policies allow sts:AssumeRole on the role",
        target.id,
        role.role_name(),
        source.account,
        source.caller,
        source.account,
    ))
}
