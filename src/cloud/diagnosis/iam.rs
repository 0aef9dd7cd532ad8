//! IAM, asked a few times and not for long: what is found out is never worth a wait.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use serde_json::Value as Json;

use super::super::connection::{Cloud, retry_partition};
use crate::cloud::wire::answer::Answers;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limited::{Paced, ThrottlingIsPaced};

/// How long an answer of IAM is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// IAM as somebody sees it, asked at a pace.
#[derive(Clone, Debug)]
pub struct Iam {
    /// The client.
    pub client: aws_sdk_iam::Client,
    pace: Paced,
}

impl Iam {
    /// Returns IAM as those with these settings see it.
    pub fn of(cloud: &Cloud, settings: &SdkConfig, pace: Paced) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(ANSWER_WITHIN).build();
        let config = aws_sdk_iam::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(timeouts)
            .retry_classifier(ThrottlingIsPaced)
            .interceptor(cloud.calls())
            .interceptor(Answers::Xml)
            .build();
        Self { client: aws_sdk_iam::Client::from_conf(config), pace }
    }

    /// Sends a call when its time has come.
    ///
    /// # Errors
    /// With whatever it fails with.
    pub async fn ask<T, F>(&self, call: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        self.pace.send(call).await
    }
}

/// Sends a call of IAM and returns its answer, or a [`CallError`] that names the call.
macro_rules! asked {
    ($iam:expr, $name:literal, $call:expr) => {
        $iam.ask(|| async {
            let reply = $call.send().await;
            reply.map_err(|error| $crate::cloud::CallError::of($name, &error))
        })
        .await
    };
}

pub(super) use asked;

/// Reads a policy's document, which IAM encodes as in a URL; nothing if it is not JSON.
pub fn document(encoded: &str) -> Option<Json> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    serde_json::from_slice(&bytes).ok()
}

/// Returns why something could not be read, in a few words.
pub fn why(error: &CallError) -> String {
    match &error.code {
        Some(code) => format!("{} answers {code}", error.operation),
        None => format!("{} got no answer", error.operation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_from_its_url_form() {
        let read =
            document("%7B%22Version%22%3A%222012-10-17%22%2C%22a%22%3A%22100%25 b%c3%a4%22%7D");
        let read = read.expect("JSON");
        assert_eq!((&read["Version"], &read["a"]), (&"2012-10-17".into(), &"100% bä".into()));
        assert_eq!(document("%7"), None);
    }
}
