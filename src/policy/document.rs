//! A policy document, parsed once and kept in a form that is quickly evaluated.
//!
//! Source: the IAM user guide, "IAM JSON policy elements reference".

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::elements::statements;
use super::statement::{Effect, Statement};

/// A policy document; it is stored as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
pub struct Policy {
    document: Json,
    statements: Vec<Statement>,
    /// Whether a statement allows everything whatever the request is.
    pub allows_everything: bool,
    /// Whether a statement forbids anything.
    pub denies: bool,
}

impl Policy {
    /// Returns the document as it was written.
    pub fn document(&self) -> &Json {
        &self.document
    }

    /// Returns the statements, in the document's order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns the statements, each with how it was written.
    pub fn written(&self) -> impl Iterator<Item = (&Statement, &Json)> {
        self.statements.iter().zip(statements(&self.document))
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

impl From<Json> for Policy {
    fn from(document: Json) -> Self {
        let statements: Vec<Statement> =
            statements(&document).iter().map(Statement::read).collect();
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
    use serde_json::json;

    use super::super::context::RequestContext;
    use super::*;

    fn is_about(statement: &Json, action: &str, resource: &str) -> bool {
        let mut context = RequestContext::default();
        context.put("aws:username", "ann");
        let policy = Policy::from(json!({ "Statement": statement }));
        let statement = &policy.statements()[0];
        statement.is_about(action) && statement.is_on(resource, &context) == Some(true)
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
            assert_eq!(is_about(&statement, get.0, get.1), expected, "{statement}");
        }
    }

    #[test]
    fn a_statement_without_resources_says_so_and_one_alone_needs_no_list() {
        let policy = Policy::from(json!({ "Statement": {
            "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": { "AWS": ["*", "a"] },
        } }));
        assert!(policy.denies);
        assert_eq!(policy.principals().collect::<Vec<_>>(), ["*", "a"]);
        assert_eq!(policy.statements()[0].is_on("*", &RequestContext::default()), None);
        assert_eq!(policy.written().next().unwrap().1["Effect"], "Deny");
        assert_eq!(Policy::from(json!("no policy")).statements(), []);
    }

    #[test]
    fn a_document_is_kept_as_it_was_written() {
        let document = json!({ "Version": "2012-10-17", "Statement": [] });
        let policy: Policy = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(policy).unwrap(), document);
    }
}
