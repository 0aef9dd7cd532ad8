//! The sessions of a run: one per account, opened when first needed and then shared. Where a role is
//! refused, it is diagnosed why, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::cloud::{Cloud, EntryError, Session, SourceSession, Stacks};
use crate::diagnosis::Diagnosis;
use crate::event::{Cause, Failure, FailureKind, Side};
use crate::name::{AccountId, Region};
use crate::plan::{AccountEntry, Plan, PlannedEnvironment, TargetAccount};

/// How many logins are looked for together: each may be a program that is started.
const LOGINS_AT_ONCE: usize = 8;

/// The sessions of a plan's accounts.
#[derive(Debug)]
pub struct Sessions {
    cloud: Cloud,
    diagnosis: Diagnosis,
    plan: Arc<Plan>,
    /// Those of each environment; environments with one login share one.
    sources: Vec<Arc<OnceCell<Result<SourceSession, Failure>>>>,
    accounts: Vec<Arc<OnceCell<Result<Session, Failure>>>>,
    /// Whether it was said already of each account that it was entered.
    told: Vec<AtomicBool>,
    /// The names of the plan's stacks in each account and Region.
    names: BTreeMap<(usize, Region), BTreeSet<String>>,
}

/// A session, or why there is none, and whether it was this call that found out.
#[derive(Debug)]
pub struct Entered<'a> {
    /// The session, the same for all who enter the account.
    pub session: Result<&'a Session, &'a Failure>,
    /// Whether nobody of this plan asked for it before.
    pub is_first: bool,
}

/// A login that is missing, and the accounts that are entered with it or from it.
#[derive(Clone, Debug)]
pub struct MissingLogin {
    /// Why there is none.
    pub failure: Failure,
    /// The accounts, as positions in the plan's.
    pub accounts: Vec<usize>,
}

impl Sessions {
    /// Returns the sessions of a plan, none of them open yet.
    pub fn new(cloud: Cloud, plan: Arc<Plan>) -> Self {
        let sources = shared_sources(&plan.environments);
        let accounts = plan.accounts.iter().map(|_| Arc::default()).collect();
        let told = plan.accounts.iter().map(|_| AtomicBool::new(false)).collect();
        let mut names: BTreeMap<(usize, Region), BTreeSet<String>> = BTreeMap::new();
        for instance in &plan.instances {
            let place = (instance.account, instance.id.region.clone());
            names.entry(place).or_default().insert(instance.stack_name.to_string());
        }
        let diagnosis = Diagnosis::of_a_run(cloud.clone());
        Self { cloud, diagnosis, plan, sources, accounts, told, names }
    }

    /// Whether they are of the embedded sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.cloud.is_embedded()
    }

    /// Returns the same with another diagnosis of refused roles than that of a run.
    pub fn diagnosed_by(self, diagnosis: Diagnosis) -> Self {
        Self { diagnosis, ..self }
    }

    /// Returns the sessions of another plan of the same files and the same run: a login or an account that
    /// both hold is looked for, entered and diagnosed once.
    pub fn for_plan(&self, plan: Arc<Plan>) -> Self {
        let mut other = Self::new(self.cloud.clone(), plan);
        other.diagnosis = self.diagnosis.clone();
        if other.plan.environments != self.plan.environments {
            return other;
        }
        other.sources.clone_from(&self.sources);
        let key = |target: &TargetAccount| (target.environment, target.name.clone());
        let own = self.plan.accounts.iter().zip(&self.accounts);
        let own: BTreeMap<_, _> = own.map(|(target, cell)| (key(target), (target, cell))).collect();
        for (target, cell) in other.plan.accounts.iter().zip(&mut other.accounts) {
            if let Some((_, shared)) = own.get(&key(target)).filter(|(known, _)| *known == target) {
                *cell = (*shared).clone();
            }
        }
        other
    }

    /// Returns the stacks of one Region of an account that was entered.
    pub fn stacks(&self, session: &Session, account: usize, region: &Region) -> Stacks {
        match self.names.get(&(account, region.clone())) {
            Some(names) => session.stacks(region, names),
            None => session.stacks(region, &BTreeSet::new()),
        }
    }

    /// Enters an account, given as a position in the plan's accounts, unless that was done before.
    pub async fn enter(&self, account: usize) -> Entered<'_> {
        let session = self.session(account).await;
        let is_first = !self.told[account].swap(true, Ordering::Relaxed);
        Entered { session, is_first }
    }

    async fn session(&self, account: usize) -> Result<&Session, &Failure> {
        // Boxed, so that the many who only wait for it stay small.
        let open = || Box::pin(self.open(account));
        self.accounts[account].get_or_init(open).await.as_ref()
    }

    /// Looks for every login that accounts are entered with or from: the source credentials, and the
    /// profiles of accounts that have their own. No role is assumed. What is found is used from then on.
    ///
    /// # Errors
    /// The logins that are missing, each told once.
    pub async fn log_in(&self) -> Result<(), Vec<MissingLogin>> {
        let found: Vec<(usize, Option<Failure>)> = stream::iter(0..self.plan.accounts.len())
            .map(async |account| (account, self.missing_login(account).await))
            .buffered(LOGINS_AT_ONCE)
            .collect()
            .await;
        let mut missing: Vec<MissingLogin> = Vec::new();
        for (account, failure) in found {
            let Some(failure) = failure else { continue };
            match missing.iter_mut().find(|told| told.failure == failure) {
                Some(told) => told.accounts.push(account),
                None => missing.push(MissingLogin { failure, accounts: vec![account] }),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    /// Looks for the source credentials of environments of which no account is entered, so that it is known
    /// who acts there and where. That there are none is no matter.
    pub async fn look_for_sources(&self) {
        for environment in 0..self.plan.environments.len() {
            if self.plan.accounts.iter().all(|account| account.environment != environment) {
                let _ = self.source_of(environment).await;
            }
        }
    }

    /// Returns why the login that an account is entered with or from is missing, if it is.
    async fn missing_login(&self, account: usize) -> Option<Failure> {
        let target = &self.plan.accounts[account];
        let failure = match &target.entry {
            AccountEntry::Profile(_) => self.session(account).await.err().cloned()?,
            AccountEntry::Source | AccountEntry::AssumeRole(_) => {
                explained(self.source_of(target.environment).await.as_ref().err()?.clone())
            }
        };
        // What only one account's own profile meets on the way may pass, and is that account's.
        let is_own = matches!(target.entry, AccountEntry::Profile(_)) && !failure.kind.is_entry();
        (!is_own).then_some(failure)
    }

    /// Returns the source credentials of an environment, given as a position, looked for unless that was done before.
    ///
    /// # Errors
    /// With why there are none.
    pub async fn source_session(&self, environment: usize) -> Result<&SourceSession, &Failure> {
        self.source_of(environment).await.as_ref()
    }

    async fn source_of(&self, environment: usize) -> &Result<SourceSession, Failure> {
        let planned = &self.plan.environments[environment];
        self.sources[environment].get_or_init(|| Box::pin(self.cloud.source(planned))).await
    }

    /// Returns who the source credentials of an environment, given as a position in the plan's
    /// environments, turned out to be: their account and the caller's ARN.
    pub fn source(&self, environment: usize) -> Option<(&AccountId, &str)> {
        let source = self.sources[environment].get()?.as_ref().ok()?;
        Some((&source.link.account, &source.link.caller))
    }

    /// Returns the present time by the cloud's clock.
    pub fn now(&self) -> Timestamp {
        self.cloud.clock().now()
    }

    /// Returns where CloudFormation is reached from an environment's source credentials, given as above, if
    /// that is not AWS's own endpoint.
    pub fn endpoint(&self, environment: usize) -> Option<String> {
        self.sources[environment].get()?.as_ref().ok()?.endpoint()
    }

    async fn open(&self, account: usize) -> Result<Session, Failure> {
        self.open_or_refuse(account).await.map_err(explained)
    }

    async fn open_or_refuse(&self, account: usize) -> Result<Session, Failure> {
        let target = &self.plan.accounts[account];
        let environment = &self.plan.environments[target.environment];
        // A profile leads into its account by itself: no source credentials need to be at hand.
        if let AccountEntry::Profile(profile) = &target.entry {
            return self.cloud.enter_with_profile(target, profile, &environment.home_region).await;
        }
        let source = self.source_of(target.environment).await.as_ref().map_err(Clone::clone)?;
        match (self.cloud.enter(target, source).await, &target.entry) {
            (Ok(session), _) => Ok(session),
            (Err(EntryError::RoleRefused(failure, refused)), AccountEntry::AssumeRole(entry)) => {
                // Boxed, as few come here.
                let diagnosis = self.diagnosis.diagnose(target, entry, source, &refused);
                Err(failure.with_findings(Box::pin(diagnosis).await))
            }
            (Err(EntryError::RoleRefused(failure, _) | EntryError::Failed(failure)), _) => {
                Err(failure)
            }
        }
    }
}

/// Returns a place for the source credentials of each environment, one for those that look for them
/// alike.
fn shared_sources(
    environments: &[PlannedEnvironment],
) -> Vec<Arc<OnceCell<Result<SourceSession, Failure>>>> {
    let mut shared: BTreeMap<_, Arc<OnceCell<Result<SourceSession, Failure>>>> = BTreeMap::new();
    let of = |one| shared.entry(login_of(one)).or_insert_with(Arc::default).clone();
    environments.iter().map(of).collect()
}

/// All that the source credentials of an environment are looked for by.
type Login<'p> = (Option<&'p str>, Option<&'p str>, &'p Region, Option<&'p AccountId>);

fn login_of(environment: &PlannedEnvironment) -> Login<'_> {
    (
        environment.source_profile.as_deref(),
        environment.mfa_serial.as_deref(),
        &environment.home_region,
        environment.source_account.as_ref(),
    )
}

/// What is told without reading anything is a finding as well.
fn explained(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::NoCredentials => failure.with_finding(Side::Source, Cause::NoCredentials),
        FailureKind::WrongAccount => failure.with_finding(Side::File, Cause::WrongAccount),
        FailureKind::Unreachable | FailureKind::Throttled => {
            failure.with_finding(Side::Source, Cause::Unreachable)
        }
        _ => failure,
    }
}
