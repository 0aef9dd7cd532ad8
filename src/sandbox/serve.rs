//! The sandbox on a loopback port, for the AWS CLI and every other client.

use std::convert::Infallible;
use std::future::Future;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::respond::Sandbox;

/// Answers HTTP requests on `listener` until `stop` is done.
///
/// # Errors
/// If no connection can be taken any more.
pub async fn serve(
    sandbox: Sandbox,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                connections.spawn(converse(sandbox.clone(), stream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(sandbox: Sandbox, stream: TcpStream) {
    let service = service_fn(move |request| answer(sandbox.clone(), request));
    // A connection that breaks is the client's own business: it sees it first.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    sandbox: Sandbox,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(http::Response::new(Full::default()));
    };
    let request = http::Request::from_parts(parts, body.to_bytes());
    Ok(sandbox.respond(&request).await.map(Full::new))
}
