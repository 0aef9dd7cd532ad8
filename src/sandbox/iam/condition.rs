//! One condition of a policy's statement.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued
//! context keys".

use jiff::Timestamp;
use serde_json::Value as Json;

use super::context::{Context, Found};
use super::pattern::matches;

/// One condition: an operator, a key, and the values it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    operator: Operator,
    is_negated: bool,
    passes_if_absent: bool,
    quantifier: Quantifier,
    /// The key, in lower case.
    pub key: String,
    wanted: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Null,
    Equals,
    EqualsIgnoringCase,
    Like,
    Number(Order),
    Date(Order),
    Unknown,
}

/// How a value must stand to the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Which of a key's values count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    Single,
    Any,
    All,
}

impl Condition {
    /// Reads the conditions of a statement.
    pub fn all_of(condition: &Json) -> Vec<Self> {
        let operators = condition.as_object().into_iter().flatten();
        operators
            .flat_map(|(operator, keys)| {
                let keys = keys.as_object().into_iter().flatten();
                keys.map(move |(key, wanted)| Self::new(operator, key, wanted))
            })
            .collect()
    }

    fn new(operator: &str, key: &str, wanted: &Json) -> Self {
        let operator = operator.to_ascii_lowercase();
        let (quantifier, operator) = match operator.split_once(':') {
            Some(("foranyvalue", operator)) => (Quantifier::Any, operator),
            Some(("forallvalues", operator)) => (Quantifier::All, operator),
            _ => (Quantifier::Single, operator.as_str()),
        };
        let (operator, passes_if_absent) = match operator.strip_suffix("ifexists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        let (operator, is_negated) = operator_named(operator);
        Self {
            operator,
            is_negated,
            passes_if_absent,
            quantifier,
            key: key.to_ascii_lowercase(),
            wanted: texts(wanted),
        }
    }

    /// Whether the condition holds; nothing if the sandbox does not know its operator or key.
    pub fn holds(&self, context: &Context) -> Option<bool> {
        let values = match context.find(&self.key) {
            Found::Values(values) => Some(values),
            Found::Absent => None,
            Found::Unknown => return None,
        };
        if self.operator == Operator::Unknown {
            return None;
        }
        if self.operator == Operator::Null {
            return Some(self.wanted.iter().all(|null| (null == "true") == values.is_none()));
        }
        let Some(values) = values else {
            return Some(match self.quantifier {
                Quantifier::All => true,
                Quantifier::Any => self.passes_if_absent,
                Quantifier::Single => self.passes_if_absent || self.is_negated,
            });
        };
        let fits = |value: &String| {
            self.wanted.iter().any(|wanted| self.compares(wanted, value, context))
                != self.is_negated
        };
        Some(match self.quantifier {
            Quantifier::All => values.iter().all(fits),
            Quantifier::Any => values.iter().any(fits),
            Quantifier::Single if self.is_negated => values.iter().all(fits),
            Quantifier::Single => values.iter().any(fits),
        })
    }

    fn compares(&self, wanted: &str, value: &str, context: &Context) -> bool {
        let Some(wanted) = context.fill(wanted) else { return false };
        match self.operator {
            Operator::Equals => wanted == value,
            Operator::EqualsIgnoringCase => wanted.eq_ignore_ascii_case(value),
            Operator::Like => matches(&wanted, value),
            Operator::Number(order) => order.holds(number(value), number(&wanted)),
            Operator::Date(order) => order.holds(date(value), date(&wanted)),
            Operator::Null | Operator::Unknown => false,
        }
    }
}

impl Order {
    fn holds<T: PartialOrd>(self, value: Option<T>, wanted: Option<T>) -> bool {
        let (Some(value), Some(wanted)) = (value, wanted) else { return false };
        match self {
            Self::Equal => value == wanted,
            Self::Less => value < wanted,
            Self::LessOrEqual => value <= wanted,
            Self::Greater => value > wanted,
            Self::GreaterOrEqual => value >= wanted,
        }
    }
}

/// Returns an operator, and whether it is to be negated.
fn operator_named(name: &str) -> (Operator, bool) {
    let order = |name: &str| {
        Some(match name {
            "equals" => (Order::Equal, false),
            "notequals" => (Order::Equal, true),
            "lessthan" => (Order::Less, false),
            "lessthanequals" => (Order::LessOrEqual, false),
            "greaterthan" => (Order::Greater, false),
            "greaterthanequals" => (Order::GreaterOrEqual, false),
            _ => return None,
        })
    };
    if let Some((order, is_negated)) = name.strip_prefix("numeric").and_then(order) {
        return (Operator::Number(order), is_negated);
    }
    if let Some((order, is_negated)) = name.strip_prefix("date").and_then(order) {
        return (Operator::Date(order), is_negated);
    }
    match name {
        "null" => (Operator::Null, false),
        "stringequals" => (Operator::Equals, false),
        "stringnotequals" => (Operator::Equals, true),
        "stringequalsignorecase" | "bool" => (Operator::EqualsIgnoringCase, false),
        "stringnotequalsignorecase" => (Operator::EqualsIgnoringCase, true),
        "stringlike" | "arnequals" | "arnlike" => (Operator::Like, false),
        "stringnotlike" | "arnnotequals" | "arnnotlike" => (Operator::Like, true),
        _ => (Operator::Unknown, false),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Reads a time as it is written, or in seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    text.parse().ok().or(seconds)
}

/// Returns the texts of a value or of a list; `true` and `1` are texts as well.
pub fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        Json::Bool(_) | Json::Number(_) => vec![value.to_string()],
        Json::Null | Json::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(condition: &Json) -> Option<bool> {
        let mut context = Context::default();
        context.put("aws:MultiFactorAuthAge", "60");
        context.put("aws:CurrentTime", "2026-11-23T12:00:00Z");
        context.put("aws:PrincipalArn", "arn:aws:iam::1:role/a");
        context.put_all("aws:TagKeys", vec!["team".into(), "stage".into()]);
        let conditions = Condition::all_of(condition);
        assert_eq!(conditions.len(), 1, "{condition}");
        conditions[0].holds(&context)
    }

    #[test]
    fn operators_compare_texts_numbers_dates_and_sets() {
        for (condition, expected) in [
            (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": 61 } }), Some(true)),
            (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "60" } }), Some(false)),
            (
                json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
                Some(true),
            ),
            (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/?" } }), Some(true)),
            (json!({ "StringNotEquals": { "aws:PrincipalArn": ["x", "y"] } }), Some(true)),
            (json!({ "StringNotEquals": { "sts:ExternalId": "x" } }), Some(true)),
            (json!({ "StringEquals": { "sts:ExternalId": "x" } }), Some(false)),
            (json!({ "StringEqualsIfExists": { "sts:ExternalId": "x" } }), Some(true)),
            (json!({ "Null": { "sts:ExternalId": true } }), Some(true)),
            (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }), Some(false)),
            (json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } }), Some(true)),
            (
                json!({ "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["x"] } }),
                Some(true),
            ),
            (json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), None),
            (json!({ "Sounds": { "aws:PrincipalArn": "x" } }), None),
        ] {
            assert_eq!(holds(&condition), expected, "{condition}");
        }
    }
}
