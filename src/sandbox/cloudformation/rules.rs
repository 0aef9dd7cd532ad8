//! The rules of templates, in CloudFormation's words.
//!
//! Which rules there are and what breaks them is in `template`; here is how CloudFormation says it: one
//! rule at a time, with all that break it. Where it is known what AWS answers, it is said in those words.

use std::collections::BTreeSet;

use crate::document::Severity;
use crate::sandbox::wire::Refusal;
use crate::template::{
    Block, FunctionRule, Item, ItemRule, ReferenceRule, Rule, Sought, Violation,
};

/// Refuses a template that breaks a rule for certain.
///
/// # Errors
/// The first of the rules that it breaks.
pub fn check(violations: &[Violation]) -> Result<(), Refusal> {
    let errors = || violations.iter().filter(|found| found.severity == Severity::Error);
    let Some(first) = errors().min_by_key(|found| order(&found.rule)) else { return Ok(()) };
    let all: Vec<&Rule> = errors().map(|found| &found.rule).collect();
    Err(refusal(&first.rule, &all))
}

/// Returns a refusal that begins as AWS's do for templates.
pub fn malformed(message: impl std::fmt::Display) -> Refusal {
    Refusal::validation(format!("Template format error: {message}"))
}

/// Returns which rules are looked at first: the form of a template, before what it refers to.
fn order(rule: &Rule) -> u8 {
    match rule {
        Rule::RepeatedKey { .. }
        | Rule::LastComma
        | Rule::Word { .. }
        | Rule::Octal { .. }
        | Rule::Alias
        | Rule::MergeKey
        | Rule::YamlType { .. }
        | Rule::Null { .. } => 0,
        Rule::UnknownSection { .. } => 1,
        Rule::NoResources { .. }
        | Rule::SectionShape { .. }
        | Rule::Shape { .. }
        | Rule::TooMany { .. }
        | Rule::LongDescription { .. } => 2,
        Rule::Item(
            ItemRule::ResourceType { .. }
            | ItemRule::NeedsServerless { .. }
            | ItemRule::ParameterType { .. }
            | ItemRule::NoCondition { .. }
            | ItemRule::OutputValue { .. },
        )
        | Rule::Function(_) => 3,
        Rule::Item(
            ItemRule::NoType { .. }
            | ItemRule::NoValue { .. }
            | ItemRule::NotAlphanumeric { .. }
            | ItemRule::UnknownKey { .. }
            | ItemRule::SharedName { .. }
            | ItemRule::PolicyValue { .. }
            | ItemRule::ExportName { .. }
            | ItemRule::ExportTwice { .. },
        ) => 2,
        Rule::Reference(ReferenceRule::Circle { .. } | ReferenceRule::ConditionCircle { .. }) => 5,
        Rule::Reference(
            ReferenceRule::Unresolved { .. }
            | ReferenceRule::NeverMade { .. }
            | ReferenceRule::UnknownAttribute { .. }
            | ReferenceRule::UnresolvedCondition { .. }
            | ReferenceRule::UnresolvedMapping { .. }
            | ReferenceRule::MissingKey { .. },
        ) => 4,
    }
}

/// Returns what CloudFormation says to `rule`, which is one of `all` that are broken.
fn refusal(rule: &Rule, all: &[&Rule]) -> Refusal {
    match rule {
        Rule::RepeatedKey { key } => malformed(format!("duplicate key {key}")),
        Rule::LastComma => malformed("JSON not well-formed."),
        Rule::Alias => Refusal::validation(
            "Template error: YAML aliases are not allowed in CloudFormation templates",
        ),
        Rule::Null { path, .. } => null_at(path),
        Rule::UnknownSection { .. } => unknown_sections(all),
        Rule::NoResources { .. } => malformed("At least one Resources member must be defined."),
        Rule::SectionShape { .. }
        | Rule::Word { .. }
        | Rule::Octal { .. }
        | Rule::MergeKey
        | Rule::YamlType { .. } => malformed(rule),
        Rule::Shape { message } => malformed(message),
        Rule::TooMany { section, count, most } => malformed(format!(
            "Number of {}, {count}, is greater than maximum allowed, {most}",
            section.to_lowercase()
        )),
        Rule::LongDescription { most, .. } => {
            malformed(format!("'Description' length is greater than {most}."))
        }
        Rule::Item(rule) => of_item(rule, all),
        Rule::Reference(rule) => of_reference(rule, all),
        Rule::Function(rule) => of_function(rule),
    }
}

fn of_item(rule: &ItemRule, all: &[&Rule]) -> Refusal {
    match rule {
        ItemRule::NoType { item: Item::Parameter, name } => {
            malformed(format!("Every Parameters object must contain a Type member. ({name})"))
        }
        ItemRule::NoType { name, .. } => malformed(format!(
            "[/Resources/{name}] Every Resources object must contain a Type member."
        )),
        ItemRule::NoValue { output } => malformed(format!(
            "Output {output} is malformed. Every Outputs member must contain a Value object"
        )),
        ItemRule::NotAlphanumeric { item, name } => {
            malformed(format!("{} name {name} is non alphanumeric.", capital(item.as_str())))
        }
        ItemRule::UnknownKey { item, key, .. } => {
            Refusal::validation(format!("Invalid template {} property '{key}'", item.as_str()))
        }
        ItemRule::SharedName { name } => Refusal::validation(format!(
            "Template error: all resources and parameters must have unique names. Common name(s): \
             [{name}]"
        )),
        ItemRule::ResourceType { .. } | ItemRule::NeedsServerless { .. } => unknown_types(all),
        ItemRule::PolicyValue { attribute, value, resource } => {
            malformed(format!("Unrecognized {attribute} {value} for resource {resource}"))
        }
        ItemRule::ParameterType { name } => {
            malformed(format!("Unrecognized parameter type: {name}"))
        }
        ItemRule::NoCondition { .. } => malformed(
            "Conditions can only be boolean operations on parameters and other conditions",
        ),
        ItemRule::OutputValue { kind, .. } => {
            let kind = if *kind == "a mapping" { "Map" } else { "List" };
            malformed(format!(
                "The Value field of every Outputs member must evaluate to a String and not a {kind}."
            ))
        }
        ItemRule::ExportName { output, .. } => malformed(format!(
            "Output {output} is malformed. The Name field of every Export member must be specified \
             and consist only of alphanumeric characters, colons, or hyphens."
        )),
        ItemRule::ExportTwice { .. } => malformed(rule),
    }
}

fn of_reference(rule: &ReferenceRule, all: &[&Rule]) -> Refusal {
    match rule {
        ReferenceRule::Unresolved { block, sought, .. } => unresolved(*block, *sought, all),
        ReferenceRule::NeverMade { name, block, .. } => malformed(format!(
            "Unresolved resource dependencies [{name}] in the {} block of the template",
            block.as_str()
        )),
        ReferenceRule::UnknownAttribute { resource, attribute, .. } => {
            Refusal::validation(format!(
                "Template error: resource {resource} does not support attribute type {attribute} in Fn::GetAtt"
            ))
        }
        ReferenceRule::UnresolvedCondition { name, block } => malformed(format!(
            "Unresolved condition dependency {name} in the {} block of the template",
            block.as_str()
        )),
        ReferenceRule::UnresolvedMapping { name } => Refusal::validation(format!(
            "Template error: Mapping named '{name}' is not present in the 'Mappings' section of \
             template."
        )),
        ReferenceRule::MissingKey { path, .. } => {
            Refusal::validation(format!("Template error: Unable to get mapping for {path}"))
        }
        ReferenceRule::Circle { resources } => {
            let names = sorted(resources.iter().map(String::as_str));
            Refusal::validation(format!("Circular dependency between resources: [{names}]"))
        }
        ReferenceRule::ConditionCircle { conditions } => Refusal::validation(format!(
            "Template error: Circular dependency between conditions: [{}]",
            conditions.join(", ")
        )),
    }
}

fn of_function(rule: &FunctionRule) -> Refusal {
    match rule {
        FunctionRule::Unknown { name }
        | FunctionRule::NeedsLanguageExtensions { function: name } => {
            Refusal::validation(format!("Template error: Encountered unsupported function: {name}"))
        }
        FunctionRule::NotInPolicies { attribute } => {
            malformed(format!("Every {attribute} member must be a string."))
        }
        FunctionRule::NotInConditions { function } => {
            Refusal::validation(format!("Template error: Cannot use {function} in Conditions."))
        }
        FunctionRule::Arguments { function, takes } => wrong_arguments(function, takes),
        FunctionRule::SubstitutionName { .. } => Refusal::validation(
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric \
             characters, underscores, periods, and colons",
        ),
        FunctionRule::SubstitutedList { name } => Refusal::validation(format!(
            "Template error: variable {name} in Fn::Sub expression does not resolve to a string"
        )),
    }
}

fn null_at(path: &str) -> Refusal {
    Refusal::validation(format!("[{path}] 'null' values are not allowed in templates"))
}

fn wrong_arguments(function: &str, takes: &str) -> Refusal {
    Refusal::validation(match function {
        "Fn::GetAtt" => "Template error: every Fn::GetAtt object requires two non-empty parameters, \
                         the resource name and the resource attribute"
            .to_owned(),
        "Fn::Select" => "Template error: Fn::Select requires a list argument with two elements: an \
                         integer index and a list"
            .to_owned(),
        "Fn::Split" => "Template error: every Fn::Split object requires two parameters, (1) a string \
                        delimiter and (2) a string to be split or a function that returns a string to \
                        be split."
            .to_owned(),
        "Fn::Join" => "Template error: every Fn::Join object requires two parameters, (1) a string \
                       delimiter and (2) a list of strings to be joined or a function that returns a \
                       list of strings (such as Fn::GetAZs) to be joined."
            .to_owned(),
        "Fn::Base64" => {
            "Template error: every Fn::Base64 object must have a String-typed value.".to_owned()
        }
        "Fn::Equals" => "Template error: every Fn::Equals object requires a list of 2 string \
                         parameters."
            .to_owned(),
        other => format!("Template error: every {other} object requires {takes}."),
    })
}

fn unknown_sections(all: &[&Rule]) -> Refusal {
    let names = joined(all, |rule| match rule {
        Rule::UnknownSection { name } => Some(name),
        _ => None,
    });
    Refusal::validation(format!("Invalid template property or properties [{names}]"))
}

fn unknown_types(all: &[&Rule]) -> Refusal {
    let names = joined(all, |rule| match rule {
        Rule::Item(
            ItemRule::ResourceType { name } | ItemRule::NeedsServerless { resource_type: name },
        ) => Some(name),
        _ => None,
    });
    malformed(format!("Unrecognized resource types: [{names}]"))
}

fn unresolved(block: Block, sought: Sought, all: &[&Rule]) -> Refusal {
    let names = joined(all, |rule| match rule {
        Rule::Reference(ReferenceRule::Unresolved { name, block: of, .. }) if *of == block => {
            Some(name)
        }
        _ => None,
    });
    match (block, sought) {
        (Block::Conditions, Sought::Parameter | Sought::ParameterOrResource) => malformed(format!(
            "Unresolved dependencies [{names}]. Cannot reference resources in the Conditions \
                 block of the template"
        )),
        // In which words CloudFormation refuses it here is not documented.
        (Block::Rules, _) => malformed(format!(
            "Unresolved dependencies [{names}]. Cannot reference resources in the Rules block of \
             the template"
        )),
        (Block::Outputs, _) => Refusal::validation(format!(
            "Unresolved resource dependencies [{names}] in the Outputs block of the template"
        )),
        (Block::Resources, _) | (Block::Conditions, Sought::Resource) => malformed(format!(
            "Unresolved resource dependencies [{names}] in the {} block of the template",
            block.as_str()
        )),
    }
}

/// Returns the names that `of` finds, each once and in their order.
fn joined<'r>(all: &[&'r Rule], of: impl Fn(&'r Rule) -> Option<&'r String>) -> String {
    sorted(all.iter().filter_map(|rule| of(rule)).map(String::as_str))
}

fn sorted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
