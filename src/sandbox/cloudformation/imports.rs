//! The exports that a template imports.

use serde_json::Value as Json;

use super::evaluate::{TemplateScope, function};
use super::template::entries;

impl TemplateScope<'_> {
    /// Returns the names of the exports a template imports, as far as they can be told beforehand.
    pub fn imports(&self) -> Vec<String> {
        let mut names = Vec::new();
        for section in ["Resources", "Outputs"] {
            for (_, definition) in entries(&self.stack.definition.template, section) {
                if self.is_wanted(definition) == Ok(true) {
                    self.collect_imports(definition, &mut names);
                }
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn collect_imports(&self, value: &Json, names: &mut Vec<String>) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.collect_imports(item, names)),
            Json::Object(map) => match function(map) {
                Some(("Fn::ImportValue", argument)) => names.extend(self.text(argument).ok()),
                Some(("Fn::If", argument)) => {
                    let name = argument[0].as_str().unwrap_or_default();
                    if let Ok(is_met) = self.condition(name, 0) {
                        self.collect_imports(&argument[if is_met { 1 } else { 2 }], names);
                    }
                }
                _ => map.values().for_each(|value| self.collect_imports(value, names)),
            },
            _ => {}
        }
    }
}
