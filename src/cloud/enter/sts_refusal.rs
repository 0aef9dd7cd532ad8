//! Why STS refuses to assume a role: the little that its codes and texts tell.
//!
//! Source: the IAM user guide, "Troubleshoot access denied error messages", and the STS API
//! reference, `AssumeRole`, errors.

/// The action that assumes a role.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";
/// The action that gives the role's session tags.
pub const TAG_SESSION: &str = "sts:TagSession";
/// The action that says who is behind the session.
pub const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// Why STS refuses a role, as far as its answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StsRefusal {
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
    Denied(&'static str, Option<DenyReason>),
    /// A refusal that says nothing more.
    Other,
}

/// Which policy refuses, in STS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyReason {
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

impl StsRefusal {
    /// Reads an error of AssumeRole.
    pub fn of(code: &str, text: &str) -> Self {
        match code {
            "MalformedPolicyDocument" | "PackedPolicyTooLarge" => Self::SessionRefused,
            "RegionDisabledException" => Self::RegionDisabled,
            "ValidationError" if text.contains("MaxSessionDuration") => Self::LongerThanRole,
            "ValidationError" if text.contains("role chaining") => Self::LongerThanChain,
            "AccessDenied" if text.contains("assumed by root accounts") => Self::RootCaller,
            "AccessDenied" => {
                let actions = [TAG_SESSION, SET_SOURCE_IDENTITY];
                let action = actions.into_iter().find(|action| text.contains(*action));
                Self::Denied(action.unwrap_or(ASSUME_ROLE), reason(text))
            }
            _ => Self::Other,
        }
    }
}

fn reason(text: &str) -> Option<DenyReason> {
    let is_explicit = text.contains("with an explicit deny in");
    if !is_explicit && !text.contains("because no ") {
        return None;
    }
    let of = |policy: &str| text.contains(policy);
    if of("service control policy") || of("resource control policy") {
        Some(DenyReason::Organization)
    } else if of("permissions boundary") {
        Some(if is_explicit { DenyReason::Denied } else { DenyReason::Boundary })
    } else if of("session policy") {
        Some(DenyReason::CallersSession)
    } else if of("identity-based policy") {
        Some(if is_explicit { DenyReason::Denied } else { DenyReason::NotAllowed })
    } else if of("trust policy") || of("resource-based policy") {
        Some(if is_explicit { DenyReason::TrustDenied } else { DenyReason::NotTrusted })
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
            StsRefusal::of("AccessDenied", &text)
        };
        for (said, expected) in [
            (denied("on resource: r"), StsRefusal::Denied(ASSUME_ROLE, None)),
            (
                denied("on resource: r because no identity-based policy allows the action"),
                StsRefusal::Denied(ASSUME_ROLE, Some(DenyReason::NotAllowed)),
            ),
            (
                denied("on resource: r with an explicit deny in a service control policy"),
                StsRefusal::Denied(ASSUME_ROLE, Some(DenyReason::Organization)),
            ),
            (
                denied("because no role trust policy allows the sts:AssumeRole action"),
                StsRefusal::Denied(ASSUME_ROLE, Some(DenyReason::NotTrusted)),
            ),
            (
                StsRefusal::of(
                    "AccessDenied",
                    "User: u is not authorized to perform: sts:TagSession",
                ),
                StsRefusal::Denied(TAG_SESSION, None),
            ),
            (
                StsRefusal::of(
                    "ValidationError",
                    "DurationSeconds exceeds the MaxSessionDuration set",
                ),
                StsRefusal::LongerThanRole,
            ),
            (
                StsRefusal::of("AccessDenied", "Roles may not be assumed by root accounts."),
                StsRefusal::RootCaller,
            ),
            (
                StsRefusal::of("RegionDisabledException", "STS is not activated"),
                StsRefusal::RegionDisabled,
            ),
            (StsRefusal::of("InternalFailure", ""), StsRefusal::Other),
        ] {
            assert_eq!(said, expected);
        }
    }
}
