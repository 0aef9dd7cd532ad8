//! A session in an account, and the clients that act with it: all of them behind the account's guard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;

use super::connection::bucket_namespace::BucketNamespace;
use super::connection::cloud::Cloud;
use super::enter::chain_link::SourceSession;
use super::enter::target_account::{AccountAccess, EntryError};
use super::iam::Iam;
use super::stacks::client::{Access, Stacks};
use super::storage::buckets::Buckets;
use super::storage::upload::UploadBuckets;
use super::values::{VALUES_PER_SECOND, Values};
use super::wire::account_guard::AccountGuard;
use super::wire::call_error::CallError;
use super::wire::fence_check::FenceCheck;
use super::wire::rate_limiter::{CallRateLimiter, ThrottlingNotRetried};
use super::wire::region_check::RegionCheck;
use super::wire::reply_format::ReplyFormat;
use super::wire::sdk_config::{credentials_of, few_retries, of_sdk, retry_partition};
use crate::event::{Failure, FailureKind};
use crate::name::{Region, StackName};
use crate::plan::TargetAccount;

/// A session in one account, checked to be the right one. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Session {
    cloud: Cloud,
    access: AccountAccess,
    guard: AccountGuard,
    /// The stacks of each Region, made when first needed, for each set of names.
    regions: Arc<Mutex<BTreeMap<Region, Vec<Stacks>>>>,
    /// The values of each Region, made when first needed.
    values: Arc<Mutex<BTreeMap<Region, Values>>>,
}

impl Cloud {
    /// Opens a session in a target account, starting from the source account, and checks that it
    /// is the right one.
    ///
    /// # Errors
    /// When a role is refused or the session is in another account than the file says.
    pub async fn enter(
        &self,
        target: &TargetAccount,
        source: &SourceSession,
    ) -> Result<Session, EntryError> {
        self.access(target, source).await.map(|access| Session::new(self.clone(), access))
    }

    /// Opens a session in a target account with a profile of its own and checks that it is the
    /// right one.
    ///
    /// # Errors
    /// When the profile has no credentials or leads into another account than the file says.
    pub async fn enter_with_profile(
        &self,
        target: &TargetAccount,
        profile: &str,
        region: &Region,
    ) -> Result<Session, Failure> {
        let access = self.access_with_profile(target, profile, region).await?;
        Ok(Session::new(self.clone(), access))
    }
}

impl Session {
    fn new(cloud: Cloud, access: AccountAccess) -> Self {
        let guard = cloud.guard(&access.account_id);
        Self { cloud, access, guard, regions: Arc::default(), values: Arc::default() }
    }

    /// Returns the ARN of the caller: who we are there.
    pub fn caller(&self) -> &str {
        &self.access.caller
    }

    /// Returns the keys of the session, as they are good now.
    ///
    /// # Errors
    /// When none can be had any more.
    pub async fn credentials(&self) -> Result<Credentials, Failure> {
        let keys = credentials_of(&self.access.settings).await;
        keys.map_err(|error| {
            if error.is_foreign() || error.is_retryable() {
                return error.into_failure(&self.access.account);
            }
            let message =
                format!("no credentials of account {}: {}", self.access.account, error.text);
            Failure::new(FailureKind::NoCredentials, message).with_help("log in again")
        })
    }

    /// Returns the stacks of one Region of the account; `expected` are the names of those that the
    /// caller's plan has there.
    pub fn stacks(&self, region: &Region, expected: &BTreeSet<String>) -> Stacks {
        let mut regions = self.regions.lock().expect("no holder panics");
        let known = regions.entry(region.clone()).or_default();
        if let Some(stacks) = known.iter().find(|stacks| stacks.expected == *expected) {
            return stacks.clone();
        }
        let stacks = match known.first() {
            Some(first) => first.expecting(expected),
            None => Stacks::new(self.access(region, expected)),
        };
        known.push(stacks.clone());
        stacks
    }

    /// Returns the values that AWS keeps in one Region of the account.
    pub fn values(&self, region: &Region) -> Values {
        let mut values = self.values.lock().expect("no holder panics");
        let made = || {
            let (access, account) = (&self.access, self.guard.account());
            let settings = access.settings.to_builder().region(of_sdk(region)).build();
            let enabled =
                RegionCheck::new(region, account, &access.settings, |it| self.cloud.sts(it));
            let retry = self.cloud.propagation().with(account.clone(), None);
            let limiter = CallRateLimiter::new(VALUES_PER_SECOND, self.cloud.clock())
                .signed_with(access.keys.as_ref())
                .in_region(&enabled)
                .retrying_denied(retry);
            let guard = self.guard.watch(region);
            self.cloud.values(access.account.clone(), &settings, guard, limiter)
        };
        values.entry(region.clone()).or_insert_with(made).clone()
    }

    /// Returns IAM as the session sees it, asked so often a second at most.
    pub fn iam(&self, calls_per_second: f64) -> Iam {
        self.cloud
            .iam(&self.access.settings, CallRateLimiter::new(calls_per_second, self.cloud.clock()))
    }

    /// Asks a Region for a stack, with few retries, to see whether it answers the session.
    ///
    /// # Errors
    /// When there is no such stack, the session may not read it, or the Region does not answer within
    /// this time.
    pub async fn probe(
        &self,
        region: &Region,
        stack: &StackName,
        within: Duration,
    ) -> Result<(), CallError> {
        let timeouts = TimeoutConfig::builder().operation_timeout(within).build();
        let config = aws_sdk_cloudformation::config::Builder::from(&self.access.settings)
            .region(of_sdk(region))
            .retry_partition(retry_partition())
            .retry_config(few_retries())
            .timeout_config(timeouts)
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(self.cloud.calls())
            .interceptor(ReplyFormat::Xml)
            .build();
        let client = aws_sdk_cloudformation::Client::from_conf(config);
        let reply = client.describe_stacks().stack_name(stack.as_str()).send().await;
        reply.map(drop).map_err(|error| CallError::of("cloudformation:DescribeStacks", &error))
    }

    fn access(&self, region: &Region, expected: &BTreeSet<String>) -> Access {
        let settings = self
            .access
            .settings
            .to_builder()
            .region(aws_config::Region::new(region.to_string()))
            .build();
        let calls = self.cloud.calls();
        let guard = self.guard.watch(region);
        let cloudformation = aws_sdk_cloudformation::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(FenceCheck)
            .interceptor(calls.clone())
            .interceptor(ReplyFormat::Xml)
            .interceptor(guard.clone())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .interceptor(calls)
            .interceptor(guard)
            // A bucket's name need not resolve in DNS when an endpoint of one's own is used.
            .force_path_style(settings.endpoint_url().is_some())
            .build();
        let namespace = BucketNamespace::of(&settings, region);
        let buckets = Buckets::new(s3, region.clone(), namespace, self.cloud.bucket_regions());
        Access {
            account: self.access.account.clone(),
            client: aws_sdk_cloudformation::Client::from_conf(cloudformation),
            uploads: UploadBuckets::new(buckets.clone(), self.cloud.uploaded()),
            buckets,
            source: self.access.source.clone(),
            endpoint: settings.endpoint_url().map(str::to_owned),
            clock: self.cloud.clock(),
            propagation: self.cloud.propagation().clone(),
            guard: self.guard.clone(),
            settings: self.access.settings.clone(),
            durations: self.cloud.durations(),
            keys: self.access.keys.clone(),
            enabled: RegionCheck::new(
                region,
                self.guard.account(),
                &self.access.settings,
                |settings| self.cloud.sts(settings),
            ),
            expected: expected.clone(),
        }
    }
}
