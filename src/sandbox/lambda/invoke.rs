//! `Invoke`: how a client calls a function. AWS's REST protocol with JSON.

use bytes::Bytes;
use http::response::Builder;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::function::Function;
use super::invocations::Invocations;
use super::outcome::InvocationOutcome;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission, denied};
use crate::sandbox::wire::form::{self, Form};
use crate::sandbox::wire::json::code_of;
use crate::sandbox::wire::{Refusal, request_id};
use crate::sandbox::world::{Settings, Store};

/// The most that a function is given, in bytes: when it is waited for, and when it is not.
const MOST_GIVEN_BYTES: [usize; 2] = [6_291_456, 1_048_576];

/// A call of Lambda, taken apart.
#[derive(Clone, Debug)]
pub struct Invoke {
    function: String,
    qualifier: Option<String>,
    kind: String,
    payload: Bytes,
}

/// A call of Lambda that its caller may make.
#[derive(Clone, Debug)]
pub struct Allowed {
    function: Function,
    kind: Kind,
    payload: Bytes,
}

/// How a function is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The caller waits for the answer.
    RequestResponse,
    /// An asynchronous invocation: nobody waits for its answer.
    Event,
    /// It is not invoked; only the permission is looked at.
    DryRun,
}

impl Invoke {
    /// Whether a request was signed for Lambda.
    pub fn is_meant(request: &Request<Bytes>) -> bool {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        header.is_some_and(|text| text.contains("/lambda/aws4_request"))
    }

    /// Reads a request that was signed for Lambda.
    ///
    /// # Errors
    /// If it asks for anything else than an invocation.
    pub fn of(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let path = request.uri().path();
        let function = path
            .strip_prefix("/2015-03-31/functions/")
            .and_then(|rest| rest.strip_suffix("/invocations"))
            .filter(|_| request.method() == Method::POST)
            .ok_or_else(|| {
                let message = format!("the sandbox does not offer {} {path}", request.method());
                Refusal { status: 404, code: "UnknownOperationException", message }
            })?;
        let query = Form::parse(request.uri().query().unwrap_or_default());
        let header = request.headers().get("x-amz-invocation-type");
        let kind = header.and_then(|value| value.to_str().ok()).unwrap_or("RequestResponse");
        let payload = match request.body() {
            body if body.is_empty() => Bytes::from_static(b"{}"),
            body => body.clone(),
        };
        Ok(Self {
            function: form::decode(function, false),
            qualifier: query.optional("Qualifier").map(str::to_owned),
            kind: kind.to_owned(),
            payload,
        })
    }

    /// Checks the call and that its caller may make it.
    ///
    /// # Errors
    /// If the caller may not, or the call is not as Lambda wants it.
    pub fn check(
        self,
        caller: &SignedCaller,
        store: &Store,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<Allowed, Refusal> {
        let function = Function::named(&self.function, &caller.account, &caller.region)?;
        let function = function.qualified(self.qualifier.as_deref());
        let wanted = NeededPermission::new("lambda:InvokeFunction", function.arn());
        let account = store.account(&caller.account);
        Authorizer::new(caller, account, now, settings).check(&wanted, |_| {})?;
        if function.account != caller.account.as_str() {
            // Functions have no policies of their own here, and only those let other accounts in.
            return Err(denied(caller, &wanted, None));
        }
        let kind = kind(&self.kind)?;
        check_payload(&self.payload, MOST_GIVEN_BYTES[usize::from(kind == Kind::Event)])?;
        Ok(Allowed { function, kind, payload: self.payload })
    }
}

impl Invocations {
    /// Invokes a function and answers its caller, which takes as long as the function if the caller
    /// waits for it.
    pub async fn answer(&self, allowed: Allowed, now: Timestamp) -> Response<Bytes> {
        let Allowed { function, kind, payload } = allowed;
        match kind {
            Kind::DryRun => response(204, &request_id(), Bytes::new()),
            Kind::Event => response(202, &self.invoke_later(function, payload, now), Bytes::new()),
            Kind::RequestResponse => {
                let (id, InvocationOutcome { payload, is_error }) =
                    self.invoke(function, payload).await;
                let mut response = response(200, &id, payload);
                let headers = response.headers_mut();
                let text = http::HeaderValue::from_static;
                headers.insert("x-amz-executed-version", text("$LATEST"));
                if is_error {
                    headers.insert("x-amz-function-error", text("Unhandled"));
                }
                response
            }
        }
    }
}

fn kind(text: &str) -> Result<Kind, Refusal> {
    match text {
        "RequestResponse" => Ok(Kind::RequestResponse),
        "Event" => Ok(Kind::Event),
        "DryRun" => Ok(Kind::DryRun),
        other => Err(Refusal::bad_request(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy \
                 constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            ),
        )),
    }
}

/// What a function is given is JSON and not too long.
fn check_payload(payload: &Bytes, most: usize) -> Result<(), Refusal> {
    if payload.len() > most {
        let message =
            format!("Request must be smaller than {most} bytes for the InvokeFunction operation");
        return Err(Refusal { status: 413, code: "RequestTooLargeException", message });
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(payload).map(|_| ()).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        Refusal::bad_request("InvalidRequestContentException", message)
    })
}

/// Returns a refusal in the form of Lambda's API.
pub fn refuse(refusal: &Refusal) -> Response<Bytes> {
    let body: Json = json!({ "Type": "User", "Message": refusal.message });
    let response = Response::builder().header("x-amzn-errortype", code_of(refusal));
    complete(response, refusal.status, &request_id(), Bytes::from(body.to_string()))
}

fn response(status: u16, id: &str, body: Bytes) -> Response<Bytes> {
    complete(Response::builder(), status, id, body)
}

fn complete(response: Builder, status: u16, id: &str, body: Bytes) -> Response<Bytes> {
    response
        .status(status)
        .header("content-type", "application/json")
        .header("x-amzn-requestid", id)
        .body(body)
        .expect("a status of ours and plain headers make a response")
}
