//! One condition of a statement: met, not met, or not to be told from here.
//!
//! Source: the IAM user guide, "IAM JSON policy elements: Condition operators".

use serde_json::Value as Json;

use super::caller::{Fact, Facts};
use super::pattern::fits;

/// The key of the external id.
pub const EXTERNAL_ID: &str = "sts:externalid";

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator, in lower case, without what stands before a colon and without `IfExists`.
    operator: String,
    /// Whether it wants the key to be anything else.
    pub is_negated: bool,
    passes_if_absent: bool,
    /// Whether every value of the key must fit, not just one.
    is_for_all: bool,
    /// The key, in lower case.
    pub key: String,
    /// What it is compared with.
    pub wanted: Vec<String>,
}

/// Whether a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// That depends on what cannot be told from here.
    Unknown,
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
        let (quantifier, operator) = operator.split_once(':').unwrap_or(("", &operator));
        let (operator, passes_if_absent) = match operator.strip_suffix("ifexists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        let positive = operator.replacen("not", "", 1);
        Self {
            is_negated: positive != operator,
            operator: positive,
            passes_if_absent,
            is_for_all: quantifier == "forallvalues",
            key: key.to_ascii_lowercase(),
            wanted: texts(wanted),
        }
    }

    /// Whether the condition compares a key with some texts as they stand.
    pub fn is_comparison(&self) -> bool {
        matches!(self.operator.as_str(), "stringequals" | "stringlike")
    }

    /// Whether the condition asks for a second factor.
    pub fn is_of_second_factor(&self) -> bool {
        matches!(self.key.as_str(), "aws:multifactorauthpresent" | "aws:multifactorauthage")
    }

    /// Returns whether a request meets the condition.
    pub fn met(&self, facts: &Facts) -> Met {
        let values = match facts.find(&self.key) {
            Fact::Unknown => return Met::Unknown,
            Fact::Absent => None,
            Fact::Values(values) => Some(values),
        };
        let is_met = |is_so| if is_so { Met::Yes } else { Met::No };
        if self.operator == "null" {
            return is_met(self.wanted.iter().all(|null| (null == "true") == values.is_none()));
        }
        let Some(values) = values else {
            return is_met(self.passes_if_absent || self.is_negated || self.is_for_all);
        };
        // A variable, such as `${aws:username}`, stands for what the request has.
        if self.wanted.iter().any(|wanted| wanted.contains("${")) {
            return Met::Unknown;
        }
        let compare: fn(&str, &str) -> bool = match self.operator.as_str() {
            "stringequals" | "binaryequals" => |wanted, value| wanted == value,
            "stringequalsignorecase" | "bool" => |wanted, value| wanted.eq_ignore_ascii_case(value),
            "stringlike" | "arnequals" | "arnlike" => fits,
            _ => return Met::Unknown,
        };
        let one = |value: &String| {
            self.wanted.iter().any(|wanted| compare(wanted, value)) != self.is_negated
        };
        is_met(if self.is_for_all { values.iter().all(one) } else { values.iter().any(one) })
    }
}

/// Returns a text, or the texts of a list, as policies have both.
pub fn texts(value: &Json) -> Vec<String> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    match value {
        Json::Array(values) => values.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}
