//! Conditions: whether one of a template holds.

use serde_json::Value as Json;

use super::scope::TemplateScope;

/// How deep conditions may refer to each other.
const DEEPEST: usize = 50;

impl TemplateScope<'_> {
    /// Whether a resource or an output with this `Condition` is wanted.
    ///
    /// # Errors
    /// If the condition cannot be evaluated.
    pub fn is_wanted(&self, definition: &Json) -> Result<bool, String> {
        definition["Condition"].as_str().map_or(Ok(true), |name| self.condition(name, 0))
    }

    /// Whether a condition of the template holds.
    ///
    /// # Errors
    /// If it cannot be evaluated.
    pub fn condition(&self, name: &str, depth: usize) -> Result<bool, String> {
        let condition = &self.stack.definition.template["Conditions"][name];
        if condition.is_null() {
            return Err(format!(
                "Template format error: Unresolved condition dependency {name} in the Resources \
                 block of the template"
            ));
        }
        if depth > DEEPEST {
            return Err(format!("Circular dependency between conditions: [{name}]"));
        }
        self.truth(condition, depth + 1)
    }

    /// Whether what a condition or an assertion says is so.
    ///
    /// # Errors
    /// If it cannot be evaluated.
    pub fn truth(&self, value: &Json, depth: usize) -> Result<bool, String> {
        let function = value.as_object().and_then(|map| map.iter().next());
        let Some((name, argument)) = function else {
            return Err("Template format error: Every Conditions member must be a function".into());
        };
        let several = || {
            let items = argument.as_array().cloned().unwrap_or_default();
            items.iter().map(|item| self.truth(item, depth)).collect::<Result<Vec<_>, _>>()
        };
        match name.as_str() {
            "Condition" => self.condition(argument.as_str().unwrap_or_default(), depth),
            "Fn::Equals" => {
                let sides = self.list(argument)?;
                Ok(sides.len() == 2 && sides[0] == sides[1])
            }
            "Fn::Contains" => {
                let sides = self.list(argument)?;
                let (list, value) = (sides.first().and_then(Json::as_array), sides.get(1));
                Ok(list.is_some_and(|list| value.is_some_and(|value| list.contains(value))))
            }
            "Fn::EachMemberEquals" | "Fn::EachMemberIn" => {
                let sides = self.list(argument)?;
                let (list, other) = (sides.first().and_then(Json::as_array), sides.get(1));
                let is_so = |member: &Json| match other {
                    Some(Json::Array(others)) => others.contains(member),
                    other => other == Some(member),
                };
                Ok(list.is_some_and(|list| list.iter().all(is_so)))
            }
            "Fn::Not" => Ok(!several()?.first().copied().unwrap_or(true)),
            "Fn::And" => Ok(several()?.into_iter().all(|truth| truth)),
            "Fn::Or" => Ok(several()?.into_iter().any(|truth| truth)),
            other => Err(format!("Template error: {other} cannot be used as a condition")),
        }
    }
}
