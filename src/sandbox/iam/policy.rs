//! A policy document, read once and kept in a form that is quickly evaluated.
//!
//! Source: the IAM user guide, "IAM JSON policy elements reference".

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::condition::{Condition, texts};
use super::context::Context;
use super::pattern::matches;

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
pub struct Policy {
    document: Json,
    statements: Vec<Statement>,
    /// Whether a statement allows everything whatever the request is.
    pub allows_everything: bool,
    /// Whether a statement forbids anything.
    pub denies: bool,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does to what it applies to.
    pub effect: Effect,
    /// Whom it speaks of, in a trust policy.
    pub principals: Principals,
    actions: Names,
    resources: Option<Names>,
    conditions: Vec<Condition>,
}

/// What a statement does to what it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows it.
    Allow,
    /// It forbids it, whatever else allows it.
    Deny,
}

/// Whom a statement of a trust policy speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principals {
    /// Whether it speaks of everybody but those named.
    pub is_negated: bool,
    /// Account ids, ARNs, or `*`.
    pub aws: Vec<String>,
    /// Services, such as `cloudformation.amazonaws.com`.
    pub services: Vec<String>,
}

/// Patterns, or everything but what is like them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    Like(Vec<String>),
    AllBut(Vec<String>),
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The action, such as `sts:AssumeRole`.
    pub action: &'a str,
    /// The ARN of what it is done to, or `*`.
    pub resource: &'a str,
    /// What else is known of the request.
    pub context: &'a Context,
}

impl Policy {
    /// Returns the document as it was written.
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Returns the statements of that effect which apply to a wish; principals and resources are
    /// for the caller to compare.
    pub fn statements<'a>(
        &'a self,
        effect: Effect,
        wish: &'a Wish<'a>,
    ) -> impl Iterator<Item = &'a Statement> {
        self.statements.iter().filter(move |s| s.effect == effect && s.applies_to(wish))
    }

    /// Whether a policy of permissions has a statement of that effect on a wish.
    pub fn says(&self, effect: Effect, wish: &Wish<'_>) -> bool {
        self.statements(effect, wish).any(|statement| statement.is_on(wish))
    }

    /// Returns the accounts and ARNs that a trust policy names.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|s| s.principals.aws.iter().map(String::as_str))
    }

    /// Returns the condition keys that are asked for, in lower case.
    pub fn condition_keys(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|s| s.conditions.iter().map(|c| c.key.as_str()))
    }
}

impl Statement {
    fn read(statement: &Json) -> Self {
        let names = |name: &str, other: &str| match (&statement[name], &statement[other]) {
            (Json::Null, Json::Null) => None,
            (Json::Null, others) => Some(Names::AllBut(texts(others))),
            (names, _) => Some(Names::Like(texts(names))),
        };
        let actions = names("Action", "NotAction").unwrap_or(Names::Like(Vec::new()));
        Self {
            effect: if statement["Effect"] == "Deny" { Effect::Deny } else { Effect::Allow },
            principals: Principals::read(statement),
            actions: actions.in_lower_case(),
            resources: names("Resource", "NotResource"),
            conditions: Condition::all_of(&statement["Condition"]),
        }
    }

    fn allows_everything(&self) -> bool {
        let is_everything =
            |names: &Names| matches!(names, Names::Like(names) if names.iter().any(|n| n == "*"));
        self.effect == Effect::Allow
            && is_everything(&self.actions)
            && self.resources.as_ref().is_some_and(is_everything)
            && self.conditions.is_empty()
    }

    /// A condition the sandbox does not know never lets an `Allow` apply and never keeps a `Deny`
    /// from it, so that nobody is let in by mistake.
    fn applies_to(&self, wish: &Wish<'_>) -> bool {
        let unknown = self.effect == Effect::Deny;
        self.actions.include(&wish.action.to_ascii_lowercase())
            && self.conditions.iter().all(|c| c.holds(wish.context).unwrap_or(unknown))
    }

    fn is_on(&self, wish: &Wish<'_>) -> bool {
        let names = |patterns: &[String]| {
            let mut filled = patterns.iter().filter_map(|pattern| wish.context.fill(pattern));
            filled.any(|pattern| matches(&pattern, wish.resource))
        };
        match &self.resources {
            Some(Names::Like(patterns)) => names(patterns),
            Some(Names::AllBut(patterns)) => !names(patterns),
            None => false,
        }
    }
}

impl Principals {
    fn read(statement: &Json) -> Self {
        let (named, is_negated) = match &statement["Principal"] {
            Json::Null => (&statement["NotPrincipal"], true),
            named => (named, false),
        };
        // `"Principal": "*"` is short for `"Principal": { "AWS": "*" }`.
        let aws = if named.is_string() { named } else { &named["AWS"] };
        Self { is_negated, aws: texts(aws), services: texts(&named["Service"]) }
    }
}

impl Names {
    fn in_lower_case(self) -> Self {
        let lower = |names: Vec<String>| names.iter().map(|n| n.to_ascii_lowercase()).collect();
        match self {
            Self::Like(names) => Self::Like(lower(names)),
            Self::AllBut(names) => Self::AllBut(lower(names)),
        }
    }

    fn include(&self, text: &str) -> bool {
        match self {
            Self::Like(names) => names.iter().any(|name| matches(name, text)),
            Self::AllBut(names) => !names.iter().any(|name| matches(name, text)),
        }
    }
}

impl From<Json> for Policy {
    fn from(document: Json) -> Self {
        let statements: Vec<Statement> = match &document["Statement"] {
            Json::Array(statements) => statements.iter().map(Statement::read).collect(),
            statement @ Json::Object(_) => vec![Statement::read(statement)],
            _ => Vec::new(),
        };
        let allows_everything = statements.iter().any(Statement::allows_everything);
        let denies = statements.iter().any(|statement| statement.effect == Effect::Deny);
        Self { document, statements, allows_everything, denies }
    }
}

impl From<Policy> for Json {
    fn from(policy: Policy) -> Self {
        policy.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn says(statement: &Json, action: &str, resource: &str) -> (bool, bool) {
        let mut context = Context::default();
        context.put("aws:username", "ann");
        let wish = Wish { action, resource, context: &context };
        let policy = Policy::from(json!({ "Statement": statement }));
        (policy.says(Effect::Allow, &wish), policy.says(Effect::Deny, &wish))
    }

    #[test]
    fn actions_and_resources_are_named_or_excepted() {
        let get = ("s3:GetObject", "arn:aws:s3:::home/ann/a");
        for (statement, expected) in [
            (json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }), true),
            (json!({ "Effect": "Allow", "Action": "S3:get*", "Resource": "*" }), true),
            (json!({ "Effect": "Allow", "Action": ["s3:Put*"], "Resource": "*" }), false),
            (json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }), true),
            (json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" }), false),
            (json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*" }), true),
            (
                json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::home/${aws:username}/*" }),
                true,
            ),
            (
                json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::home/${aws:userid}/*" }),
                false,
            ),
        ] {
            assert_eq!(says(&statement, get.0, get.1).0, expected, "{statement}");
        }
    }

    #[test]
    fn a_condition_that_is_not_known_lets_nobody_in_and_keeps_denying() {
        for (effect, expected) in [("Allow", (false, false)), ("Deny", (false, true))] {
            let statement = json!({
                "Effect": effect, "Action": "*", "Resource": "*",
                "Condition": { "DateLess": { "aws:X": "1" } },
            });
            assert_eq!(says(&statement, "s3:GetObject", "*"), expected, "{effect}");
        }
    }

    #[test]
    fn a_document_is_kept_as_it_was_written() {
        let document = json!({ "Version": "2012-10-17", "Statement": [] });
        let policy: Policy = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(policy).unwrap(), document);
    }
}
