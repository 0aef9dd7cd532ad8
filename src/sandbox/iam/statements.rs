//! What the statements of a policy say about a request, with unknown conditions on the safe side.

use crate::policy::{Effect, Policy, RequestContext, Statement};

/// An action that is to be allowed or not.
#[derive(Clone, Copy, Debug)]
pub struct AccessRequest<'a> {
    /// The action, such as `sts:AssumeRole`.
    pub action: &'a str,
    /// The ARN of what it is done to, or `*`.
    pub resource: &'a str,
    /// What else is known of the request.
    pub context: &'a RequestContext,
}

/// Returns the statements of that effect which apply to a request; principals and resources are for
/// the caller to compare.
///
/// A condition the sandbox does not know never lets an `Allow` apply and never keeps a `Deny` from
/// it, so that nobody is let in by mistake.
pub fn applying<'a>(
    policy: &'a Policy,
    effect: Effect,
    request: &'a AccessRequest<'a>,
) -> impl Iterator<Item = &'a Statement> {
    let of_effect = policy.statements().iter().filter(move |s| s.effect == effect);
    of_effect.filter(move |statement| {
        statement.is_about(request.action)
            && statement.holds(request.context).or(effect == Effect::Deny)
    })
}

/// Whether a policy of permissions has a statement of that effect on a request.
pub fn says(policy: &Policy, effect: Effect, request: &AccessRequest<'_>) -> bool {
    let mut statements = applying(policy, effect, request);
    statements.any(|s| s.is_on(request.resource, request.context).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_that_is_not_known_lets_nobody_in_and_keeps_denying() {
        for (effect, expected) in [("Allow", [false, false]), ("Deny", [false, true])] {
            let statement = json!({
                "Effect": effect, "Action": "*", "Resource": "*",
                "Condition": { "DateLess": { "aws:X": "1" } },
            });
            let context = RequestContext::default();
            let request =
                AccessRequest { action: "s3:GetObject", resource: "*", context: &context };
            let policy = Policy::from(json!({ "Statement": statement }));
            let said = [Effect::Allow, Effect::Deny].map(|effect| says(&policy, effect, &request));
            assert_eq!(said, expected, "{effect}");
        }
    }
}
