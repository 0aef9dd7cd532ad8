//! Where credentials come from, and the settings of clients that sign with them: of this machine, or
//! of the embedded sandbox.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};

use crate::cloud::connection::cloud::{Cloud, Origin};
use crate::cloud::wire::sdk_config::{no_stall_check, of_sdk, retries, timeouts};
use crate::name::{AccountId, Region};

/// Where credentials come from: a profile, or wherever the default chain finds some.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct LoginSource {
    /// The Region of the first calls.
    pub region: Region,
    /// The profile; the default chain if absent.
    pub profile: Option<String>,
    /// The account that stands in for both in the embedded cloud.
    pub account: Option<AccountId>,
}

impl Cloud {
    /// Returns the settings of clients that act with these credentials, read anew.
    pub(in crate::cloud) async fn settings_of(&self, source: &LoginSource) -> SdkConfig {
        let LoginSource { region, profile, account } = source;
        match self.origin() {
            Origin::Machine(network) => {
                self.machine_settings(network, Some(region), profile.as_deref()).await
            }
            Origin::Embedded { source: own } => {
                self.embedded_settings(Some(region), account.as_ref().unwrap_or(own).as_str())
            }
        }
    }

    /// Returns the settings of clients that act for this program itself, in the machine's own Region if
    /// none is given.
    pub(in crate::cloud) async fn own_settings(&self, region: Option<&Region>) -> SdkConfig {
        match self.origin() {
            Origin::Machine(network) => self.machine_settings(network, region, None).await,
            Origin::Embedded { source } => self.embedded_settings(region, source.as_str()),
        }
    }

    fn embedded_settings(&self, region: Option<&Region>, account: &str) -> SdkConfig {
        let credentials = Credentials::new(account, "sandbox", None, None, "sandbox");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.map(of_sdk))
            .http_client(self.http())
            .time_source(self.clock())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(no_stall_check())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }
}
