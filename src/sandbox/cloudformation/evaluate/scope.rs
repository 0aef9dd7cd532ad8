//! What a value of a template comes to where its names mean something.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::name::Region;
use crate::sandbox::cloudformation::macro_call::calls_macro;
use crate::sandbox::cloudformation::made_up;
use crate::sandbox::cloudformation::stack::StoredStack;

/// What names mean while a stack's template is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct TemplateScope<'a> {
    /// The stack, with its definition and the resources that stand.
    pub stack: &'a StoredStack,
    /// What other stacks tell.
    pub others: &'a OtherStacks,
}

/// What the other stacks of an account tell a stack.
#[derive(Clone, Debug, Default)]
pub struct OtherStacks {
    /// What those of its Region export, by name.
    pub exports: BTreeMap<String, String>,
    /// The outputs of all, by Region and name of the stack, then by key.
    pub outputs: BTreeMap<(Region, String), BTreeMap<String, String>>,
}

impl TemplateScope<'_> {
    /// Returns what a value of the template comes to; `Null` stands for `AWS::NoValue`.
    ///
    /// # Errors
    /// If something cannot be resolved, in the words of a status reason.
    pub fn value(&self, value: &Json) -> Result<Json, String> {
        match value {
            Json::Array(items) => {
                let items: Vec<Json> =
                    items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?;
                Ok(items.into_iter().filter(|item| !item.is_null()).collect())
            }
            Json::Object(map) => match function(map) {
                Some((name, argument)) => self.call(name, argument),
                None => self.object(map),
            },
            plain => Ok(plain.clone()),
        }
    }

    fn object(&self, map: &Map<String, Json>) -> Result<Json, String> {
        let mut resolved = Map::new();
        for (key, value) in map {
            let value = self.value(value)?;
            if !value.is_null() {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(Json::Object(resolved))
    }

    /// Returns what a value comes to, if that is text.
    ///
    /// # Errors
    /// If it is something else or cannot be resolved.
    pub fn text(&self, value: &Json) -> Result<String, String> {
        let text = self.plain(&self.value(value)?);
        text.ok_or_else(|| "Template error: a string was expected".to_owned())
    }

    /// Returns what a value comes to, as text where only a macro could tell it.
    ///
    /// # Errors
    /// If it cannot be resolved.
    pub fn made_text(&self, value: &Json) -> Result<Json, String> {
        let value = self.value(value)?;
        Ok(self.plain(&value).map_or(value, Json::String))
    }

    /// Returns a value that is text, or a text for what only a macro could tell.
    pub(super) fn plain(&self, value: &Json) -> Option<String> {
        match value {
            Json::String(text) => Some(text.clone()),
            Json::Object(_) if calls_macro(value) => Some(made_up::text(&self.stack.name)),
            _ => None,
        }
    }

    pub(super) fn list(&self, value: &Json) -> Result<Vec<Json>, String> {
        match self.value(value)? {
            Json::Array(items) => Ok(items),
            part if calls_macro(&part) => Ok(vec![part]),
            _ => Err("Template error: a list was expected".to_owned()),
        }
    }
}

/// Returns name and argument of an intrinsic function, if a mapping is one.
pub fn function(map: &Map<String, Json>) -> Option<(&str, &Json)> {
    let (name, argument) = map.iter().next()?;
    let is_function = map.len() == 1 && (name == "Ref" || name.starts_with("Fn::"));
    is_function.then_some((name.as_str(), argument))
}
