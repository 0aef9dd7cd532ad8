//! One connection: its requests, one after another, and its end.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use super::connection_limit::ConnectionPermit;
use super::hosts::Hosts;
use super::request_body::{RequestBodies, UnreadBody, most_bytes};
use super::response_body::{ResponseBody, ResponseContent, whole};
use crate::sandbox::caller::Signature;
use crate::sandbox::fault::{FaultyBody, ReplyFault};
use crate::sandbox::lambda::RuntimeRequest;
use crate::sandbox::refuse;
use crate::sandbox::router::Sandbox;
use crate::sandbox::wire::Refusal;

/// How long a connection may go without a request, take for a request's head, or leave an answer unread.
const IDLE: Duration = Duration::from_secs(60);

/// The most of a request's head that is waited for, in bytes; with what comes at once it may be twice as much.
/// AWS's own hosts take less.
const MOST_HEAD_BYTES: usize = 32 << 10;

/// The most headers that a request has.
const MOST_HEADERS: usize = 100;

/// How long what still comes is thrown away after the last answer. Closing at once would reset the
/// connection, and its client might not see the answer.
const LINGER: Duration = Duration::from_secs(5);

/// How much of it is thrown away at once, in bytes.
const PIECE_BYTES: usize = 16 << 10;

/// Where all connections of a server are answered.
#[derive(Debug)]
pub struct Endpoint {
    sandbox: Sandbox,
    hosts: Hosts,
    bodies: RequestBodies,
}

type Stream = Pin<Box<TimeoutStream<TcpStream>>>;

/// Answers the requests of a connection until it ends or has to close.
pub async fn serve_connection(
    endpoint: Arc<Endpoint>,
    stream: TcpStream,
    permit: Arc<ConnectionPermit>,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(IDLE));
    let service = service_fn(|request| {
        let (endpoint, busy) = (endpoint.clone(), permit.begin());
        async move {
            // A request that comes while its connection is being closed was never seen.
            let busy = busy.ok_or(io::ErrorKind::ConnectionReset)?;
            let response = endpoint.answer(request).await?;
            Ok::<_, io::Error>(response.map(|content| ResponseBody::new(content, busy)))
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = permit.closed() => return,
    };
    let stream = connection.into_parts().io.into_inner();
    // A connection that breaks is the client's own business: it sees it first.
    if ended.is_err_and(|error| is_reset(&error)) {
        // Closing with nothing to linger for is a reset, as the client would have it from a network.
        let _ = stream.get_ref().set_zero_linger();
        return;
    }
    tokio::select! {
        _ = tokio::time::timeout(LINGER, drain(stream)) => {}
        () = permit.closed() => {}
    }
}

fn is_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    error.is_user() && cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionReset)
}

/// Says that nothing more is sent, and throws away what still comes.
async fn drain(mut stream: Stream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut piece = [0; PIECE_BYTES];
    while stream.read(&mut piece).await? > 0 {}
    Ok(())
}

impl Endpoint {
    /// Returns an endpoint at which a sandbox answers what is sent to `hosts`.
    pub fn new(sandbox: Sandbox, hosts: Hosts) -> Self {
        Self { sandbox, hosts, bodies: RequestBodies::new() }
    }

    /// Answers a request, of which nothing is read before it is known to be meant for this machine.
    async fn answer(&self, request: Request<Incoming>) -> io::Result<Response<ResponseContent>> {
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts, Bytes::new());
        let sender = Signature::of(head.headers(), self.sandbox.now());
        if let Err(refusal) = self.hosts.check(&head) {
            return Ok(refuse(&head, &sender, &refusal));
        }
        let read_body = match self.bodies.read(body, most_bytes(&head, &sender)).await {
            Ok(read_body) => read_body,
            Err(UnreadBody::BrokenOff) => return Err(io::ErrorKind::ConnectionReset.into()),
            Err(unread) => return Ok(refuse(&head, &sender, &reason(&head, &sender, unread))),
        };
        let request = head.map(|_| read_body.bytes.clone());
        match self.sandbox.respond(&request).await {
            Ok(response) => Ok(response.map(whole)),
            Err(ReplyFault::Body(response, fault)) => {
                Ok(response.map(|body| Either::Right(FaultyBody::new(body, fault))))
            }
            // A name that leads nowhere is not a server's to say: nothing answers.
            Err(ReplyFault::Reset | ReplyFault::NoSuchHost) => {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

/// Returns why a request is refused whose body was not read: a sender who is nobody hears that first.
fn reason(
    head: &Request<Bytes>,
    sender: &Result<Signature, Refusal>,
    unread: UnreadBody,
) -> Refusal {
    match sender {
        Err(unknown) if RuntimeRequest::of(head).is_none() => unknown.clone(),
        _ => unread.refusal(),
    }
}

/// Returns a refusal in the form of the service that was asked, with its own status.
fn refuse(
    head: &Request<Bytes>,
    sender: &Result<Signature, Refusal>,
    refusal: &Refusal,
) -> Response<ResponseContent> {
    let service = match sender {
        _ if RuntimeRequest::of(head).is_some() => "lambda",
        Ok(sender) => &sender.service,
        Err(_) => "",
    };
    let mut response = refuse::refuse(service, head, refusal);
    *response.status_mut() = http::StatusCode::from_u16(refusal.status).expect("they are ours");
    response.map(whole)
}
