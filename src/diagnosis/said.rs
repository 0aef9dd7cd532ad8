//! What STS itself says of why it refuses: the little that its texts tell.
//!
//! Source: the IAM user guide, "Troubleshoot access denied error messages", and the STS API
//! reference, `AssumeRole`, errors.

use super::caller::{ASSUME, NAME_SOURCE, TAG};

/// What STS said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The session is longer than the role allows.
    LongerThanRole,
    /// The session is longer than one that is reached from another role may be.
    LongerThanChain,
    /// An account's root cannot assume roles.
    RootCaller,
    /// It takes the session policy or the tags not as they are.
    SessionRefused,
    /// STS is not enabled in the Region.
    RegionDisabled,
    /// This action is refused, perhaps with a reason.
    Denied(&'static str, Option<Reason>),
    /// Something else.
    Other,
}

/// Which policy refuses, in STS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The caller's own policies do not allow it.
    NotAllowed,
    /// One of the caller's own policies forbids it.
    Denied,
    /// The caller's boundary does not allow it.
    Boundary,
    /// The policy that the caller's session came with.
    CallersSession,
    /// A policy of the organization.
    Organization,
    /// The role's trust policy does not allow it.
    NotTrusted,
    /// The role's trust policy forbids it.
    TrustDenied,
}

impl Said {
    /// Reads an error of AssumeRole.
    pub fn of(code: &str, text: &str) -> Self {
        match code {
            "MalformedPolicyDocument" | "PackedPolicyTooLarge" => Self::SessionRefused,
            "RegionDisabledException" => Self::RegionDisabled,
            "ValidationError" if text.contains("MaxSessionDuration") => Self::LongerThanRole,
            "ValidationError" if text.contains("role chaining") => Self::LongerThanChain,
            "AccessDenied" if text.contains("assumed by root accounts") => Self::RootCaller,
            "AccessDenied" => {
                let actions = [TAG, NAME_SOURCE];
                let action = actions.into_iter().find(|action| text.contains(*action));
                Self::Denied(action.unwrap_or(ASSUME), reason(text))
            }
            _ => Self::Other,
        }
    }
}

fn reason(text: &str) -> Option<Reason> {
    let is_explicit = text.contains("with an explicit deny in");
    if !is_explicit && !text.contains("because no ") {
        return None;
    }
    let of = |policy: &str| text.contains(policy);
    if of("service control policy") || of("resource control policy") {
        Some(Reason::Organization)
    } else if of("permissions boundary") {
        Some(if is_explicit { Reason::Denied } else { Reason::Boundary })
    } else if of("session policy") {
        Some(Reason::CallersSession)
    } else if of("identity-based policy") {
        Some(if is_explicit { Reason::Denied } else { Reason::NotAllowed })
    } else if of("trust policy") || of("resource-based policy") {
        Some(if is_explicit { Reason::TrustDenied } else { Reason::NotTrusted })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sts_tells_lengths_roots_regions_and_sometimes_which_policy() {
        let denied = |rest: &str| {
            let text = format!("User: u is not authorized to perform: sts:AssumeRole {rest}");
            Said::of("AccessDenied", &text)
        };
        for (said, expected) in [
            (denied("on resource: r"), Said::Denied(ASSUME, None)),
            (
                denied("on resource: r because no identity-based policy allows the action"),
                Said::Denied(ASSUME, Some(Reason::NotAllowed)),
            ),
            (
                denied("on resource: r with an explicit deny in a service control policy"),
                Said::Denied(ASSUME, Some(Reason::Organization)),
            ),
            (
                denied("because no role trust policy allows the sts:AssumeRole action"),
                Said::Denied(ASSUME, Some(Reason::NotTrusted)),
            ),
            (
                Said::of("AccessDenied", "User: u is not authorized to perform: sts:TagSession"),
                Said::Denied(TAG, None),
            ),
            (
                Said::of("ValidationError", "DurationSeconds exceeds the MaxSessionDuration set"),
                Said::LongerThanRole,
            ),
            (
                Said::of("AccessDenied", "Roles may not be assumed by root accounts."),
                Said::RootCaller,
            ),
            (Said::of("RegionDisabledException", "STS is not activated"), Said::RegionDisabled),
            (Said::of("InternalFailure", ""), Said::Other),
        ] {
            assert_eq!(said, expected);
        }
    }
}
