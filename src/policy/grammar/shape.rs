//! The shape of a policy document: its elements, and which values each takes.

use serde_json::{Map, Value as Json};

/// Elements of a document. `Conditions` is not in the grammar and IAM takes it.
const OF_DOCUMENT: [&str; 4] = ["Version", "Id", "Statement", "Conditions"];

const OF_STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

const VERSIONS: [&str; 2] = ["2008-10-17", "2012-10-17"];

/// Of these a statement has one or the other.
const EXCLUSIVE: [[&str; 2]; 3] =
    [["Action", "NotAction"], ["Resource", "NotResource"], ["Principal", "NotPrincipal"]];

const OPERATORS: [&str; 28] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "BinaryNotEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// Whether a document has the elements of the grammar, each with a value of its kind.
pub(super) fn is_well_formed(document: &Json) -> bool {
    let Some(elements) = document.as_object() else { return false };
    let has_version = match &document["Version"] {
        Json::Null => !elements.contains_key("Version"),
        version => version.as_str().is_some_and(|version| VERSIONS.contains(&version)),
    };
    let statements = match &document["Statement"] {
        Json::Array(statements) => statements.as_slice(),
        statement @ Json::Object(_) => std::slice::from_ref(statement),
        _ => &[],
    };
    has_version
        && are_known(elements, &OF_DOCUMENT)
        && is_text_or_absent(&document["Id"])
        && !statements.is_empty()
        && statements.iter().all(is_statement)
}

fn is_statement(statement: &Json) -> bool {
    let Some(elements) = statement.as_object() else { return false };
    let is_one =
        |[one, other]: &[&str; 2]| !elements.contains_key(*one) || !elements.contains_key(*other);
    let effect = statement["Effect"].as_str().unwrap_or_default();
    let named = ["Action", "NotAction", "Resource", "NotResource"];
    are_known(elements, &OF_STATEMENT)
        && EXCLUSIVE.iter().all(is_one)
        && ["Allow", "Deny"].iter().any(|known| effect.eq_ignore_ascii_case(known))
        && is_text_or_absent(&statement["Sid"])
        && named.iter().all(|element| are_texts(&statement[*element]))
        && ["Principal", "NotPrincipal"].iter().all(|element| is_principal(&statement[*element]))
        && are_conditions(&statement["Condition"])
}

fn are_known(elements: &Map<String, Json>, known: &[&str]) -> bool {
    elements.keys().all(|element| known.contains(&element.as_str()))
}

fn is_text_or_absent(value: &Json) -> bool {
    value.is_null() || value.is_string()
}

/// Whether a value is a text or a list of them; an item that is null counts for nothing.
fn are_texts(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().all(is_text_or_absent),
        value => is_text_or_absent(value),
    }
}

/// Whether a value is `*`, or texts by the kind of principal.
fn is_principal(value: &Json) -> bool {
    match value {
        Json::Object(kinds) => kinds.values().all(are_texts),
        value => is_text_or_absent(value),
    }
}

fn are_conditions(value: &Json) -> bool {
    let Some(operators) = value.as_object() else { return value.is_null() };
    operators.iter().all(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return false };
        // An operator that nobody knows does no harm where it compares nothing.
        (keys.is_empty() || is_operator(operator)) && keys.values().all(is_condition_value)
    })
}

fn is_condition_value(value: &Json) -> bool {
    !matches!(value, Json::Object(_) | Json::Null)
}

fn is_operator(operator: &str) -> bool {
    let plain = without_qualifiers(operator);
    OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(plain))
}

/// Returns an operator without `ForAnyValue:` or `ForAllValues:` before it and `IfExists` behind it.
pub(super) fn without_qualifiers(operator: &str) -> &str {
    let qualified = ["ForAnyValue:", "ForAllValues:"].iter().find_map(|q| operator.strip_prefix(q));
    let operator = qualified.unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}
