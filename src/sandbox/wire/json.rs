//! Requests and answers in AWS's JSON protocol: the action is in a header, and everything else is
//! one JSON object.
//!
//! Source: the Smithy specification, "AWS JSON 1.1 protocol".

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value as Json, json};

use super::refusal::Refusal;
use super::request_id::request_id;

/// Returns the action of a request in this protocol, such as `PutParameter` of
/// `AmazonSSM.PutParameter`.
pub fn action(request: &Request<Bytes>) -> Option<&str> {
    let target = request.headers().get("x-amz-target")?.to_str().ok()?;
    Some(target.rsplit('.').next().unwrap_or_default())
}

/// Returns what a request says.
///
/// # Errors
/// If it is no JSON.
pub fn input(request: &Request<Bytes>) -> Result<Json, Refusal> {
    serde_json::from_slice(request.body())
        .map_err(|error| Refusal::bad_request("SerializationException", error.to_string()))
}

/// Returns an answer.
pub fn respond(output: &Json) -> Response<Bytes> {
    response(200, output)
}

/// Returns a refusal: 400, whatever it is, unless the service is to blame.
pub fn refuse(request: &Request<Bytes>, refusal: &Refusal) -> Response<Bytes> {
    let status = if refusal.status < 500 { 400 } else { refusal.status };
    let (code, message) = match code_of(refusal) {
        "ThrottlingException" if is_organizations(request) => (
            "TooManyRequestsException",
            "You have sent too many requests in too short a period of time. Try again later.",
        ),
        code => (code, refusal.message.as_str()),
    };
    response(status, &json!({ "__type": code, "message": message }))
}

/// Whether a request is for Organizations, which has words of its own for calls that come too fast.
fn is_organizations(request: &Request<Bytes>) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    target.is_some_and(|target| target.starts_with("AWSOrganizations"))
}

/// Returns the code of a refusal; what all services say has other names where they speak JSON.
pub fn code_of(refusal: &Refusal) -> &'static str {
    match refusal.code {
        "AccessDenied" => "AccessDeniedException",
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "ExpiredToken" => "ExpiredTokenException",
        "Throttling" => "ThrottlingException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        code => code,
    }
}

fn response(status: u16, body: &Json) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", request_id())
        .body(Bytes::from(body.to_string()))
        .expect("a status of ours and plain headers make a response")
}
