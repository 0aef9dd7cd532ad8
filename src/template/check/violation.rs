//! A rule that a template breaks, where, and how sure that is.

use std::fmt;

use crate::document::{Fault, Place, Severity, quoted};

/// A rule of CloudFormation's, with what breaks it. Prints as a fragment that names the thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A mapping has a key once; CloudFormation takes the last.
    RepeatedKey { key: String },
    /// Nothing is an alias of a value with an anchor.
    Alias,
    /// No value is null; the key that has it, if it is not an item of a list, and its path from the root.
    Null { key: Option<String>, path: String },
    /// A template has the sections that CloudFormation knows.
    UnknownSection { name: String },
    /// A template makes at least one resource; whether the section is there at all.
    NoResources { has_section: bool },
    /// Something is text, a list or a mapping, as the message says.
    Shape { message: String },
    /// A resource and a parameter have a `Type`.
    NoType { item: Item, name: String },
    /// An output has a `Value`.
    NoValue { output: String },
    /// Names are letters and digits.
    NotAlphanumeric { item: Item, name: String },
    /// An item has the keys that CloudFormation knows.
    UnknownKey { item: Item, name: String, key: String },
    /// A section has so many entries at most.
    TooMany { section: &'static str, count: usize, most: usize },
    /// The description has so many bytes at most.
    LongDescription { bytes: usize, most: usize },
    /// A resource has a type that there is.
    ResourceType { name: String },
    /// Resources of AWS SAM need its macro.
    NeedsServerless { resource_type: String },
    /// A parameter has a type that there is.
    ParameterType { name: String },
    /// What is referred to is there.
    Unresolved { name: String, sought: Sought, block: Block },
    /// A condition that is named is there.
    UnresolvedCondition { name: String, block: Block },
    /// A mapping that is looked into is there.
    UnresolvedMapping { name: String },
    /// Resources do not wait for each other.
    Circle { resources: Vec<String> },
    /// Conditions do not wait for each other.
    ConditionCircle { conditions: Vec<String> },
    /// A function is one that there is.
    UnknownFunction { name: String },
    /// Functions of the language extensions need their macro.
    NeedsLanguageExtensions { function: String },
    /// A function gets the arguments it takes.
    Arguments { function: String, takes: &'static str },
    /// A name in the text of `Fn::Sub` is made of letters, digits, `_`, `.` and `:`.
    SubstitutionName { name: String },
}

/// What stands in a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Parameter,
    Mapping,
    Condition,
    Resource,
    Output,
}

impl Item {
    /// Returns what CloudFormation and people call it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Mapping => "mapping",
            Self::Condition => "condition",
            Self::Resource => "resource",
            Self::Output => "output",
        }
    }
}

/// What a reference may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    Parameter,
    Resource,
    ParameterOrResource,
}

/// The section that a reference stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Conditions,
    Resources,
    Outputs,
}

impl Sought {
    fn as_str(self) -> &'static str {
        match self {
            Self::Parameter => "a parameter",
            Self::Resource => "a resource",
            Self::ParameterOrResource => "a parameter or a resource",
        }
    }
}

impl Block {
    /// Returns the section's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conditions => "Conditions",
            Self::Resources => "Resources",
            Self::Outputs => "Outputs",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedKey { key } => write!(f, "{} is given twice", quoted(key)),
            Self::Alias => f.write_str("CloudFormation takes no YAML aliases"),
            Self::Null { key: Some(key), .. } => write!(f, "{} has no value", quoted(key)),
            Self::Null { key: None, .. } => f.write_str("an item of the list has no value"),
            Self::UnknownSection { name } => {
                write!(f, "{} is not a section of a template", quoted(name))
            }
            Self::NoResources { has_section: false } => {
                f.write_str("the template has no `Resources`")
            }
            Self::NoResources { has_section: true } => {
                f.write_str("a template has at least one resource")
            }
            Self::Shape { message } => f.write_str(message),
            Self::NoType { item, name } => {
                write!(f, "the {} {} has no `Type`", item.as_str(), quoted(name))
            }
            Self::NoValue { output } => write!(f, "the output {} has no `Value`", quoted(output)),
            Self::NotAlphanumeric { item, name } => {
                let (item, name) = (item.as_str(), quoted(name));
                write!(f, "the name of the {item} {name} holds more than letters and digits")
            }
            Self::UnknownKey { item, name, key } => {
                let (item, name) = (item.as_str(), quoted(name));
                write!(f, "the {item} {name} has the unknown key {}", quoted(key))
            }
            Self::TooMany { section, count, most } => {
                write!(f, "`{section}` has {count} entries, and CloudFormation takes {most}")
            }
            Self::LongDescription { bytes, most } => {
                write!(f, "the description has {bytes} bytes, and CloudFormation takes {most}")
            }
            Self::ResourceType { name } => {
                write!(f, "{} is not a known resource type", quoted(name))
            }
            Self::NeedsServerless { resource_type } => {
                write!(f, "{} needs the transform of AWS SAM", quoted(resource_type))
            }
            Self::ParameterType { name } => {
                write!(f, "{} is not a type of a parameter", quoted(name))
            }
            Self::Unresolved { name, sought, .. } => not_there(f, name, sought.as_str()),
            Self::UnresolvedCondition { name, .. } => not_there(f, name, "a condition"),
            Self::UnresolvedMapping { name } => not_there(f, name, "a mapping"),
            Self::Circle { resources } => {
                write!(f, "the resources {} wait for each other", listed(resources))
            }
            Self::ConditionCircle { conditions } => {
                write!(f, "the conditions {} refer to each other", listed(conditions))
            }
            Self::UnknownFunction { name } => write!(f, "{} is not a known function", quoted(name)),
            Self::NeedsLanguageExtensions { function } => {
                write!(f, "`{function}` needs the transform of the language extensions")
            }
            Self::Arguments { function, takes } => write!(f, "`{function}` takes {takes}"),
            Self::SubstitutionName { name } => {
                write!(f, "{} cannot be the name of a variable in `Fn::Sub`", quoted(name))
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
    pub fn at(place: &Place, rule: Rule) -> Self {
        Self { rule, place: place.clone(), severity: Severity::Error, help: None }
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
            Rule::UnknownKey { .. } => Some("unknown key".to_owned()),
            Rule::RepeatedKey { .. } => Some("given again".to_owned()),
            _ => None,
        };
        Self { severity, label, help, ..Self::at(&place, rule.to_string()) }
    }
}
