//! The sandbox on a loopback port, for the AWS CLI and every other client.

use std::error::Error;
use std::future::Future;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::meet::Broken;
use super::respond::Sandbox;
use super::tear::TornBody;

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
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is the client's own business: it sees it first.
    let ended = (&mut connection).await;
    if ended.is_err_and(|error| is_reset(&error)) {
        // Closing with nothing to linger for is a reset, as the client would have it from a network.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

fn is_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    error.is_user() && cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionReset)
}

/// The body of an answer: whole, or not as it should come.
type Body = Either<Full<Bytes>, TornBody>;

async fn answer(
    sandbox: Sandbox,
    request: http::Request<Incoming>,
) -> Result<http::Response<Body>, io::Error> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(http::Response::new(Either::Left(Full::default())));
    };
    let request = http::Request::from_parts(parts, body.to_bytes());
    match sandbox.respond(&request).await {
        Ok(response) => Ok(response.map(|body| Either::Left(Full::new(body)))),
        Err(Broken::Torn(response, tear)) => {
            Ok(response.map(|body| Either::Right(TornBody::new(body, tear))))
        }
        // A name that leads nowhere is not a server's to say: nothing answers.
        Err(Broken::Reset | Broken::NoSuchHost) => Err(io::ErrorKind::ConnectionReset.into()),
    }
}
