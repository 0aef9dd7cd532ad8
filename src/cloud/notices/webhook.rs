//! Messages that are posted to an address of the web.

use std::convert::Infallible;
use std::time::Duration;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;

use super::message::NoticeMessage;
use crate::cloud::connection::cloud::Cloud;

/// How long one attempt may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// How long the attempts after the first are waited for.
const TRIED_AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// Why a message was not taken. Nothing of it says the address, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It answered with another status than a good one.
    #[error("it answered with the status {0}")]
    Refused(u16),
    /// It did not answer.
    #[error("it does not answer")]
    Unreachable,
    /// Its address cannot be used.
    #[error("its address cannot be used")]
    Unusable,
}

impl WebhookError {
    /// Whether the same may be taken a little later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Refused(status) => *status == 429 || *status >= 500,
            Self::Unreachable => true,
            Self::Unusable => false,
        }
    }
}

impl Cloud {
    /// Posts a message to an address, a few times if it is not taken at once. It is led to no other address.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn post(&self, address: &str, message: &NoticeMessage) -> Result<(), WebhookError> {
        let mut waits = TRIED_AGAIN_AFTER.into_iter();
        loop {
            let refused = match self.post_once(address, message).await {
                Err(refused) if refused.may_pass() => refused,
                ended => return ended,
            };
            let Some(wait) = waits.next() else { return Err(refused) };
            tokio::time::sleep(wait).await;
        }
    }

    async fn post_once(&self, address: &str, message: &NoticeMessage) -> Result<(), WebhookError> {
        let uri: http::Uri = address.parse().map_err(|_| WebhookError::Unusable)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(WebhookError::Unusable);
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(ANSWERED_WITHIN)
            .read_timeout(ANSWERED_WITHIN)
            .operation_attempt_timeout(ANSWERED_WITHIN)
            .build();
        let post = Operation::builder()
            .service_name("webhook")
            .operation_name("Post")
            .http_client(self.http())
            .endpoint_url(&format!("{scheme}://{authority}"))
            .no_auth()
            .no_retry()
            .timeout_config(timeouts)
            .serializer(move |body: String| request(&path, body))
            .deserializer::<u16, Infallible>(|reply| Ok(reply.status().as_u16()))
            .build();
        match post.invoke(message.json.clone()).await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(WebhookError::Refused(status)),
            Err(error) => {
                tracing::debug!(kind = ?error.raw_response().is_some(), "a webhook does not answer");
                Err(WebhookError::Unreachable)
            }
        }
    }
}

fn request(
    path: &str,
    body: String,
) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("user-agent", concat!("xdeploy/", env!("CARGO_PKG_VERSION")))
        .body(SdkBody::from(body))?;
    Ok(request.try_into()?)
}
