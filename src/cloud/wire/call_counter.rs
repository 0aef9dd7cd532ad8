//! Counts what goes over the wire: every attempt of every call, and how many were throttled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::error_code::is_throttling_code;

/// The counts of one run, shared by all its clients.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct CallCounter {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    by_operation: BTreeMap<String, u64>,
    throttled: u64,
}

impl CallCounter {
    /// Returns `service:Operation` to the number of requests sent.
    pub fn by_operation(&self) -> BTreeMap<String, u64> {
        self.counts.lock().expect("no holder of the counts panics").by_operation.clone()
    }

    /// Returns how many requests were answered with throttling.
    pub fn throttled(&self) -> u64 {
        self.counts.lock().expect("no holder of the counts panics").throttled
    }
}

#[dyn_dispatch_hint]
impl Intercept for CallCounter {
    fn name(&self) -> &'static str {
        "CallCounter"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            let service = metadata.service().to_ascii_lowercase().replace(' ', "");
            let operation = format!("{service}:{}", metadata.name());
            let mut counts = self.counts.lock().expect("no holder of the counts panics");
            *counts.by_operation.entry(operation).or_default() += 1;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if reply_code(context.response()).is_some_and(is_throttling_code) {
            self.counts.lock().expect("no holder of the counts panics").throttled += 1;
        }
        Ok(())
    }
}

/// Returns the error code of a reply that refuses.
pub(in crate::cloud) fn reply_code(response: &HttpResponse) -> Option<&str> {
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    if is_refusal { response.body().bytes().and_then(error_code) } else { None }
}

/// Returns what stands in the first `<Code>` of an XML error reply, or in the `__type` of a JSON one.
fn error_code(body: &[u8]) -> Option<&str> {
    let body = std::str::from_utf8(body).ok()?;
    if body.starts_with('{') {
        let (_, rest) = body.split_once("\"__type\"")?;
        // Some services name the code's namespace before it.
        let code = rest.split('"').nth(1)?;
        return code.rsplit('#').next();
    }
    let (_, rest) = body.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_code_is_read_from_an_xml_or_json_reply() {
        let body = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
        assert_eq!(error_code(body), Some("Throttling"));
        let body = br#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
        assert_eq!(error_code(body), Some("ThrottlingException"));
        let body = br#"{"__type": "com.amazonaws.ssm#ParameterNotFound"}"#;
        assert_eq!(error_code(body), Some("ParameterNotFound"));
        assert_eq!(error_code(b"{}"), None);
        assert_eq!(error_code(b"<html>"), None);
        assert_eq!(error_code(b"\xff\xfe"), None);
    }
}
