//! What a statement says of a caller's request: whether it is about it, whom it names, and which
//! conditions are not met or cannot be told from here.

use serde_json::Value as Json;

use super::caller::{Caller, CallerKind};
use crate::policy::{Condition, Policy, Principals, RequestContext, Statement, Truth};

/// How directly a statement names a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalMatch {
    /// By its account, which decides for itself who of it comes.
    ByAccount,
    /// By its role.
    ByRole,
    /// By its own ARN, or with everybody.
    InPerson,
}

/// Returns the statements about an action on a resource, each with how it was written. Trust policies name no resource.
pub fn about<'a>(
    policy: &'a Policy,
    action: &str,
    resource: &str,
    context: &RequestContext,
) -> impl Iterator<Item = (&'a Statement, &'a Json)> {
    policy.written().filter(move |(statement, _)| {
        statement.is_about(action) && statement.is_on(resource, context).unwrap_or(true)
    })
}

/// Returns how a statement names a caller, if it does.
pub fn principal_match(principals: &Principals, caller: &Caller) -> Option<PrincipalMatch> {
    let named = principals.aws.iter().filter_map(|name| match_of_one(name, caller)).max();
    match (principals.is_negated, named) {
        (false, named) => named,
        (true, Some(_)) => None,
        (true, None) => Some(PrincipalMatch::ByAccount),
    }
}

/// Returns the conditions that are not met, and those that cannot be told.
pub fn unmet(statement: &Statement, context: &RequestContext) -> (Vec<Condition>, Vec<Condition>) {
    let that_are = |truth: Truth| {
        let are = statement.conditions.iter().filter(|one| one.holds(context) == truth);
        are.cloned().collect()
    };
    (that_are(Truth::False), that_are(Truth::Unknown))
}

fn match_of_one(name: &str, caller: &Caller) -> Option<PrincipalMatch> {
    let is_account = || {
        let root = format!("arn:{}:iam::{}:root", caller.partition(), caller.account);
        name == caller.account.as_str() || name == root
    };
    if name == "*" || name == caller.arn {
        return Some(PrincipalMatch::InPerson);
    }
    if is_account() {
        return Some(PrincipalMatch::ByAccount);
    }
    let named = match caller.kind {
        CallerKind::Role(_) => PrincipalMatch::ByRole,
        CallerKind::Root | CallerKind::User(_) | CallerKind::Other => PrincipalMatch::InPerson,
    };
    let is_named = name == caller.principal || !caller.is_path_known && caller.is_of_role(name);
    is_named.then_some(named)
}
