//! The sandbox on a loopback port, for the AWS CLI and every other client.
//!
//! Whoever is on this machine may connect, and so may every page in its browser: each request is looked
//! at before it is heard ([`admit`]), each body while it is read ([`intake`]), and
//! connections that only stand there leave for others ([`seats`]).

mod admit;
mod converse;
mod intake;
mod reply;
mod seats;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::respond::Sandbox;
pub use admit::{HostName, Hosts};
use converse::{Desk, converse};
use seats::Seats;

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
    let desk = Arc::new(Desk::new(sandbox, hosts));
    let seats = Seats::for_this_process();
    let mut connections = JoinSet::new();
    let mut is_one_leaving = false;
    tokio::pin!(stop);
    loop {
        let is_full = connections.len() >= seats.most();
        tokio::select! {
            () = &mut stop => return,
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(desk.clone(), stream, seats.take()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot take a connection now");
                    seats.dismiss_one();
                    tokio::select! {
                        () = &mut stop => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            },
            // One at a time, so that there is room for the next one that comes.
            () = seats.one_may_leave(), if is_full && !is_one_leaving => {
                is_one_leaving = seats.dismiss_one();
            }
            Some(_) = connections.join_next() => is_one_leaving = false,
        }
    }
}
