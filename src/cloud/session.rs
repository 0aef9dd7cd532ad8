//! A session in an account, and the clients that act with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

use super::answer::Answers;
use super::connection::{Cloud, retry_partition};
use super::identity::Identity;
use super::keys::Keys;
use super::paced::ThrottlingIsPaced;
use super::stacks::{Access, Stacks};
use crate::event::{Failure, FailureKind};
use crate::name::{AccountName, Region};

/// A session in one account, checked to be the right one. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) cloud: Cloud,
    pub(super) settings: SdkConfig,
    /// What signs its calls, if that can be renewed.
    pub(super) keys: Option<Keys>,
    pub(super) account: AccountName,
    pub(super) identity: Identity,
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
        let none = |why: String| {
            let message = format!("no credentials of account {}: {why}", self.account);
            Failure::new(FailureKind::NoCredentials, message).with_help("log in again")
        };
        let Some(provider) = self.settings.credentials_provider() else {
            return Err(none("none were found".to_owned()));
        };
        provider.provide_credentials().await.map_err(|error| none(error.to_string()))
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

    fn access(&self, region: &Region, expected: &BTreeSet<String>) -> Access {
        let settings =
            self.settings.to_builder().region(aws_config::Region::new(region.to_string())).build();
        let calls = self.cloud.calls();
        let cloudformation = aws_sdk_cloudformation::config::Builder::from(&settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(calls.clone())
            .interceptor(Answers::Xml)
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
            propagation: self.cloud.propagation().clone(),
            identity: self.identity.clone(),
            durations: self.cloud.durations(),
            keys: self.keys.clone(),
            expected: expected.clone(),
        }
    }
}
