//! What is known of a stack before it changes: values that depend on what is yet to be made are not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::model::{ChangeKind, StoredChange};
use crate::sandbox::cloudformation::evaluate::{OtherStacks, TemplateScope, function};
use crate::sandbox::cloudformation::references::references;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::template::entries;
use crate::status::ResourceStatus;

/// What AWS shows in place of a value that is known once the change set is executed.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// A stack with its new definition, as far as it can be foreseen.
pub struct Foresight<'a> {
    /// The stack; resources that are yet to be made stand in it under ids that nobody knows.
    pub stack: StoredStack,
    /// Which conditions hold.
    pub conditions: BTreeMap<String, bool>,
    others: &'a OtherStacks,
    /// The attributes that the template asks for, by resource.
    asked: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Foresight<'a> {
    /// Foresees what becomes of a stack that has its new definition.
    pub fn of(scope: &TemplateScope<'a>) -> Self {
        let mut stack = StoredStack { events: Vec::new(), ..scope.stack.clone() };
        stack.secrets.extend(stack.definition.secrets());
        let named = entries(&stack.definition.template, "Conditions");
        let conditions: BTreeMap<String, bool> = named
            .filter_map(|(name, _)| Some((name.to_owned(), scope.condition(name, 0).ok()?)))
            .collect();
        let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for reference in references(&stack.definition.template["Resources"], &conditions) {
            asked.entry(reference.name).or_default().extend(reference.attribute);
        }
        Self { stack, conditions, others: scope.others, asked }
    }

    /// Takes note of what becomes of a resource: what is made anew has ids that are not known yet.
    pub fn learn(&mut self, change: &StoredChange) {
        let is_known = match change.action {
            ChangeKind::Add => false,
            ChangeKind::Modify | ChangeKind::Remove => change.replacement() == Some("False"),
        };
        if is_known {
            return;
        }
        let unknown = || KNOWN_AFTER_APPLY.to_owned();
        let asked = self.asked.get(&change.logical_id).into_iter().flatten();
        let resource = Resource {
            resource_type: change.resource_type.clone(),
            physical_id: unknown(),
            name: None,
            token: String::new(),
            properties: Json::Null,
            attributes: asked.map(|attribute| (attribute.clone(), unknown())).collect(),
            has_made_up_outputs: false,
            needs: Vec::new(),
            directives: Default::default(),
            status: ResourceStatus::CreateComplete,
            reason: None,
            changed: self.stack.created,
        };
        self.stack.resources.insert(change.logical_id.clone(), resource);
    }

    /// Returns what a value of the template comes to, with what cannot be told yet marked as such.
    pub fn value(&self, written: &Json) -> Json {
        let scope = TemplateScope { stack: &self.stack, others: self.others };
        match (scope.value(written), written) {
            (Ok(value), _) => value,
            (Err(_), Json::Array(items)) => items.iter().map(|item| self.value(item)).collect(),
            (Err(_), Json::Object(map)) if function(map).is_none() => {
                map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect()
            }
            (Err(_), _) => Json::String(KNOWN_AFTER_APPLY.to_owned()),
        }
    }
}

/// Whether a part of a value is not known yet.
pub fn is_unknown(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains(KNOWN_AFTER_APPLY),
        Json::Array(items) => items.iter().any(is_unknown),
        Json::Object(map) => map.values().any(is_unknown),
        _ => false,
    }
}
