//! Faults between the SDK and the sandbox: calls that are refused, replies that are lost or old.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The call is answered with this code and not carried out.
    Refuse(&'static str),
    /// The call is carried out and its reply is lost.
    LoseReply,
    /// The call is answered this much later.
    Delay(Duration),
    /// The call is answered as the same call was answered last.
    AnswerAsBefore,
}

/// Which calls of one action go wrong: the ones from `first` on, counted from 1.
#[derive(Clone, Copy, Debug)]
struct Rule {
    action: &'static str,
    first: usize,
    count: usize,
    fault: Fault,
}

/// The faults of a world; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    calls: BTreeMap<String, usize>,
    answers: BTreeMap<String, Vec<u8>>,
}

impl Faults {
    /// Lets the next `count` calls of `action` go wrong.
    pub fn next(&self, action: &'static str, count: usize, fault: Fault) {
        let mut state = self.state.lock().expect("no holder panics");
        let first = state.calls.get(action).copied().unwrap_or_default() + 1;
        state.rules.push(Rule { action, first, count, fault });
    }

    /// Returns how often an action was called.
    pub fn calls(&self, action: &str) -> usize {
        self.state.lock().expect("no holder panics").calls.get(action).copied().unwrap_or_default()
    }

    /// Returns `inner` with the faults in between.
    pub fn between(&self, inner: SharedHttpClient) -> SharedHttpClient {
        let faults = self.clone();
        http_client_fn(move |settings: &HttpConnectorSettings, _| {
            let components = RuntimeComponentsBuilder::for_tests().build().expect("for tests");
            let inner = inner.http_connector(settings, &components);
            SharedHttpConnector::new(Faulty { inner, faults: faults.clone() })
        })
    }

    fn on_call(&self, action: &str) -> Option<Fault> {
        let mut state = self.state.lock().expect("no holder panics");
        let number = state.calls.entry(action.to_owned()).or_default();
        *number += 1;
        let number = *number;
        let hits = |rule: &&Rule| {
            rule.action == action && (rule.first..rule.first + rule.count).contains(&number)
        };
        state.rules.iter().find(hits).map(|rule| rule.fault)
    }
}

#[derive(Debug)]
struct Faulty {
    inner: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for Faulty {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let action = action(&request);
        let fault = self.faults.on_call(&action);
        let (inner, faults) = (self.inner.clone(), self.faults.clone());
        HttpConnectorFuture::new(async move {
            match fault {
                Some(Fault::Refuse(code)) => Ok(refusal(code)),
                Some(Fault::LoseReply) => {
                    inner.call(request).await?;
                    Err(ConnectorError::io("the connection was reset".into()))
                }
                Some(Fault::AnswerAsBefore) => {
                    let state = faults.state.lock().expect("no holder panics");
                    let body = state.answers.get(&action).expect("it was answered before").clone();
                    Ok(HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(body)))
                }
                Some(Fault::Delay(delay)) => {
                    tokio::time::sleep(delay).await;
                    inner.call(request).await
                }
                None => {
                    let response = inner.call(request).await?;
                    if let Some(body) = response.body().bytes() {
                        let mut state = faults.state.lock().expect("no holder panics");
                        state.answers.insert(action, body.to_vec());
                    }
                    Ok(response)
                }
            }
        })
    }
}

fn action(request: &HttpRequest) -> String {
    let body = request.body().bytes().unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    let field = body.split('&').find_map(|field| field.strip_prefix("Action="));
    match field {
        // Without a name it is another permission and another cost: a listing.
        Some("DescribeStacks") if !body.contains("StackName=") => "ListAllStacks".to_owned(),
        other => other.unwrap_or("s3").to_owned(),
    }
}

fn refusal(code: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no: {code}</Message>\
         </Error><RequestId>1</RequestId></ErrorResponse>"
    );
    HttpResponse::new(400.try_into().expect("a status"), SdkBody::from(body))
}
