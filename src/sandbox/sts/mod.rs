//! STS: entering a role, proving a second factor, and asking who one is.

mod asked;
mod assume_role;
mod second_factor;
mod session_token;

use super::iam::{account_of, key_id};
use super::refusal::Refusal;
use super::respond::Call;
use super::xml;
use crate::name::AccountId;

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Carries out an action.
pub fn answer(action: &str, call: &mut Call<'_>) -> Result<String, Refusal> {
    match action {
        "AssumeRole" => assume_role::assume_role(call),
        "GetSessionToken" => session_token::get_session_token(call),
        "GetCallerIdentity" => Ok([
            xml::text("Arn", call.caller.arn()),
            xml::text("UserId", call.caller.user_id()),
            xml::text("Account", call.caller.account.as_str()),
        ]
        .concat()),
        "GetAccessKeyInfo" => {
            let key = call.form.required("AccessKeyId")?;
            let account = account_of(key).ok_or_else(|| {
                Refusal::validation(format!("The access key {key} tells no account"))
            })?;
            Ok(xml::text("Account", account.as_str()))
        }
        other => Err(Refusal::not_offered(format!("sts:{other}"))),
    }
}

/// Returns the access key id of a new session.
pub fn session_key(account: &AccountId) -> String {
    key_id("ASIA", account, fastrand::u128(..))
}

/// Returns a secret access key. Nobody asks for it again: signatures are not verified.
pub fn secret_key() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(40).collect()
}

/// Returns the keys of a session, as an answer shows them.
fn credentials(key: &str, token: &str, expires: jiff::Timestamp) -> String {
    let parts = [
        xml::text("AccessKeyId", key),
        xml::text("SecretAccessKey", secret_key()),
        xml::text("SessionToken", token),
        xml::text("Expiration", format!("{expires:.0}")),
    ];
    xml::element("Credentials", &parts.concat())
}

/// Checks how long a text is, as the API's own model has it.
fn check_length(value: &str, member: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let rule = match value.chars().count() {
        length if length < least => format!("have length greater than or equal to {least}"),
        length if length > most => format!("have length less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Refusal::constraint(value, member, &rule))
}

/// Checks how long a session is to last.
fn check_duration(seconds: u32, most: u32) -> Result<(), Refusal> {
    let rule = match seconds {
        0..900 => "have value greater than or equal to 900".to_owned(),
        seconds if seconds > most => format!("have value less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Refusal::constraint(&seconds.to_string(), "durationSeconds", &rule))
}
