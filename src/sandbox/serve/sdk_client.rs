//! The sandbox as the SDK's HTTP client: requests never leave the program.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;

use crate::sandbox::fault::{FaultyBody, ReplyFault};
use crate::sandbox::router::Sandbox;

impl Sandbox {
    /// Returns an HTTP client for the SDK that asks this sandbox whatever it is asked.
    pub fn http_client(&self) -> SharedHttpClient {
        let sandbox = self.clone();
        http_client_fn(move |settings, _| {
            let (sandbox, read_timeout) = (sandbox.clone(), settings.read_timeout());
            SharedHttpConnector::new(Connector { sandbox, read_timeout })
        })
    }
}

#[derive(Clone, Debug)]
struct Connector {
    sandbox: Sandbox,
    /// How long an answer is waited for.
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { sandbox, read_timeout } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = collect_body(request).await?;
            let answer = sandbox.respond(&request);
            match read_timeout {
                None => sdk_response(answer.await),
                Some(read_timeout) => match tokio::time::timeout(read_timeout, answer).await {
                    Ok(answer) => sdk_response(answer),
                    Err(elapsed) => Err(ConnectorError::timeout(elapsed.into())),
                },
            }
        })
    }
}

/// Returns an answer as the SDK would have it from a network.
fn sdk_response(
    answer: Result<Response<Bytes>, ReplyFault>,
) -> Result<HttpResponse, ConnectorError> {
    let response = match answer {
        Ok(response) => response.map(SdkBody::from),
        Err(ReplyFault::Body(response, fault)) => {
            response.map(|body| SdkBody::from_body_1_x(FaultyBody::new(body, fault)))
        }
        Err(ReplyFault::Reset) => {
            let reset = io::Error::from(io::ErrorKind::ConnectionReset);
            return Err(ConnectorError::io(reset.into()));
        }
        Err(ReplyFault::NoSuchHost) => {
            let unknown = "dns error: failed to lookup address information: Name or service not \
                           known";
            return Err(ConnectorError::io(io::Error::other(unknown).into()));
        }
    };
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

async fn collect_body(request: HttpRequest) -> Result<http::Request<Bytes>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?;
    Ok(http::Request::from_parts(parts, body.to_bytes()))
}
