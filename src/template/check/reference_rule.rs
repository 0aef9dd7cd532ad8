//! The rules for what a template refers to: it is there, and waits for nothing that waits for it.

use std::fmt;

use super::named::{Block, Sought};
use crate::document::quoted;

/// A rule for what is referred to, with what breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceRule {
    /// What is referred to is there.
    Unresolved { name: String, sought: Sought, block: Block },
    /// A resource whose value is asked for may be made: its condition holds for some stack.
    NeverMade { name: String, condition: String, block: Block },
    /// AWS publishes an attribute of this name of the resource's type.
    UnknownAttribute { resource: String, attribute: String, type_name: &'static str },
    /// A condition that is named is there.
    UnresolvedCondition { name: String, block: Block },
    /// A mapping that is looked into is there.
    UnresolvedMapping { name: String },
    /// A key that is looked up in a mapping is there.
    MissingKey { key: String, within: MappingLevel, path: String },
    /// Resources do not wait for each other.
    Circle { resources: Vec<String> },
    /// Conditions do not wait for each other.
    ConditionCircle { conditions: Vec<String> },
}

/// Where in a mapping a key is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingLevel {
    /// Among its own keys.
    Own { mapping: String },
    /// Below one of them.
    Below { mapping: String, key: String },
    /// Below any of them.
    BelowAny { mapping: String },
}

impl fmt::Display for ReferenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved { name, sought, .. } => not_there(f, name, sought.as_str()),
            Self::NeverMade { name, condition, .. } => {
                let (name, condition) = (quoted(name), quoted(condition));
                write!(
                    f,
                    "the resource {name} is never made: its condition {condition} holds for no stack"
                )
            }
            Self::UnknownAttribute { resource, attribute, type_name } => {
                let (resource, attribute) = (quoted(resource), quoted(attribute));
                write!(f, "the resource {resource} has no attribute {attribute}, as an {type_name}")
            }
            Self::UnresolvedCondition { name, .. } => not_there(f, name, "a condition"),
            Self::UnresolvedMapping { name } => not_there(f, name, "a mapping"),
            Self::MissingKey { key, within, .. } => {
                let key = quoted(key);
                match within {
                    MappingLevel::Own { mapping } => {
                        write!(f, "{key} is not a key of the mapping {}", quoted(mapping))
                    }
                    MappingLevel::Below { mapping, key: above } => {
                        let (above, mapping) = (quoted(above), quoted(mapping));
                        write!(f, "{key} is not a key of {above} in the mapping {mapping}")
                    }
                    MappingLevel::BelowAny { mapping } => {
                        write!(f, "{key} is no second key in the mapping {}", quoted(mapping))
                    }
                }
            }
            Self::Circle { resources } if resources.len() == 1 => {
                write!(f, "the resource {} waits for itself", listed(resources))
            }
            Self::Circle { resources } => {
                write!(f, "the resources {} wait for each other", listed(resources))
            }
            Self::ConditionCircle { conditions } if conditions.len() == 1 => {
                write!(f, "the condition {} refers to itself", listed(conditions))
            }
            Self::ConditionCircle { conditions } => {
                write!(f, "the conditions {} refer to each other", listed(conditions))
            }
        }
    }
}

fn not_there(f: &mut fmt::Formatter<'_>, name: &str, what: &str) -> fmt::Result {
    write!(f, "{} is not {what} of the template", quoted(name))
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| quoted(name)).collect();
    if names.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
