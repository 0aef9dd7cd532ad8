//! What a failure's message says, without what xdeploy and AWS wrap around it.

use crate::event::Failure;
use crate::report::text::prose;

/// A failure's message, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The type of the resource that failed, such as `AWS::IAM::Role`.
    pub resource_type: Option<String>,
    /// The call that was refused, such as `cloudformation:CreateStack`.
    pub operation: Option<String>,
    /// The error's code, such as `AlreadyExists`.
    pub code: Option<String>,
    /// The service behind a resource, as AWS calls it there: `Iam`.
    pub service: Option<String>,
    /// The sentence itself, on one line.
    pub text: String,
}

impl Reason {
    /// Returns what the message of `failure` says.
    pub fn of(failure: &Failure) -> Self {
        let mut reason = Self::default();
        let message = prose::one_line(&failure.message);
        let mut text = message.as_str();
        if let Some(rest) = failure.resource.as_deref().and_then(|name| text.strip_prefix(name))
            && let Some((resource_type, rest)) =
                rest.strip_prefix(" (").and_then(|rest| rest.split_once("): "))
        {
            reason.resource_type = Some(resource_type.to_owned());
            text = rest;
        }
        if let Some((operation, code, rest)) = call(text) {
            reason.operation = Some(operation.to_owned());
            reason.code = code.map(str::to_owned);
            text = rest;
        }
        text = text.strip_prefix("Resource handler returned message: ").unwrap_or(text);
        text = reason.take_tails(text);
        text.clone_into(&mut reason.text);
        reason
    }

    /// Takes in what AWS appends in brackets, and returns the rest.
    fn take_tails<'a>(&mut self, text: &'a str) -> &'a str {
        let mut text = bared(text);
        while let Some((before, tail)) = tail(text) {
            for field in tail.split([',', ';']) {
                let Some((key, value)) = field.split_once(':') else { continue };
                let value = value.trim();
                match key.trim() {
                    "HandlerErrorCode" | "Error Code" => {
                        self.code.get_or_insert_with(|| value.to_owned());
                    }
                    "Service" => {
                        self.service.get_or_insert_with(|| value.to_owned());
                    }
                    _ => {}
                }
            }
            text = bared(before);
        }
        text
    }
}

/// Returns the call, its error's code and the rest of `service:Operation in account NAME: CODE: …`.
fn call(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (operation, rest) = text.split_once(" in account ")?;
    let (service, action) = operation.split_once(':')?;
    if operation.contains(' ') || service.is_empty() || action.is_empty() {
        return None;
    }
    let (_, rest) = rest.split_once(": ")?;
    let is_code = |text: &str| text.len() > 2 && text.chars().all(char::is_alphanumeric);
    match rest.split_once(": ").filter(|(code, _)| is_code(code)) {
        Some((code, rest)) => Some((operation, Some(code), rest)),
        None => Some((operation, None, rest)),
    }
}

/// Returns what stands before and in the brackets at the end of `text`, if AWS speaks there of the
/// request and not of the cause.
fn tail(text: &str) -> Option<(&str, &str)> {
    let (before, tail) = text.strip_suffix(')')?.rsplit_once('(')?;
    let about_requests = ["Service:", "SDK Attempt Count:", "RequestToken:", "Request ID:"];
    about_requests.iter().any(|start| tail.starts_with(start)).then_some((before, tail))
}

/// Returns a sentence without the quotes and the full stop around it.
fn bared(text: &str) -> &str {
    let text = text.trim();
    let is_quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    let text = if is_quoted { &text[1..text.len() - 1] } else { text };
    let is_half_quoted = text.matches('"').count() == 1 && text.ends_with('"');
    let text = if is_half_quoted { &text[..text.len() - 1] } else { text };
    text.trim().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FailureKind;

    fn reason(resource: Option<&str>, message: &str) -> Reason {
        let failure = Failure::new(FailureKind::ResourceFailed, message);
        Reason::of(&Failure { resource: resource.map(str::to_owned), ..failure })
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_resources_reason_is_unwrapped() {
        let message = "Role (AWS::IAM::Role): Resource handler returned message: \"Role with name \
                       x already exists. (Service: Iam, Status Code: 409, Request ID: \
                       b1bb91a6-005f-4b5e-a3bf-d8bed38bdfab) (SDK Attempt Count: 1)\" \
                       (RequestToken: 97cd1be4-fb19-c351-1288-81b9dc831d27, HandlerErrorCode: \
                       AlreadyExists)";
        let expected = Reason {
            resource_type: some("AWS::IAM::Role"),
            operation: None,
            code: some("AlreadyExists"),
            service: some("Iam"),
            text: "Role with name x already exists".to_owned(),
        };
        assert_eq!(reason(Some("Role"), message), expected);
    }

    #[test]
    fn the_older_form_of_it_is_unwrapped_as_well() {
        let message = "Rate exceeded (Service: AmazonSNS; Status Code: 400; Error Code: Throttling; \
                       Request ID: 2014b22d-8e58-43c3-82d0-4fe2a2f66841; Proxy: null)";
        let Reason { code, service, text, .. } = reason(Some("Topic"), message);
        assert_eq!(
            (text.as_str(), code, service),
            ("Rate exceeded", some("Throttling"), some("AmazonSNS"))
        );
    }

    #[test]
    fn a_call_that_was_refused_is_taken_apart() {
        let message = "cloudformation:CreateStack in account dev: ValidationError: Parameters: \
                       [Size] must have values";
        let Reason { operation, code, text, .. } = reason(None, message);
        assert_eq!(operation, some("cloudformation:CreateStack"));
        assert_eq!(
            (code, text.as_str()),
            (some("ValidationError"), "Parameters: [Size] must have values")
        );
    }

    #[test]
    fn brackets_that_belong_to_the_sentence_stay() {
        let message = "The requested type is not supported in your zone (us-east-1e)";
        assert_eq!(reason(None, message).text, message);
    }
}
