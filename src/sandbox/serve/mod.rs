//! How requests arrive: from the SDK in this program ([`sdk_client`]), and on a loopback port for the AWS
//! CLI and every other client ([`listen`]).
//!
//! Whoever is on this machine may connect, and so may every page in its browser: each request is looked
//! at before it is heard ([`hosts`]), each body while it is read ([`request_body`]), and connections that
//! are only idle close for others ([`connection_limit`]).

mod connection;
mod connection_limit;
mod hosts;
mod listen;
mod request_body;
mod response_body;
mod sdk_client;

pub use hosts::{HostName, Hosts};
pub use listen::serve;
