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
    pub doubt: Doubt,
}

/// What becomes of a request of which too little is known to decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doubt {
    /// It is refused, so that nobody is let in by mistake.
    #[default]
    Refuses,
    /// It is allowed; its resource may be a pattern.
    Allows,
}

impl Doubt {
    /// Whether a statement of this effect applies if that cannot be told.
    fn applies(self, effect: Effect) -> bool {
        match self {
            Self::Refuses => effect == Effect::Deny,
            Self::Allows => effect == Effect::Allow,
        }
    }
}

/// Returns the statements of that effect which apply to a request; principals and resources are for
/// the caller to compare.
///
/// A condition the sandbox does not know decides by the request's [`Doubt`].
pub fn applying<'a>(
    policy: &'a Policy,
    effect: Effect,
    request: &'a AccessRequest<'a>,
) -> impl Iterator<Item = &'a Statement> {
    let of_effect = policy.statements().iter().filter(move |s| s.effect == effect);
    of_effect.filter(move |statement| {
        statement.is_about(request.action)
            && statement.holds(request.context).or(request.doubt.applies(effect))
    })
}

/// Whether a policy of permissions has a statement of that effect on a request.
pub fn says(policy: &Policy, effect: Effect, request: &AccessRequest<'_>) -> bool {
    let mut statements = applying(policy, effect, request);
    let AccessRequest { resource, context, doubt, .. } = request;
    statements.any(|s| match doubt {
        Doubt::Refuses => s.is_on(resource, context).unwrap_or_default(),
        Doubt::Allows => s.is_on_like(resource, context).or(doubt.applies(effect)),
    })
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
            let doubt = Doubt::Refuses;
            let (action, context) = ("s3:GetObject", &context);
            let request = AccessRequest { action, resource: "*", context, doubt };
            let policy = Policy::from(json!({ "Statement": statement }));
            let said = [Effect::Allow, Effect::Deny].map(|effect| says(&policy, effect, &request));
            assert_eq!(said, expected, "{effect}");
        }
    }

    #[test]
    fn what_may_be_allowed_and_is_not_surely_forbidden_passes_where_doubt_allows() {
        let context = RequestContext::default();
        for (effect, named, condition, applies) in [
            ("Allow", json!({ "Resource": "arn:v/vpc-1" }), json!({}), true),
            ("Allow", json!({ "Resource": "arn:w/*" }), json!({}), false),
            ("Allow", json!({ "NotResource": "arn:v/vpc-1" }), json!({}), true),
            ("Allow", json!({ "NotResource": "arn:v/*" }), json!({}), false),
            ("Allow", json!({ "Resource": "*" }), json!({ "Null": { "x:Y": "true" } }), true),
            ("Deny", json!({ "Resource": "arn:v/vpc-1" }), json!({}), false),
            ("Deny", json!({ "Resource": "arn:*" }), json!({}), true),
            ("Deny", json!({ "NotResource": "arn:v/vpc-1" }), json!({}), false),
            ("Deny", json!({ "NotResource": "arn:w/*" }), json!({}), true),
            ("Deny", json!({ "Resource": "*" }), json!({ "Null": { "x:Y": "true" } }), false),
        ] {
            let mut statement = named.clone();
            statement["Effect"] = effect.into();
            statement["Action"] = "ec2:CreateVpc".into();
            statement["Condition"] = condition;
            let policy = Policy::from(json!({ "Statement": statement }));
            let (action, resource, doubt) = ("ec2:CreateVpc", "arn:v/*", Doubt::Allows);
            let request = AccessRequest { action, resource, context: &context, doubt };
            let effect = if effect == "Deny" { Effect::Deny } else { Effect::Allow };
            assert_eq!(says(&policy, effect, &request), applies, "{statement}");
        }
    }
}
