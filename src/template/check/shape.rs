//! The sections of a template: what stands in them, under which keys, and how much of it.
//!
//! Source of the limits: the CloudFormation user guide, "Quotas".

use super::checker::Checker;
use super::item_rule::ItemRule;
use super::macros;
use super::named::Item;
use super::rule::Rule;
use super::types;
use super::violation::Violation;
use crate::document::{Key, Node, Place, did_you_mean, quoted};

/// Every section a template may have.
///
/// Source: the CloudFormation user guide, "Template sections"; `Hooks` and SAM's `Globals` have
/// their own pages.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Resources",
    "Outputs",
    "Hooks",
];

/// What a parameter may say. Source: the CloudFormation user guide, "Parameters".
const PARAMETER_KEYS: [&str; 11] = [
    "Type",
    "Default",
    "Description",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
];

/// What an output may say. Source: the CloudFormation user guide, "Outputs".
const OUTPUT_KEYS: [&str; 4] = ["Value", "Description", "Export", "Condition"];

/// The most entries of a section.
const MOST: [(&str, usize); 4] =
    [("Parameters", 200), ("Mappings", 200), ("Resources", 500), ("Outputs", 200)];

/// The longest description, in bytes.
const MOST_DESCRIPTION_BYTES: usize = 1_024;

impl<'n> Checker<'n> {
    /// Checks the sections and their entries, but no values.
    pub fn check_shape(&mut self, root: &'n Node) {
        self.check_sections(root);
        for (key, node) in self.entries(root, "Parameters", Item::Parameter) {
            self.check_parameter(key, node);
        }
        for (key, node) in self.entries(root, "Mappings", Item::Mapping) {
            self.check_levels(key, node);
        }
        self.entries(root, "Conditions", Item::Condition);
        for (key, node) in self.entries(root, "Resources", Item::Resource) {
            self.check_resource_keys(key, node);
        }
        let outputs = self.entries(root, "Outputs", Item::Output);
        self.check_exports(&outputs);
        for (key, node) in outputs {
            if node.value_of("Value").is_none() {
                let rule = ItemRule::NoValue { output: key.text.clone() };
                self.push(Violation::at(&key.place, rule));
            }
            self.check_keys(key, node, Item::Output, &OUTPUT_KEYS);
        }
        for (section, most) in MOST {
            let entries = root.value_of(section).and_then(Node::entries).unwrap_or_default();
            let count = entries.iter().filter(|(key, _)| !key.text.starts_with("Fn::")).count();
            if count > most {
                let (key, _) = &entries[most];
                self.push(Violation::at(&key.place, Rule::TooMany { section, count, most }));
            }
        }
    }

    fn check_sections(&mut self, root: &Node) {
        let has_resources = root.value_of("Resources").map(|section| match section.entries() {
            Some(entries) => !entries.is_empty(),
            None => true,
        });
        if has_resources != Some(true) && root.value_of("Fn::Transform").is_none() {
            let place = match root.value_of("Resources") {
                Some(section) => section.place.clone(),
                None => {
                    let start = root.place.span.start;
                    Place { span: start..start, ..root.place.clone() }
                }
            };
            let has_section = has_resources.is_some();
            self.push(Violation::at(&place, Rule::NoResources { has_section }));
        }
        for (key, section) in root.entries().unwrap_or_default() {
            // A macro is free to give sections a meaning of its own.
            if !SECTIONS.contains(&key.text.as_str()) && root.value_of("Transform").is_none() {
                let rule = Rule::UnknownSection { name: key.text.clone() };
                let help = did_you_mean(&key.text, SECTIONS);
                self.push(Violation::at(&key.place, rule).with_help(help));
            }
            match (key.text.as_str(), section.as_text()) {
                ("Description", Some(text)) if text.len() > MOST_DESCRIPTION_BYTES => {
                    let (bytes, most) = (text.len(), MOST_DESCRIPTION_BYTES);
                    self.push(Violation::at(&key.place, Rule::LongDescription { bytes, most }));
                }
                ("Description", None) => {
                    self.shape(
                        &section.place,
                        format!("`Description` is text, not {}", section.kind()),
                    );
                }
                ("AWSTemplateFormatVersion", version) if version != Some("2010-09-09") => {
                    let message = "the only `AWSTemplateFormatVersion` is \"2010-09-09\"";
                    self.shape(&section.place, message.to_owned());
                }
                _ => {}
            }
        }
    }

    fn shape(&mut self, place: &Place, message: String) {
        self.push(Violation::at(place, Rule::Shape { message }));
    }

    /// Returns the entries of a section, each a mapping, but for what loops and macros make.
    fn entries(&mut self, root: &'n Node, section: &str, item: Item) -> Vec<(&'n Key, &'n Node)> {
        let is_made = |node: &Node| node.tag.as_deref() == Some("Transform");
        let section_node = root.value_of(section);
        let Some(node) = section_node.filter(|node| !node.is_null() && !is_made(node)) else {
            return Vec::new();
        };
        let what = item.as_str();
        let Some(entries) = node.entries() else {
            let (section, kind) = (section.to_owned(), node.kind());
            self.push(Violation::at(&node.place, Rule::SectionShape { section, item, kind }));
            return Vec::new();
        };
        let mut read = Vec::new();
        for (key, value) in entries.iter().filter(|(key, _)| !key.text.starts_with("Fn::")) {
            // Source: the naming rules on the page of each section.
            let is_named = match item {
                Item::Condition => {
                    key.text.chars().all(|c| c.is_ascii_alphanumeric() || "&_".contains(c))
                }
                _ => key.text.chars().all(|c| c.is_ascii_alphanumeric()),
            };
            if !is_named && !self.macros.has_language_extensions {
                let rule = ItemRule::NotAlphanumeric { item, name: key.text.clone() };
                // AWS's own samples have `-` in names of conditions.
                let is_uncertain = item == Item::Condition;
                self.push(Violation::at(&key.place, rule).warning_if(is_uncertain));
            }
            match (item, value.entries()) {
                _ if macros::is_made(value) => {}
                (Item::Condition, _) | (_, Some(_)) => read.push((key, value)),
                // Its key tells of nothing that it has no value.
                (_, None) if value.is_null() => {}
                (_, None) => {
                    let name = quoted(&key.text);
                    let message = format!("the {what} {name} is a mapping, not {}", value.kind());
                    self.shape(&value.place, message);
                }
            }
        }
        read
    }

    /// Checks that an item has no keys but those that are known.
    pub fn check_keys(&mut self, of: &Key, node: &Node, item: Item, known: &[&'static str]) {
        for (key, _) in node.entries().unwrap_or_default() {
            let is_function = key.text.starts_with("Fn::");
            if !known.contains(&key.text.as_str()) && !is_function {
                let (name, key_text) = (of.text.clone(), key.text.clone());
                let help = did_you_mean(&key.text, known.iter().copied());
                let rule = ItemRule::UnknownKey { item, name, key: key_text };
                // What CloudFormation says to one of an output is not documented.
                let is_uncertain = item == Item::Output;
                self.push(Violation::at(&key.place, rule).with_help(help).warning_if(is_uncertain));
            }
        }
    }

    fn check_parameter(&mut self, key: &Key, node: &Node) {
        self.check_keys(key, node, Item::Parameter, &PARAMETER_KEYS);
        if let Some(default) = node.value_of("Default")
            && let Some(tag) = &default.tag
        {
            let message = format!("`Default` is text, not what `!{tag}` comes to");
            self.shape(&default.place, message);
        }
        match node.value_of("Type") {
            None => {
                let rule = ItemRule::NoType { item: Item::Parameter, name: key.text.clone() };
                self.push(Violation::at(&key.place, rule));
            }
            Some(declared) => {
                let name = declared.as_text().filter(|_| !declared.is_null());
                let violation = name.and_then(|name| types::parameter_type(declared, name));
                self.found.extend(violation);
            }
        }
    }
}
