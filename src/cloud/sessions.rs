//! The sessions of a run: one per account, opened when first needed and then shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::connection::Cloud;
use super::session::{Session, Source};
use super::stacks::Stacks;
use crate::event::Failure;
use crate::name::Region;
use crate::plan::{Entry, Plan};

/// The sessions of a plan's accounts.
#[derive(Debug)]
pub struct Sessions {
    cloud: Cloud,
    plan: Arc<Plan>,
    sources: Vec<OnceCell<Result<Source, Failure>>>,
    accounts: Vec<OnceCell<Result<Session, Failure>>>,
    /// How many stack instances of the plan stand in each account and Region.
    instances: BTreeMap<(usize, Region), usize>,
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
        let mut instances = BTreeMap::new();
        for instance in &plan.instances {
            *instances.entry((instance.account, instance.id.region.clone())).or_default() += 1;
        }
        Self { cloud, plan, sources, accounts, instances }
    }

    /// Returns the stacks of one Region of an account that was entered.
    pub fn stacks(&self, session: &Session, account: usize, region: &Region) -> Stacks {
        let expected = self.instances.get(&(account, region.clone())).copied().unwrap_or_default();
        session.stacks(region, expected)
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

    async fn open(&self, account: usize) -> Result<Session, Failure> {
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
