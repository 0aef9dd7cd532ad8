//! A policy as it was read, and what its statements say of a wish.
//!
//! Source: the IAM user guide, "IAM JSON policy elements reference".

use serde_json::Value as Json;

use super::caller::{Caller, CallerKind, Facts};
use super::condition::{Condition, Met, texts};
use super::pattern::fits;

/// A policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Whether it forbids.
    pub is_deny: bool,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// The statement as it stands there.
    pub document: Json,
}

/// How directly a statement names a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// By its account, which decides for itself who of it comes.
    ByAccount,
    /// By its role.
    ByRole,
    /// By its own ARN, or with everybody.
    InPerson,
}

impl Policy {
    /// Reads a policy; what does not look like one says nothing.
    pub fn read(document: &Json) -> Self {
        let statements = match &document["Statement"] {
            Json::Array(statements) => statements.clone(),
            Json::Object(_) => vec![document["Statement"].clone()],
            _ => Vec::new(),
        };
        let statement = |document: Json| Statement {
            is_deny: document["Effect"] == "Deny",
            conditions: Condition::all_of(&document["Condition"]),
            document,
        };
        Self { statements: statements.into_iter().map(statement).collect() }
    }

    /// Returns the statements that speak of an action on a resource.
    pub fn about<'p>(
        &'p self,
        action: &'p str,
        resource: &'p str,
    ) -> impl Iterator<Item = &'p Statement> {
        self.statements.iter().filter(move |one| one.is_about(action, resource))
    }
}

impl Statement {
    /// Whether the statement speaks of an action on a resource. Trust policies name no resource.
    pub fn is_about(&self, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let is_action = |pattern: &String| fits(&pattern.to_ascii_lowercase(), &action);
        let is_resource = |pattern: &String| fits(pattern, resource);
        let speaks = |of: &str, is_it: &dyn Fn(&String) -> bool| {
            let excepted = &self.document[format!("Not{of}").as_str()];
            if !excepted.is_null() {
                return !texts(excepted).iter().any(is_it);
            }
            let named = &self.document[of];
            named.is_null() && of == "Resource" || texts(named).iter().any(is_it)
        };
        speaks("Action", &is_action) && speaks("Resource", &is_resource)
    }

    /// Returns how the statement names a caller, if it does.
    pub fn names(&self, caller: &Caller) -> Option<Named> {
        let excepted = &self.document["NotPrincipal"];
        if !excepted.is_null() {
            let is_excepted = aws(excepted).iter().any(|name| how_named(name, caller).is_some());
            return (!is_excepted).then_some(Named::ByAccount);
        }
        self.principals().iter().filter_map(|name| how_named(name, caller)).max()
    }

    /// Returns the AWS principals that the statement names.
    pub fn principals(&self) -> Vec<String> {
        aws(&self.document["Principal"])
    }

    /// Returns the conditions that are not met, and those that cannot be told.
    pub fn unmet(&self, facts: &Facts) -> (Vec<Condition>, Vec<Condition>) {
        let that_are = |met: Met| {
            let are = self.conditions.iter().filter(|one| one.met(facts) == met);
            are.cloned().collect()
        };
        (that_are(Met::No), that_are(Met::Unknown))
    }
}

fn aws(principal: &Json) -> Vec<String> {
    match principal {
        Json::String(_) => texts(principal),
        _ => texts(&principal["AWS"]),
    }
}

fn how_named(name: &str, caller: &Caller) -> Option<Named> {
    let is_account = || {
        let root = format!("arn:{}:iam::{}:root", caller.partition(), caller.account);
        name == caller.account.as_str() || name == root
    };
    if name == "*" || name == caller.arn {
        return Some(Named::InPerson);
    }
    if is_account() {
        return Some(Named::ByAccount);
    }
    let named = match caller.kind {
        CallerKind::Role(_) => Named::ByRole,
        CallerKind::Root | CallerKind::User(_) | CallerKind::Other => Named::InPerson,
    };
    let is_named = name == caller.principal || !caller.is_path_known && caller.is_of_role(name);
    is_named.then_some(named)
}
