//! A rule that a template breaks, where, and how sure that is.

use super::item_rule::ItemRule;
use super::rule::Rule;
use crate::document::{Fault, Place, Severity};

/// A rule that is broken somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, with what breaks it.
    pub rule: Rule,
    /// Where in the template it is broken.
    pub place: Place,
    /// Whether CloudFormation certainly refuses it.
    pub severity: Severity,
    /// What to do about it.
    pub help: Option<String>,
}

impl Violation {
    /// Returns a rule that is broken for certain.
    pub fn at(place: &Place, rule: impl Into<Rule>) -> Self {
        Self { rule: rule.into(), place: place.clone(), severity: Severity::Error, help: None }
    }

    /// Returns the violation with what to do about it, if there is anything to say.
    pub fn with_help(self, help: impl Into<Option<String>>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Returns the violation as one that CloudFormation may accept.
    pub fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Returns the violation as a warning if that is so.
    pub fn warning_if(self, is_uncertain: bool) -> Self {
        if is_uncertain { self.into_warning() } else { self }
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        let Violation { rule, place, severity, help } = violation;
        let label = match &rule {
            Rule::UnknownSection { .. } => Some("unknown section".to_owned()),
            Rule::Item(ItemRule::UnknownKey { .. }) => Some("unknown key".to_owned()),
            Rule::RepeatedKey { .. } => Some("given again".to_owned()),
            _ => None,
        };
        Self { severity, label, help, ..Self::at(&place, rule.to_string()) }
    }
}
