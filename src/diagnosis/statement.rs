//! Statements of policies, as remedies show them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

/// Returns the statement that allows actions on resources.
pub fn statement(actions: &BTreeSet<&str>, resources: &[&str]) -> Json {
    let actions: Vec<&str> = actions.iter().copied().collect();
    json!({
        "Effect": "Allow",
        "Action": one_or_many(&actions),
        "Resource": one_or_many(resources),
    })
}

/// Returns one text as itself and several as a list, as policies have both.
pub fn one_or_many(texts: &[&str]) -> Json {
    match texts {
        [one] => json!(one),
        many => json!(many),
    }
}
