//! The names that a template gives.

use std::collections::BTreeMap;

use super::literal::literal_conditions;
use crate::document::Node;

/// What stands in a template, by name.
pub struct Declared<'n> {
    pub parameters: BTreeMap<&'n str, &'n Node>,
    pub resources: BTreeMap<&'n str, &'n Node>,
    pub conditions: BTreeMap<&'n str, &'n Node>,
    pub mappings: BTreeMap<&'n str, &'n Node>,
    /// What those conditions come to that nothing but the template decides.
    literal: BTreeMap<&'n str, bool>,
}

impl<'n> Declared<'n> {
    /// Returns the names that the template whose tree is `root` gives.
    pub fn of(root: &'n Node) -> Self {
        let section = |name: &str| {
            let entries = root.value_of(name).and_then(Node::entries).unwrap_or_default();
            entries.iter().map(|(key, node)| (key.text.as_str(), node)).collect()
        };
        let conditions = section("Conditions");
        Self {
            parameters: section("Parameters"),
            resources: section("Resources"),
            literal: literal_conditions(&conditions),
            conditions,
            mappings: section("Mappings"),
        }
    }

    /// Returns the condition of a resource that is never made, as it holds for no stack.
    pub fn never_holding(&self, resource: &str) -> Option<&'n str> {
        let condition = self.resources.get(resource)?.value_of("Condition")?.as_text()?;
        (self.literal.get(condition) == Some(&false)).then_some(condition)
    }

    /// Whether a resource is only made where a condition holds.
    pub fn is_conditional(&self, resource: &str) -> bool {
        self.resources.get(resource).is_some_and(|node| node.value_of("Condition").is_some())
    }
}
