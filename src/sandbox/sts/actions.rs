//! The actions of STS.

use super::{assume_role, session_token};
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::account_of;
use crate::sandbox::wire::{Refusal, xml};

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Carries out an action.
pub fn answer(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
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
