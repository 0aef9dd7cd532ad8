//! The caller of a request: read off its signature and session token, looked up in its account.

mod identity;
mod key_id;
mod session;
mod signature;

pub use identity::{Identity, SecondFactor, SignedCaller};
pub use key_id::{account_of, key_id};
pub use session::{AssumedRole, UserSession};
pub use signature::{Signature, expired, unknown_key};
