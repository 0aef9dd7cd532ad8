//! Values that AWS keeps for others to read: parameters of Parameter Store, secrets of Secrets Manager.
//!
//! Source: the Systems Manager API reference, `GetParameter`; the Secrets Manager API reference, `GetSecretValue`.

use aws_config::SdkConfig;
use aws_sdk_ssm::types::ParameterType;

use super::connection::cloud::Cloud;
use super::wire::account_guard::ReplyGuard;
use super::wire::call_error::{CallError, ErrorOrigin};
use super::wire::rate_limiter::{CallRateLimiter, ThrottlingNotRetried};
use super::wire::reply_format::ReplyFormat;
use super::wire::sdk_config::retry_partition;
use crate::name::AccountName;

const GET_PARAMETER: &str = "ssm:GetParameter";
const GET_SECRET: &str = "secretsmanager:GetSecretValue";

/// The most calls a second in one account and Region, before AWS said anything: half of what Parameter Store bears.
///
/// Source: the AWS General Reference, "Systems Manager endpoints and quotas", GetParameter without higher throughput.
pub(in crate::cloud) const VALUES_PER_SECOND: f64 = 20.0;

/// The values of one account and Region. Cloning it is cheap; clones share the rate.
#[derive(Clone, Debug)]
pub struct Values {
    /// The account, for messages.
    pub account: AccountName,
    parameters: aws_sdk_ssm::Client,
    secrets: aws_sdk_secretsmanager::Client,
    limiter: CallRateLimiter,
}

/// What is kept under a name.
#[derive(Debug, PartialEq, Eq)]
pub enum StoredValue {
    /// Text, secret or not.
    Text(StoredText),
    /// Bytes, which are no text.
    Binary,
    /// Nothing is kept there.
    Absent,
}

/// Text that is kept under a name.
#[derive(PartialEq, Eq)]
pub struct StoredText {
    /// The text itself.
    pub text: String,
    /// Whether it may be shown nowhere.
    pub is_secret: bool,
    /// What AWS tells this value from the one before by.
    pub version: String,
}

/// A value is never printed: it may be secret.
impl std::fmt::Debug for StoredText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "*** ({})", self.version)
    }
}

impl Cloud {
    /// Returns the values that those with these settings see in the Region that they name.
    pub(in crate::cloud) fn values(
        &self,
        account: AccountName,
        settings: &SdkConfig,
        guard: ReplyGuard,
        limiter: CallRateLimiter,
    ) -> Values {
        let parameters = aws_sdk_ssm::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Json)
            .interceptor(guard.clone())
            .build();
        let secrets = aws_sdk_secretsmanager::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Json)
            .interceptor(guard)
            .build();
        Values {
            account,
            parameters: aws_sdk_ssm::Client::from_conf(parameters),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets),
            limiter,
        }
    }
}

impl Values {
    /// Reads a parameter, decrypted, by its name or ARN.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn parameter(&self, name: &str) -> Result<StoredValue, CallError> {
        let get = || async {
            let reply = self.parameters.get_parameter().name(name).with_decryption(true).send();
            reply.await.map_err(|error| CallError::of(GET_PARAMETER, &error))
        };
        let found = match self.limiter.send(get).await {
            Ok(reply) => reply.parameter,
            Err(error) if is_absent(&error) => return Ok(StoredValue::Absent),
            Err(error) => return Err(error),
        };
        let is_plain = |kind| matches!(kind, ParameterType::String | ParameterType::StringList);
        let parameter = found.ok_or_else(|| CallError::unreadable(GET_PARAMETER, NOTHING))?;
        let text = parameter.value.ok_or_else(|| CallError::unreadable(GET_PARAMETER, NOTHING))?;
        // One that was deleted and made anew begins at 1 again.
        let changed = parameter.last_modified_date.map_or(0, |at| at.secs());
        Ok(StoredValue::Text(StoredText {
            text,
            // One of a type that is not known yet may be as secret.
            is_secret: !parameter.r#type.is_some_and(is_plain),
            version: format!("{} of {changed}", parameter.version),
        }))
    }

    /// Reads the current version of a secret, by its name or ARN.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn secret(&self, id: &str) -> Result<StoredValue, CallError> {
        let get = || async {
            let reply = self.secrets.get_secret_value().secret_id(id).send();
            reply.await.map_err(|error| CallError::of(GET_SECRET, &error))
        };
        match self.limiter.send(get).await {
            Ok(reply) => match (reply.secret_string, reply.secret_binary) {
                (Some(text), _) => {
                    let version = reply.version_id.unwrap_or_default();
                    Ok(StoredValue::Text(StoredText { text, is_secret: true, version }))
                }
                (None, Some(_)) => Ok(StoredValue::Binary),
                (None, None) => Err(CallError::unreadable(GET_SECRET, NOTHING)),
            },
            Err(error) if is_absent(&error) => Ok(StoredValue::Absent),
            Err(error) => Err(error),
        }
    }
}

/// What is said of an answer without a value.
const NOTHING: &str = "the answer holds no value";

/// Whether AWS says that there is nothing of that name.
fn is_absent(error: &CallError) -> bool {
    let codes = ["ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException"];
    error.origin == ErrorOrigin::Service && codes.iter().any(|code| error.has_code(code))
}
