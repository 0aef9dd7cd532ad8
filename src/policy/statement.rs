//! One statement of a policy: its effect, whom it names, and what it is about.
//!
//! Source: the IAM user guide, "IAM JSON policy elements reference".

use serde_json::Value as Json;

use super::condition::Condition;
use super::context::{Filled, RequestContext};
use super::elements::{NamePatterns, texts};
use super::pattern::{matches, overlap};
use super::truth::Truth;

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does to what it applies to.
    pub effect: Effect,
    /// Whom it names, in a trust policy.
    pub principals: Principals,
    /// Its conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// In lower case.
    actions: NamePatterns,
    resources: Option<NamePatterns>,
}

/// What a statement does to what it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows it.
    Allow,
    /// It forbids it, whatever else allows it.
    Deny,
}

/// Whom a statement of a trust policy names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principals {
    /// Whether everybody is meant but those named (`NotPrincipal`).
    pub is_negated: bool,
    /// Account ids, ARNs, or `*`.
    pub aws: Vec<String>,
    /// Services, such as `cloudformation.amazonaws.com`.
    pub services: Vec<String>,
}

impl Statement {
    /// Reads a statement; an effect that is neither counts as `Allow`.
    pub(super) fn read(statement: &Json) -> Self {
        let actions =
            NamePatterns::read(statement, "Action").unwrap_or(NamePatterns::Like(Vec::new()));
        Self {
            effect: if statement["Effect"] == "Deny" { Effect::Deny } else { Effect::Allow },
            principals: Principals::read(statement),
            conditions: Condition::all_of(&statement["Condition"]),
            actions: actions.in_lower_case(),
            resources: NamePatterns::read(statement, "Resource"),
        }
    }

    /// Whether the statement allows everything whatever the request is.
    pub(super) fn allows_everything(&self) -> bool {
        self.effect == Effect::Allow
            && self.actions.are_everything()
            && self.resources.as_ref().is_some_and(NamePatterns::are_everything)
            && self.conditions.is_empty()
    }

    /// Whether the statement is about an action, such as `sts:AssumeRole`.
    pub fn is_about(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions.include(|pattern| matches(pattern, &action))
    }

    /// Whether the statement is about a resource, by its ARN; nothing if it names none, as in trust
    /// policies. A pattern with a variable that has no value is like no resource.
    pub fn is_on(&self, resource: &str, context: &RequestContext) -> Option<bool> {
        let resources = self.resources.as_ref()?;
        Some(resources.include(|pattern| match context.fill(pattern) {
            Filled::Pattern(pattern) => matches(&pattern, resource),
            Filled::Absent | Filled::Unknown => false,
        }))
    }

    /// Returns whether the statement is about a resource of which a pattern is known: surely, if it is about
    /// all that the pattern fits.
    pub fn is_on_like(&self, resource: &str, context: &RequestContext) -> Truth {
        let how_like = |pattern: &String| match context.fill(pattern) {
            Filled::Pattern(pattern) if matches(&pattern, resource) => Truth::True,
            Filled::Pattern(pattern) => match overlap(&pattern, resource) {
                true => Truth::Unknown,
                false => Truth::False,
            },
            Filled::Absent => Truth::False,
            Filled::Unknown => Truth::Unknown,
        };
        match &self.resources {
            Some(NamePatterns::Like(patterns)) => Truth::any(patterns.iter().map(how_like)),
            Some(NamePatterns::AllBut(patterns)) => !Truth::any(patterns.iter().map(how_like)),
            None => Truth::False,
        }
    }

    /// Returns whether all conditions hold.
    pub fn holds(&self, context: &RequestContext) -> Truth {
        Truth::all(self.conditions.iter().map(|condition| condition.holds(context)))
    }
}

impl Principals {
    fn read(statement: &Json) -> Self {
        let (named, is_negated) = match (&statement["Principal"], &statement["NotPrincipal"]) {
            (Json::Null, Json::Null) => return Self::default(),
            (Json::Null, others) => (others, true),
            (named, _) => (named, false),
        };
        // `"Principal": "*"` is short for `"Principal": { "AWS": "*" }`.
        let aws = if named.is_string() { named } else { &named["AWS"] };
        Self { is_negated, aws: texts(aws), services: texts(&named["Service"]) }
    }
}
