//! `GetSessionToken`: a session of the caller itself, most often to have a second factor in it.
//!
//! It needs no permission.

use std::time::Duration;

use super::credentials::{credentials, session_key};
use super::limits::check_duration;
use super::second_factor;
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::{Identity, SecondFactor, UserSession};
use crate::sandbox::wire::Refusal;

/// The longest session, 36 hours.
const LONGEST_SECONDS: u32 = 129_600;
/// How long a session lasts if nothing is said, 12 hours.
const USUAL_SECONDS: u32 = 43_200;
/// The longest session of an account's root.
const LONGEST_OF_ROOT_SECONDS: u32 = 3600;

/// Gives the caller a session of itself.
///
/// # Errors
/// If the caller is in a session already, or its second factor is wrong.
pub fn get_session_token(call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    let refused = || {
        let message = "Cannot call GetSessionToken with session credentials";
        Refusal::forbidden("AccessDenied", message)
    };
    let (user, most) = match &call.caller.identity {
        Identity::Root => (None, LONGEST_OF_ROOT_SECONDS),
        Identity::User(user) => (Some(user.name.clone()), LONGEST_SECONDS),
        Identity::AssumedRole(_) => return Err(refused()),
    };
    if call.caller.second_factor != SecondFactor::NotAsked {
        return Err(refused());
    }
    let asked = call.form.number("DurationSeconds")?.unwrap_or(USUAL_SECONDS);
    check_duration(asked, LONGEST_SECONDS)?;
    let second_factor = match second_factor::proven(call)? {
        Some(SecondFactor::Since(since)) => Some(since),
        Some(SecondFactor::NotAsked | SecondFactor::Missing) | None => None,
    };
    let session = UserSession {
        key: session_key(&call.caller.account),
        account: call.caller.account.clone(),
        user,
        second_factor,
        expires: call.now + Duration::from_secs(asked.min(most).into()),
    };
    Ok(credentials(&session.key, &session.token(), session.expires))
}
