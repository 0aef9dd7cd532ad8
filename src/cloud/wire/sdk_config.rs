//! What all clients of the SDK share: retries and their back-off, time-outs, and whose credentials sign.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};

use super::call_error::CallError;
use crate::name::Region;

/// How often a call is sent before it is given up: with the back-off between, some two minutes.
const MOST_ATTEMPTS: u32 = 10;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

pub(in crate::cloud) fn of_sdk(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.to_string())
}

/// CloudTrail shows it as part of the user agent.
pub(in crate::cloud) fn app_name() -> AppName {
    AppName::new("xdeploy").expect("letters make an app name")
}

/// Returns the partition of retries that all clients share.
///
/// The SDK keeps one bucket of some hundred retries for a service and the whole process, which is
/// meant for one application calling one account: with many accounts, one that is throttled would
/// use up the retries of all. Here every call may use all its attempts.
pub(in crate::cloud) fn retry_partition() -> RetryPartition {
    RetryPartition::custom("xdeploy").token_bucket(TokenBucket::unlimited()).build()
}

pub(in crate::cloud) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MOST_ATTEMPTS)
        .with_max_backoff(Duration::from_secs(20))
}

/// Returns the retries of the first call of a session: where nothing answers at all, a person who
/// mistyped an endpoint should hear of it within seconds.
pub(in crate::cloud) fn few_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4)
}

/// The SDK calls a request stalled whose body nobody takes for five seconds. One that waits for its
/// turn is not; bodies are small here, and an answer that does not come has its own time-out.
pub(in crate::cloud) fn no_stall_check() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

pub(in crate::cloud) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_WITHIN).read_timeout(ANSWER_WITHIN).build()
}

/// Returns the settings of clients that sign with other credentials.
pub(in crate::cloud) fn signing_with(
    settings: &SdkConfig,
    credentials: SharedCredentialsProvider,
) -> SdkConfig {
    settings
        .to_builder()
        .credentials_provider(credentials)
        .identity_cache(IdentityCache::no_cache())
        .build()
}

/// Returns the credentials that calls with these settings are signed with now.
///
/// # Errors
/// When there are none, or they are another account's.
pub(in crate::cloud) async fn credentials_of(
    settings: &SdkConfig,
) -> Result<Credentials, CallError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let provider = settings.credentials_provider().expect("a session signs with a provider's");
    let credentials = provider.provide_credentials().await;
    credentials.map_err(|error| CallError::of_credentials(OPERATION, &error))
}
