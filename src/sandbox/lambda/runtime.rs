//! The runtime API: how the process of a function asks for work and tells what came of it.
//!
//! The API does not say which function a process is, so one serves every function, unless the address
//! it was told to use, `AWS_LAMBDA_RUNTIME_API`, ends with a function's name.

use bytes::Bytes;
use http::response::Builder;
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value as Json, json};

use super::invocations::Invocations;
use super::outcome::{InvocationOutcome, MOST_RETURNED_BYTES};
use super::queue::DispatchedInvocation;
use crate::sandbox::wire::form;

/// What every path of the API holds, after the function's name if there is one.
const VERSION: &str = "/2018-06-01/runtime/";

/// What a process asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeRequest {
    /// The function it is, if it says so.
    function: Option<String>,
    action: RuntimeAction,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RuntimeAction {
    /// To be handed the next invocation out.
    Next,
    /// To return what the function returned, for the invocation of that id.
    Response(String),
    /// To tell that the function failed.
    Error(String),
    /// To tell that it could not start.
    InitError,
    /// Something the API does not have.
    Other,
}

impl RuntimeRequest {
    /// Returns what a request asks, if it is one of the runtime API. Those are not signed.
    pub fn of(request: &Request<Bytes>) -> Option<Self> {
        let (before, rest) = request.uri().path().split_once(VERSION)?;
        if request.headers().contains_key("authorization") {
            return None;
        }
        let function = Some(before.trim_start_matches('/')).filter(|name| !name.is_empty());
        let parts: Vec<&str> = rest.split('/').collect();
        let action = match (request.method(), &parts[..]) {
            (&Method::GET, ["invocation", "next"]) => RuntimeAction::Next,
            (&Method::POST, ["invocation", id, "response"]) => {
                RuntimeAction::Response((*id).to_owned())
            }
            (&Method::POST, ["invocation", id, "error"]) => RuntimeAction::Error((*id).to_owned()),
            (&Method::POST, ["init", "error"]) => RuntimeAction::InitError,
            _ => RuntimeAction::Other,
        };
        Some(Self { function: function.map(|name| form::decode(name, false)), action })
    }
}

impl Invocations {
    /// Answers a process; one that asks for work waits until there is some.
    pub async fn serve(&self, asked: &RuntimeRequest, request: &Request<Bytes>) -> Response<Bytes> {
        let function = asked.function.as_deref();
        let body = request.body().clone();
        let is_known = match &asked.action {
            RuntimeAction::Next => return dispatched(self.next(function).await),
            RuntimeAction::Response(id) => {
                let is_long = body.len() > MOST_RETURNED_BYTES;
                match self.end(id, InvocationOutcome::returned(body)) {
                    true if is_long => return too_long(),
                    is_known => is_known,
                }
            }
            RuntimeAction::Error(id) => {
                self.end(id, InvocationOutcome::failed(body, kind(request.headers())))
            }
            RuntimeAction::InitError => {
                self.fail_next(function, InvocationOutcome::failed(body, kind(request.headers())));
                true
            }
            RuntimeAction::Other => {
                return error(404, "NotFound", "The runtime API has no such path");
            }
        };
        match is_known {
            true => plain(Response::builder().status(202), &json!({ "status": "OK" })),
            false => error(400, "InvalidRequestID", "Invalid request ID"),
        }
    }
}

/// Returns the kind of an error, as its header has it.
fn kind(headers: &HeaderMap) -> Option<&str> {
    headers.get("lambda-runtime-function-error-type")?.to_str().ok()
}

fn dispatched(dispatched: DispatchedInvocation) -> Response<Bytes> {
    let random = format!("{:032x}", fastrand::u128(..));
    let (time, rest) = random.split_at(8);
    let trace = format!("Root=1-{time}-{rest};Parent={};Sampled=0", &random[16..]);
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", dispatched.id)
        .header("lambda-runtime-deadline-ms", dispatched.deadline.as_millisecond())
        .header("lambda-runtime-invoked-function-arn", dispatched.function)
        .header("lambda-runtime-trace-id", trace)
        .body(dispatched.payload)
        .expect("ids, ARNs and numbers make headers")
}

fn too_long() -> Response<Bytes> {
    let message = format!("Exceeded maximum allowed payload size ({MOST_RETURNED_BYTES} bytes).");
    error(413, "RequestEntityTooLarge", &message)
}

fn error(status: u16, kind: &str, message: &str) -> Response<Bytes> {
    let said = json!({ "errorType": kind, "errorMessage": message });
    plain(Response::builder().status(status), &said)
}

fn plain(response: Builder, body: &Json) -> Response<Bytes> {
    response
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .expect("a status of ours and a plain header make a response")
}
