//! Into an account: credentials found, roles assumed, accounts proven, sessions renewed.

pub(super) mod enabled;
pub(super) mod identity;
pub(super) mod keys;
pub(super) mod login;
pub(super) mod logins;
pub(super) mod machine;
pub(super) mod no_login;
pub(super) mod role_chain;
pub(super) mod role_session;
pub(super) mod signable;
pub(super) mod source;
pub(super) mod target_account;
