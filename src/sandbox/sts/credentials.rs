//! Session credentials: access key ids and secret keys, and how answers show them.

use crate::name::AccountId;
use crate::sandbox::caller::key_id;
use crate::sandbox::wire::xml;

/// Returns the access key id of a new session.
pub fn session_key(account: &AccountId) -> String {
    key_id("ASIA", account, fastrand::u128(..))
}

/// Returns a secret access key. Nobody asks for it again: signatures are not verified.
pub fn secret_key() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(40).collect()
}

/// Returns the keys of a session, as an answer shows them.
pub fn credentials(key: &str, token: &str, expires: jiff::Timestamp) -> String {
    let parts = [
        xml::text("AccessKeyId", key),
        xml::text("SecretAccessKey", secret_key()),
        xml::text("SessionToken", token),
        xml::text("Expiration", format!("{expires:.0}")),
    ];
    xml::element("Credentials", &parts.concat())
}
