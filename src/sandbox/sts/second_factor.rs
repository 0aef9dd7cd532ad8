//! A second factor: a device's serial number and the code it shows.
//!
//! Devices are not kept: any serial number in the caller's own account will do, and exactly one
//! code is right.

use super::limits::check_length;
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::{Identity, SecondFactor};
use crate::sandbox::wire::Refusal;

/// The one-time code that every device shows.
const CODE: &str = "123456";

/// Returns the second factor that a request proves, if it brings one.
///
/// # Errors
/// If it brings half of one, another's device or a wrong code.
pub fn proven(call: &QueryCall<'_>) -> Result<Option<SecondFactor>, Refusal> {
    let (serial, code) = (call.form.optional("SerialNumber"), call.form.optional("TokenCode"));
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(None),
        (Some(serial), Some(code)) => (serial, code),
        (Some(_), None) | (None, Some(_)) => {
            return Err(failed(", must provide both MFA serial number and one time pass code."));
        }
    };
    check_length(serial, "serialNumber", 9, 256)?;
    check_length(code, "tokenCode", 6, 6)?;
    let own = format!("arn:{}:iam::{}:mfa/", call.caller.partition(), call.caller.account);
    let is_in_role = matches!(call.caller.identity, Identity::AssumedRole(_));
    if is_in_role || !serial.starts_with(&own) {
        return Err(failed(
            ", unable to validate MFA code.  Please verify your MFA serial number is valid and \
             associated with this user.",
        ));
    }
    if code != CODE {
        return Err(failed(" with invalid MFA one time pass code. "));
    }
    Ok(Some(SecondFactor::Since(call.now)))
}

fn failed(how: &str) -> Refusal {
    Refusal::forbidden("AccessDenied", format!("MultiFactorAuthentication failed{how}"))
}
