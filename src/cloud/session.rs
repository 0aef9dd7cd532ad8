//! A session in an account, and the clients that act with it: all of them behind the account's guard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

use super::connection::{Cloud, few_retries, of_sdk, retry_partition};
use super::enter::enabled::RegionCheck;
use super::enter::keys::Keys;
use super::iam::Iam;
use super::stacks::client::{Access, Stacks};
use super::stacks::guard::AccountGuard;
use super::storage::buckets::Buckets;
use super::wire::answer::Answers;
use super::wire::call_error::CallError;
use super::wire::rate_limited::{Paced, ThrottlingIsPaced};
use crate::event::{Failure, FailureKind};
use crate::name::{AccountId, AccountName, Region, StackName};

/// A session in one account, checked to be the right one. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) cloud: Cloud,
    pub(super) settings: SdkConfig,
    /// What signs its calls, if that can be renewed.
    pub(super) keys: Option<Keys>,
    pub(super) account: AccountName,
    /// The account whose credentials it came from, if a role was assumed or it is that account.
    pub(super) source: Option<AccountId>,
    pub(super) guard: AccountGuard,
    /// The stacks of each Region, made when first needed.
    pub(super) regions: Arc<Mutex<BTreeMap<Region, Stacks>>>,
    /// The ARN of the caller: who we are there.
    pub caller: String,
}

impl Cloud {
    /// Returns a client of STS with these settings.
    pub(super) fn sts(&self, settings: &SdkConfig) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(self.calls())
            .interceptor(Answers::Xml)
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }
}

impl Session {
    /// Returns the keys of the session, as they are good now.
    ///
    /// # Errors
    /// When none can be had any more.
    pub async fn credentials(&self) -> Result<Credentials, Failure> {
        let keys = keys_of(&self.settings).await;
        keys.map_err(|error| {
            if error.is_foreign() || error.is_passing() {
                return error.into_failure(&self.account);
            }
            let message = format!("no credentials of account {}: {}", self.account, error.text);
            Failure::new(FailureKind::NoCredentials, message).with_help("log in again")
        })
    }

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

    /// Returns IAM as the session sees it, asked so often a second at most.
    pub fn iam(&self, calls_per_second: f64) -> Iam {
        self.cloud.iam(&self.settings, Paced::new(calls_per_second, self.cloud.clock()))
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
        let config = aws_sdk_cloudformation::config::Builder::from(&self.settings)
            .region(of_sdk(region))
            .retry_partition(retry_partition())
            .retry_config(few_retries())
            .timeout_config(timeouts)
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(self.cloud.calls())
            .interceptor(Answers::Xml)
            .build();
        let client = aws_sdk_cloudformation::Client::from_conf(config);
        let reply = client.describe_stacks().stack_name(stack.as_str()).send().await;
        reply.map(drop).map_err(|error| CallError::of("cloudformation:DescribeStacks", &error))
    }

    fn access(&self, region: &Region, expected: &BTreeSet<String>) -> Access {
        let settings =
            self.settings.to_builder().region(aws_config::Region::new(region.to_string())).build();
        let calls = self.cloud.calls();
        let guard = self.guard.watch(region);
        let cloudformation = aws_sdk_cloudformation::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(calls.clone())
            .interceptor(Answers::Xml)
            .interceptor(guard.clone())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .interceptor(calls)
            .interceptor(guard)
            // A bucket's name need not resolve in DNS when an endpoint of one's own is used.
            .force_path_style(settings.endpoint_url().is_some())
            .build();
        Access {
            account: self.account.clone(),
            client: aws_sdk_cloudformation::Client::from_conf(cloudformation),
            buckets: Buckets::new(s3, region.clone(), self.cloud.bucket_regions()),
            source: self.source.clone(),
            endpoint: settings.endpoint_url().map(str::to_owned),
            clock: self.cloud.clock(),
            propagation: self.cloud.propagation().clone(),
            guard: self.guard.clone(),
            settings: self.settings.clone(),
            durations: self.cloud.durations(),
            keys: self.keys.clone(),
            enabled: RegionCheck::new(&self.cloud, &self.settings, region, self.guard.account()),
            expected: expected.clone(),
        }
    }
}

/// Returns the keys that calls with these settings are signed with now.
///
/// # Errors
/// When there are none, or they are another account's.
pub(super) async fn keys_of(settings: &SdkConfig) -> Result<Credentials, CallError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let provider = settings.credentials_provider().expect("a session acts with a provider's keys");
    let keys = provider.provide_credentials().await;
    keys.map_err(|error| CallError::of_keys(OPERATION, &error))
}
