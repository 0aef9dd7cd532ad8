//! The rules for one item of a section: a parameter, a mapping, a condition, a resource or an output.

use std::fmt;

use super::named::Item;
use crate::document::quoted;

/// A rule for an item of a section, with what breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemRule {
    /// A resource and a parameter have a `Type`.
    NoType { item: Item, name: String },
    /// An output has a `Value`.
    NoValue { output: String },
    /// Names are letters and digits.
    NotAlphanumeric { item: Item, name: String },
    /// An item has the keys that CloudFormation knows.
    UnknownKey { item: Item, name: String, key: String },
    /// A resource and a parameter do not share a name.
    SharedName { name: String },
    /// A resource has a type that there is.
    ResourceType { name: String },
    /// Resources of AWS SAM need its macro.
    NeedsServerless { resource_type: String },
    /// `DeletionPolicy` and `UpdateReplacePolicy` have a value that there is.
    PolicyValue { attribute: &'static str, value: String, resource: String },
    /// A parameter has a type that there is.
    ParameterType { name: String },
    /// A condition is made of condition functions; what it is instead.
    NoCondition { name: String, found: String },
    /// The value of an output is text; what it is instead.
    OutputValue { output: String, kind: &'static str },
    /// The name of an export is there and of characters that CloudFormation takes.
    ExportName { output: String, name: Option<String> },
    /// A template exports a name once; the two outputs that export it.
    ExportTwice { output: String, other: String },
}

impl fmt::Display for ItemRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
            Self::SharedName { name } => {
                write!(f, "{} is a resource and a parameter", quoted(name))
            }
            Self::ResourceType { name } => {
                write!(f, "{} is not a known resource type", quoted(name))
            }
            Self::NeedsServerless { resource_type } => {
                write!(f, "{} needs the transform of AWS SAM", quoted(resource_type))
            }
            Self::PolicyValue { attribute, value, .. } => {
                write!(f, "{} is not a value of `{attribute}`", quoted(value))
            }
            Self::ParameterType { name } => {
                write!(f, "{} is not a type of a parameter", quoted(name))
            }
            Self::NoCondition { name, found } => {
                write!(f, "the condition {} is {found}, not a condition function", quoted(name))
            }
            Self::OutputValue { output, kind } => {
                write!(f, "the value of the output {} is {kind}, not text", quoted(output))
            }
            Self::ExportName { output, name: None } => {
                write!(f, "the export of the output {} has no `Name`", quoted(output))
            }
            Self::ExportName { name: Some(name), .. } => write!(
                f,
                "the name of the export {} holds more than letters, digits, `:` and `-`",
                quoted(name)
            ),
            Self::ExportTwice { output, other } => {
                let (output, other) = (quoted(output), quoted(other));
                write!(f, "the output {output} is exported under the name of {other}")
            }
        }
    }
}
