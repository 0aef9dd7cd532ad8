//! A client of IAM that is asked a few times and not for long: nothing that is read there is worth a
//! wait.

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::connection::cloud::Cloud;
use super::wire::call_error::CallError;
use super::wire::rate_limiter::{CallRateLimiter, ThrottlingNotRetried};
use super::wire::reply_format::ReplyFormat;
use super::wire::sdk_config::retry_partition;

/// How long an answer of IAM is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// IAM as somebody sees it, its calls limited in rate.
#[derive(Clone, Debug)]
pub struct Iam {
    /// The SDK's client; what it sends goes through [`Iam::ask`].
    pub client: aws_sdk_iam::Client,
    limiter: CallRateLimiter,
}

impl Cloud {
    /// Returns IAM as those with these settings see it.
    pub fn iam(&self, settings: &SdkConfig, limiter: CallRateLimiter) -> Iam {
        let timeouts = TimeoutConfig::builder().operation_timeout(ANSWER_WITHIN).build();
        let config = aws_sdk_iam::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(timeouts)
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Xml)
            .build();
        Iam { client: aws_sdk_iam::Client::from_conf(config), limiter }
    }
}

impl Iam {
    /// Sends a call when the rate lets it; `operation` is its name, such as `iam:GetRole`.
    ///
    /// # Errors
    /// With whatever it fails with.
    pub async fn ask<T, E, F>(
        &self,
        operation: &'static str,
        mut send: impl FnMut() -> F,
    ) -> Result<T, CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let call = || {
            let reply = send();
            async move { reply.await.map_err(|error| CallError::of(operation, &error)) }
        };
        self.limiter.send(call).await
    }
}
