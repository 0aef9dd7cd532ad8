//! Into an account: credentials found, roles assumed, accounts proven, sessions renewed.

pub(super) mod chain_link;
pub(super) mod credential_check;
pub(super) mod identity;
pub(super) mod login;
mod login_renewal;
pub(super) mod login_source;
pub(super) mod machine;
pub(super) mod missing_login;
pub(super) mod no_credentials;
pub(super) mod outage;
pub(super) mod role_chain;
pub(super) mod role_request;
pub(super) mod role_session;
pub(super) mod source_session;
pub(super) mod sts_refusal;
pub(super) mod target_account;
