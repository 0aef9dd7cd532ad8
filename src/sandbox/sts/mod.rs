//! STS: entering a role, proving a second factor, and asking who one is.

mod actions;
mod assume_role;
mod assume_role_request;
mod credentials;
mod limits;
mod second_factor;
mod session_token;

pub use actions::{NAMESPACE, answer};
pub use credentials::{secret_key, session_key};
