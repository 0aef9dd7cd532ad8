//! Condition operators: one condition of a statement, held against a request context.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued
//! context keys".

use jiff::Timestamp;
use serde_json::Value as Json;

use super::context::{ContextValues, Filled, RequestContext};
use super::elements::texts;
use super::pattern::matches;
use super::truth::Truth;

/// The key of the external id, in lower case.
pub const EXTERNAL_ID: &str = "sts:externalid";

/// One condition: an operator, a key, and the values it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    operator: Operator,
    /// Whether it wants the key to have any other value.
    pub is_negated: bool,
    passes_if_absent: bool,
    quantifier: Quantifier,
    /// The key, in lower case.
    pub key: String,
    /// What it is compared with, policy variables as they are written.
    pub wanted: Vec<String>,
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

    /// Whether the condition compares a text of the request with its own.
    pub fn is_comparison(&self) -> bool {
        matches!(self.operator, Operator::Equals | Operator::Like)
    }

    /// Whether the condition asks for a second factor.
    pub fn is_of_second_factor(&self) -> bool {
        matches!(self.key.as_str(), "aws:multifactorauthpresent" | "aws:multifactorauthage")
    }

    /// Returns whether the condition holds; unknown if its operator, its key or a variable is.
    pub fn holds(&self, context: &RequestContext) -> Truth {
        let values = match context.find(&self.key) {
            ContextValues::Values(values) => Some(values),
            ContextValues::Absent => None,
            ContextValues::Unknown => return Truth::Unknown,
        };
        if self.operator == Operator::Unknown {
            return Truth::Unknown;
        }
        if self.operator == Operator::Null {
            return self.wanted.iter().all(|null| (null == "true") == values.is_none()).into();
        }
        let Some(values) = values else {
            return Truth::from(match self.quantifier {
                Quantifier::All => true,
                Quantifier::Any => self.passes_if_absent,
                Quantifier::Single => self.passes_if_absent || self.is_negated,
            });
        };
        let fits = |value: &String| {
            let fits = Truth::any(self.wanted.iter().map(|w| self.compares(w, value, context)));
            if self.is_negated { !fits } else { fits }
        };
        match self.quantifier {
            Quantifier::Single if self.is_negated => Truth::all(values.iter().map(fits)),
            Quantifier::All => Truth::all(values.iter().map(fits)),
            Quantifier::Any | Quantifier::Single => Truth::any(values.iter().map(fits)),
        }
    }

    fn compares(&self, wanted: &str, value: &str, context: &RequestContext) -> Truth {
        let wanted = match context.fill(wanted) {
            Filled::Pattern(wanted) => wanted,
            Filled::Absent => return Truth::False,
            Filled::Unknown => return Truth::Unknown,
        };
        Truth::from(match self.operator {
            Operator::Equals => wanted == value,
            Operator::EqualsIgnoringCase => wanted.eq_ignore_ascii_case(value),
            Operator::Like => matches(&wanted, value),
            Operator::Number(order) => order.holds(number(value), number(&wanted)),
            Operator::Date(order) => order.holds(date(value), date(&wanted)),
            Operator::Null | Operator::Unknown => false,
        })
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
        "stringequals" | "binaryequals" => (Operator::Equals, false),
        "stringnotequals" => (Operator::Equals, true),
        "stringequalsignorecase" | "bool" => (Operator::EqualsIgnoringCase, false),
        "stringnotequalsignorecase" => (Operator::EqualsIgnoringCase, true),
        "stringlike" | "arnequals" | "arnlike" => (Operator::Like, false),
        "stringnotlike" | "arnnotequals" | "arnnotlike" => (Operator::Like, true),
        other => (Operator::Unknown, other.contains("not")),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn condition(operator: &str, key: &str, wanted: &Json) -> Condition {
        Condition::new(operator, key, wanted)
    }

    fn holds(condition: &Json) -> Truth {
        let mut context = RequestContext::lacking(&["sts:externalid", "sts:transitivetagkeys"]);
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
            (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": 61 } }), Truth::True),
            (json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "60" } }), Truth::False),
            (
                json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
                Truth::True,
            ),
            (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/?" } }), Truth::True),
            (json!({ "StringNotEquals": { "aws:PrincipalArn": ["x", "y"] } }), Truth::True),
            (json!({ "StringNotEquals": { "sts:ExternalId": "x" } }), Truth::True),
            (json!({ "StringEquals": { "sts:ExternalId": "x" } }), Truth::False),
            (json!({ "StringEqualsIfExists": { "sts:ExternalId": "x" } }), Truth::True),
            (json!({ "Null": { "sts:ExternalId": true } }), Truth::True),
            (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }), Truth::False),
            (json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } }), Truth::True),
            (
                json!({ "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["x"] } }),
                Truth::True,
            ),
            (json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), Truth::Unknown),
            (json!({ "Sounds": { "aws:PrincipalArn": "x" } }), Truth::Unknown),
        ] {
            assert_eq!(holds(&condition), expected, "{condition}");
        }
    }

    fn operators() -> impl Strategy<Value = String> {
        (
            prop::sample::select(&["", "ForAnyValue:", "ForAllValues:"][..]),
            prop::sample::select(
                &[
                    "StringEquals",
                    "StringNotEquals",
                    "StringLike",
                    "StringNotLike",
                    "StringEqualsIgnoreCase",
                    "ArnLike",
                    "NumericLessThan",
                    "Null",
                    "IpAddress",
                ][..],
            ),
            prop::sample::select(&["", "IfExists"][..]),
        )
            .prop_map(|(quantifier, operator, if_exists)| {
                format!("{quantifier}{operator}{if_exists}")
            })
    }

    proptest! {
        /// Who sees less of a request says the same or that it cannot be told, never something
        /// else: a diagnosis agrees with who decides.
        #[test]
        fn who_knows_less_says_the_same_or_unknown(
            operator in operators(),
            wanted in prop::collection::vec("(a|b|1|[*]|[$][{]k2[}]|true)", 1..3),
            values in prop::collection::vec("(a|b|1|2)", 0..3),
            variable in prop::collection::vec("(a|b)", 0..2),
            hidden in prop::sample::select(&["k1", "k2"][..]),
        ) {
            let condition = condition(&operator, "k1", &json!(wanted));
            let seen = |hidden: &str| {
                let mut context = RequestContext::default();
                for (key, values) in [("k1", &values), ("k2", &variable)] {
                    if key != hidden {
                        context.put_all(key, values.clone());
                    }
                }
                condition.holds(&context)
            };
            let less = seen(hidden);
            prop_assert!(less == Truth::Unknown || less == seen("none"), "{operator} {less:?}");
        }

        #[test]
        fn a_negated_operator_says_the_opposite_of_one_value(
            operator in prop::sample::select(&["Equals", "Like", "EqualsIgnoreCase"][..]),
            wanted in prop::collection::vec("[ab*?A]{0,3}", 1..3),
            value in "[abA]{0,3}",
        ) {
            let mut context = RequestContext::default();
            context.put("k", value);
            let held = |name: String| condition(&name, "k", &json!(wanted)).holds(&context);
            prop_assert_eq!(held(format!("String{operator}")), !held(format!("StringNot{operator}")));
        }
    }
}
