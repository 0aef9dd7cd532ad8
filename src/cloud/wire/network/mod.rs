//! How this machine reaches AWS: through which proxies, and which certificate authorities it trusts.
//!
//! The rules are those of the AWS CLI, so that what works for it works here: the same variables, the
//! same order. It knows nothing of credentials and accounts.

mod client;
mod error;
mod failed;
mod no_proxy;
mod proxies;
mod roots;
mod routed;

pub use client::Network;
pub use error::NetworkError;
