//! A concurrency limit on HTTP requests: the client through which everything leaves bounds how many are
//! in flight, and the bodies of their replies.
//!
//! The client below opens a connection for each request in flight, and keeps it. Thousands of
//! accounts at once would be thousands of connections, each with its buffers and its handshake; a
//! few dozen carry the same load.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Semaphore;

use super::reply_body;
use super::reply_body::BodyMode;

/// How many requests to one host may be in flight: at half a second each, more than STS bears from one account.
const MOST_IN_FLIGHT: usize = 128;

/// The permits of each host: one that does not answer takes none from the others.
#[derive(Clone, Debug, Default)]
struct Permits(Arc<Mutex<BTreeMap<String, Arc<Semaphore>>>>);

impl Permits {
    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.0.lock().expect("no holder panics");
        if let Some(permits) = hosts.get(host) {
            return permits.clone();
        }
        let permits = Arc::new(Semaphore::new(MOST_IN_FLIGHT));
        hosts.insert(host.to_owned(), permits.clone());
        permits
    }
}

/// Returns the host of an address, with its port.
fn host(address: &str) -> &str {
    let (_, rest) = address.split_once("://").unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

/// An HTTP client that lets so many requests through at a time, each until its reply was read. A call that
/// backs off holds none.
#[derive(Debug)]
pub(in crate::cloud) struct ConcurrencyLimit {
    inner: SharedHttpClient,
    permits: Permits,
}

impl ConcurrencyLimit {
    /// Returns `inner` with a bound.
    pub fn new(inner: SharedHttpClient) -> Self {
        Self { inner, permits: Permits::default() }
    }
}

impl HttpClient for ConcurrencyLimit {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(LimitedConnector {
            inner: self.inner.http_connector(settings, components),
            permits: self.permits.clone(),
        })
    }
}

#[derive(Debug)]
struct LimitedConnector {
    inner: SharedHttpConnector,
    permits: Permits,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, permits) = (self.inner.clone(), self.permits.of(host(request.uri())));
        let mode = BodyMode::of(&request);
        HttpConnectorFuture::new(async move {
            let permit = permits.acquire_owned().await.expect("nobody closes the semaphore");
            Ok(reply_body::limited(inner.call(request).await?, mode, permit))
        })
    }
}
