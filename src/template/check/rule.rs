//! The rules of CloudFormation for templates, each with what breaks it.

use std::fmt;

use super::function_rule::FunctionRule;
use super::item_rule::ItemRule;
use super::named::Item;
use super::reference_rule::ReferenceRule;
use crate::document::quoted;

/// A rule of CloudFormation's, with what breaks it. Prints as a fragment that names the thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A mapping has a key once; CloudFormation takes the last.
    RepeatedKey { key: String },
    /// No comma stands behind the last item of JSON.
    LastComma,
    /// A word without quotes that YAML 1.1 takes for a truth is one.
    Word { written: String, read: String },
    /// The id of an account stands in quotes if it may be read as an octal number.
    Octal { written: String },
    /// Nothing is an alias of a value with an anchor.
    Alias,
    /// A mapping has no merge key, `<<`.
    MergeKey,
    /// A value asks for no type of YAML's beside text, numbers, truths, lists and mappings.
    YamlType { name: String },
    /// No value is null; the key that has it, if it is not an item of a list, and its path from the root.
    Null { key: Option<String>, path: String },
    /// A template has the sections that CloudFormation knows.
    UnknownSection { name: String },
    /// A template makes at least one resource; whether the section is there at all.
    NoResources { has_section: bool },
    /// A section is a mapping of its items; what it is instead.
    SectionShape { section: String, item: Item, kind: &'static str },
    /// Something is text, a list or a mapping, as the message says.
    Shape { message: String },
    /// A section has so many entries at most.
    TooMany { section: &'static str, count: usize, most: usize },
    /// The description has so many bytes at most.
    LongDescription { bytes: usize, most: usize },
    /// An item of a section is what such an item has to be.
    Item(ItemRule),
    /// What is referred to is there, and does not wait for what refers to it.
    Reference(ReferenceRule),
    /// A function is used as it is meant.
    Function(FunctionRule),
}

impl From<ItemRule> for Rule {
    fn from(rule: ItemRule) -> Self {
        Self::Item(rule)
    }
}

impl From<ReferenceRule> for Rule {
    fn from(rule: ReferenceRule) -> Self {
        Self::Reference(rule)
    }
}

impl From<FunctionRule> for Rule {
    fn from(rule: FunctionRule) -> Self {
        Self::Function(rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedKey { key } => write!(f, "{} is given twice", quoted(key)),
            Self::LastComma => f.write_str("JSON has no comma behind the last item"),
            Self::Word { written, read } => {
                write!(f, "CloudFormation reads {} without quotes as `{read}`", quoted(written))
            }
            Self::Octal { written } => {
                write!(f, "CloudFormation may read {} as an octal number", quoted(written))
            }
            Self::Alias => f.write_str("CloudFormation takes no YAML aliases"),
            Self::MergeKey => f.write_str("CloudFormation may refuse a merge key, `<<`"),
            Self::YamlType { name } => {
                write!(f, "CloudFormation may refuse a value of YAML's type `!!{name}`")
            }
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
            Self::SectionShape { section, item, kind } => {
                write!(f, "`{section}` is a mapping of {}s, not {kind}", item.as_str())
            }
            Self::Shape { message } => f.write_str(message),
            Self::TooMany { section, count, most } => {
                write!(f, "`{section}` has {count} entries, and CloudFormation takes {most}")
            }
            Self::LongDescription { bytes, most } => {
                write!(f, "the description has {bytes} bytes, and CloudFormation takes {most}")
            }
            Self::Item(rule) => rule.fmt(f),
            Self::Reference(rule) => rule.fmt(f),
            Self::Function(rule) => rule.fmt(f),
        }
    }
}
