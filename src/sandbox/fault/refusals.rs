//! The refusals that faults have services answer with.

use jiff::Timestamp;

use super::target::TargetCall;
use crate::sandbox::iam::NeededPermission;
use crate::sandbox::wire::Refusal;

/// Returns what a call that is denied is refused for.
pub fn wanted(call: &TargetCall) -> NeededPermission {
    let resource = match &call.stack {
        Some(stack) => {
            format!("arn:aws:cloudformation:{}:{}:stack/{stack}/*", call.region, call.account)
        }
        None => call.role.clone().unwrap_or_else(|| "*".to_owned()),
    };
    NeededPermission::new(call.full_action(), resource)
}

/// Answers with an error of the service.
pub fn broken_service(status: u16) -> Refusal {
    let (code, message) = match status {
        // Source: S3 API reference, `PutObject`, `If-None-Match`.
        409 => (
            "ConditionalRequestConflict",
            "The conditional request cannot succeed due to a conflicting operation against this resource.",
        ),
        503 => ("ServiceUnavailable", "The service is unavailable. Please try again shortly."),
        _ => ("InternalFailure", "The request processing has failed because of an unknown error"),
    };
    Refusal { status, code, message: message.to_owned() }
}

/// Says that the keys are nobody's.
pub fn unknown_keys() -> Refusal {
    let message = "The security token included in the request is invalid.";
    Refusal::forbidden("InvalidClientTokenId", message)
}

/// Says that there are too many requests, as S3 and as all others do.
pub fn too_fast(call: &TargetCall) -> Refusal {
    match call.service.as_str() {
        "s3" => Refusal {
            status: 503,
            code: "SlowDown",
            message: "Please reduce your request rate.".to_owned(),
        },
        _ => Refusal::bad_request("Throttling", "Rate exceeded"),
    }
}

/// Says that the clocks are too far apart, as S3 and as all others do.
pub fn too_far_apart(call: &TargetCall, signed: Timestamp, now: Timestamp) -> Refusal {
    if call.service == "s3" {
        let message = "The difference between the request time and the current time is too large.";
        return Refusal::forbidden("RequestTimeTooSkewed", message);
    }
    let short = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (is_old, [signed, now_text]) = (signed < now, [signed, now].map(short));
    let minutes = jiff::SignedDuration::from_mins(5);
    let message = if is_old {
        let earliest = short(now.saturating_sub(minutes).unwrap_or(now));
        format!("Signature expired: {signed} is now earlier than {earliest} ({now_text} - 5 min.)")
    } else {
        let latest = short(now.saturating_add(minutes).unwrap_or(now));
        format!(
            "Signature not yet current: {signed} is still later than {latest} ({now_text} + 5 min.)"
        )
    };
    Refusal::forbidden("SignatureDoesNotMatch", message)
}
