//! Accepts connections, as many as there may be at once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connection::{Endpoint, serve_connection};
use super::connection_limit::ConnectionLimit;
use super::hosts::Hosts;
use crate::sandbox::router::Sandbox;

/// How long nothing is accepted after the system had no connection to give, such as for want of files.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers HTTP requests on `listener`, sent to one of `hosts`, until `stop` is done.
///
/// A connection that cannot be accepted, for want of files or because it is gone again, ends nothing.
pub async fn serve(
    sandbox: Sandbox,
    listener: TcpListener,
    hosts: Hosts,
    stop: impl Future<Output = ()>,
) {
    let endpoint = Arc::new(Endpoint::new(sandbox, hosts));
    let limit = ConnectionLimit::for_this_process();
    let mut connections = JoinSet::new();
    let mut is_one_closing = false;
    tokio::pin!(stop);
    loop {
        let is_full = connections.len() >= limit.most();
        tokio::select! {
            () = &mut stop => return,
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(endpoint.clone(), stream, limit.take()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot take a connection now");
                    limit.close_one();
                    tokio::select! {
                        () = &mut stop => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            },
            // One at a time, so that there is room for the next one that comes.
            () = limit.one_may_close(), if is_full && !is_one_closing => {
                is_one_closing = limit.close_one();
            }
            Some(_) = connections.join_next() => is_one_closing = false,
        }
    }
}
