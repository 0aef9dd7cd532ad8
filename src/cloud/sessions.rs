//! The sessions of a run: one per account, opened when first needed and then shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::connection::Cloud;
use super::session::Session;
use super::source::Source;
use super::stacks::Stacks;
use crate::event::{Cause, Failure, FailureKind, Side};
use crate::name::{AccountId, Region};
use crate::plan::{Entry, Plan};

/// The sessions of a plan's accounts.
#[derive(Debug)]
pub struct Sessions {
    cloud: Cloud,
    plan: Arc<Plan>,
    sources: Vec<OnceCell<Result<Source, Failure>>>,
    accounts: Vec<OnceCell<Result<Session, Failure>>>,
    /// The names of the plan's stacks in each account and Region.
    names: BTreeMap<(usize, Region), BTreeSet<String>>,
}

/// A session, or why there is none, and whether it was this call that found out.
#[derive(Debug)]
pub struct Entered<'a> {
    /// The session.
    pub session: Result<&'a Session, &'a Failure>,
    /// Whether nobody asked for it before.
    pub is_first: bool,
}

impl Sessions {
    /// Returns the sessions of a plan, none of them open yet.
    pub fn new(cloud: Cloud, plan: Arc<Plan>) -> Self {
        let sources = plan.environments.iter().map(|_| OnceCell::new()).collect();
        let accounts = plan.accounts.iter().map(|_| OnceCell::new()).collect();
        let mut names: BTreeMap<(usize, Region), BTreeSet<String>> = BTreeMap::new();
        for instance in &plan.instances {
            let place = (instance.account, instance.id.region.clone());
            names.entry(place).or_default().insert(instance.stack_name.to_string());
        }
        Self { cloud, plan, sources, accounts, names }
    }

    /// Returns the stacks of one Region of an account that was entered.
    ///
    /// # Panics
    /// When the plan has no stack instance there.
    pub fn stacks(&self, session: &Session, account: usize, region: &Region) -> Stacks {
        session.stacks(region, &self.names[&(account, region.clone())])
    }

    /// Enters an account, given as a position in the plan's accounts, unless that was done before.
    pub async fn enter(&self, account: usize) -> Entered<'_> {
        let mut is_first = false;
        let session = self.accounts[account]
            .get_or_init(|| {
                is_first = true;
                // Boxed, so that the many who only wait for it stay small.
                Box::pin(self.open(account))
            })
            .await;
        Entered { session: session.as_ref(), is_first }
    }

    /// Returns who the source credentials of an environment, given as a position in the plan's
    /// environments, turned out to be: their account and the caller's ARN.
    pub fn source(&self, environment: usize) -> Option<(&AccountId, &str)> {
        let source = self.sources[environment].get()?.as_ref().ok()?;
        Some((&source.foothold.account, &source.foothold.caller))
    }

    async fn open(&self, account: usize) -> Result<Session, Failure> {
        self.open_or_refuse(account).await.map_err(explained)
    }

    async fn open_or_refuse(&self, account: usize) -> Result<Session, Failure> {
        let target = &self.plan.accounts[account];
        let environment = &self.plan.environments[target.environment];
        // A profile leads into its account by itself: no source credentials need to be at hand.
        if let Entry::Profile(profile) = &target.entry {
            return self.cloud.enter_with_profile(target, profile, &environment.home_region).await;
        }
        let source = self.sources[target.environment]
            .get_or_init(|| self.cloud.source(environment))
            .await
            .as_ref()
            .map_err(Clone::clone)?;
        self.cloud.enter(target, source).await
    }
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
