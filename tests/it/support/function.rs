//! A process that is a function of a sandbox, and the calls that invoke functions.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value as Json;
use xdeploy::sandbox::Sandbox;

use super::embedded::Keys;

/// A process that speaks the runtime API.
#[derive(Clone)]
pub struct Process {
    sandbox: Sandbox,
    address: String,
}

/// What a process was given to do.
#[derive(Debug)]
pub struct Given {
    pub id: String,
    pub deadline_ms: i64,
    pub function: String,
    pub trace: String,
    pub event: Json,
}

impl Process {
    /// Returns a process that serves every function.
    pub fn of_any(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone(), address: "http://127.0.0.1".to_owned() }
    }

    /// Returns a process that serves one function.
    pub fn of(sandbox: &Sandbox, function: &str) -> Self {
        Self { sandbox: sandbox.clone(), address: format!("http://127.0.0.1/{function}") }
    }

    /// Waits for something to do.
    pub async fn next(&self) -> Given {
        let request = Request::get(format!("{}/2018-06-01/runtime/invocation/next", self.address));
        let request = request.body(Bytes::new()).expect("an address");
        let response = self.sandbox.respond(&request).await.expect("no fault");
        let header = |name: &str| {
            let value = response.headers().get(name).expect("the header is there");
            value.to_str().expect("plain text").to_owned()
        };
        Given {
            id: header("lambda-runtime-aws-request-id"),
            deadline_ms: header("lambda-runtime-deadline-ms").parse().expect("a number"),
            function: header("lambda-runtime-invoked-function-arn"),
            trace: header("lambda-runtime-trace-id"),
            event: serde_json::from_slice(response.body()).expect("an event is JSON"),
        }
    }

    /// Returns what the function returned.
    pub async fn returns(&self, given: &Given, answer: &str) -> (u16, Json) {
        self.post(&format!("invocation/{}/response", given.id), answer).await
    }

    /// Tells that the function failed.
    pub async fn fails(&self, given: &Given, error: &str) -> (u16, Json) {
        self.post(&format!("invocation/{}/error", given.id), error).await
    }

    /// Posts something to the runtime API; returns the status and what is said.
    pub async fn post(&self, path: &str, body: &str) -> (u16, Json) {
        let request = Request::post(format!("{}/2018-06-01/runtime/{path}", self.address))
            .header("lambda-runtime-function-error-type", "Runtime.Broken")
            .body(Bytes::from(body.to_owned()))
            .expect("an address");
        let response = self.sandbox.respond(&request).await.expect("no fault");
        let said = serde_json::from_slice(response.body()).expect("JSON is answered");
        (response.status().as_u16(), said)
    }
}

/// What came of an invocation: the status, its id, whether the function failed, and what is said.
#[derive(Debug)]
pub struct Invoked {
    pub status: u16,
    pub id: String,
    /// `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    /// `X-Amzn-ErrorType`.
    pub refusal: Option<String>,
    pub payload: String,
}

/// Invokes a function, as `RequestResponse`, `Event` or `DryRun`.
pub async fn invoke(
    sandbox: &Sandbox,
    keys: &Keys,
    function: &str,
    kind: &str,
    payload: &str,
) -> Invoked {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    call(sandbox, keys, Method::POST, &path, kind, payload).await
}

/// Makes a call of Lambda in eu-central-1, for which there is no SDK here.
pub async fn call(
    sandbox: &Sandbox,
    keys: &Keys,
    method: Method,
    path: &str,
    kind: &str,
    payload: &str,
) -> Invoked {
    let credential = format!("{}/20261123/eu-central-1/lambda/aws4_request", keys.id);
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://lambda.eu-central-1.amazonaws.com{path}"))
        .header("x-amz-invocation-type", kind)
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
        );
    if let Some(token) = &keys.token {
        request = request.header("x-amz-security-token", token);
    }
    let request = request.body(Bytes::from(payload.to_owned())).expect("plain headers");
    let response = sandbox.respond(&request).await.expect("no fault");
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    Invoked {
        status: response.status().as_u16(),
        id: header("x-amzn-requestid").expect("every answer has an id"),
        function_error: header("x-amz-function-error"),
        refusal: header("x-amzn-errortype"),
        payload: String::from_utf8_lossy(response.body()).into_owned(),
    }
}
