//! Intrinsic functions: from what a template says to plain values.
//!
//! Source: the CloudFormation template reference, "Intrinsic function reference". Functions that
//! need a transform (`Fn::ForEach`, `Fn::Length`, `Fn::ToJsonString`) and `Fn::Cidr` are refused.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use serde_json::{Map, Value as Json, json};

use super::stack::StoredStack;
use super::template::attribute_path;
use crate::template::{Part, parts};

/// How deep conditions may refer to each other.
const DEEPEST: usize = 50;

/// What names mean while a stack's template is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct TemplateScope<'a> {
    /// The stack, with its definition and the resources that stand.
    pub stack: &'a StoredStack,
    /// What other stacks of the account and Region export.
    pub exports: &'a BTreeMap<String, String>,
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
        match self.value(value)? {
            Json::String(text) => Ok(text),
            _ => Err("Template error: a string was expected".to_owned()),
        }
    }

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

    fn truth(&self, value: &Json, depth: usize) -> Result<bool, String> {
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
            "Fn::Not" => Ok(!several()?.first().copied().unwrap_or(true)),
            "Fn::And" => Ok(several()?.into_iter().all(|truth| truth)),
            "Fn::Or" => Ok(several()?.into_iter().any(|truth| truth)),
            other => Err(format!("Template error: {other} cannot be used as a condition")),
        }
    }

    fn call(&self, name: &str, argument: &Json) -> Result<Json, String> {
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::If" => self.choose(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => self.import(argument),
            "Fn::Base64" => Ok(Json::String(base64::encode(self.text(argument)?))),
            "Fn::GetAZs" => {
                let region = self.text(argument)?;
                let region = if region.is_empty() { self.stack.region.to_string() } else { region };
                Ok(json!([format!("{region}a"), format!("{region}b"), format!("{region}c")]))
            }
            other => Err(format!("Template error: the sandbox does not offer {other}")),
        }
    }

    fn reference(&self, name: &str) -> Result<Json, String> {
        let stack = self.stack;
        let partition = stack.region.partition();
        let text = match name {
            "AWS::AccountId" => stack.account.to_string(),
            "AWS::NotificationARNs" => return Ok(json!(stack.definition.notification_arns)),
            "AWS::NoValue" => return Ok(Json::Null),
            "AWS::Partition" => partition.to_string(),
            "AWS::Region" => stack.region.to_string(),
            "AWS::StackId" => stack.id.clone(),
            "AWS::StackName" => stack.name.clone(),
            "AWS::URLSuffix" => partition.dns_suffix().to_owned(),
            _ => {
                if let Some(parameter) = stack.definition.parameters.get(name) {
                    return Ok(match parameter.is_list {
                        true => parameter.value.split(',').map(|item| json!(item.trim())).collect(),
                        false => Json::String(parameter.value.clone()),
                    });
                }
                let resource = stack.standing(name);
                resource.map(|resource| resource.physical_id.clone()).ok_or_else(|| {
                    format!("Unresolved resource dependencies [{name}] in the template")
                })?
            }
        };
        Ok(Json::String(text))
    }

    fn attribute(&self, argument: &Json) -> Result<Json, String> {
        let path = attribute_path(argument.clone());
        let (name, attribute) = (path[0].as_str().unwrap_or_default(), self.text(&path[1])?);
        let resource = self.stack.standing(name).ok_or_else(|| {
            format!("Template error: instance of Fn::GetAtt references undefined resource {name}")
        })?;
        resource.attributes.get(&attribute).map(|value| json!(value)).ok_or_else(|| {
            format!(
                "Template error: resource {name} does not support attribute type {attribute} in \
                 Fn::GetAtt"
            )
        })
    }

    fn substitute(&self, argument: &Json) -> Result<Json, String> {
        let (text, own) = match argument {
            Json::Array(pair) if pair.len() == 2 => (&pair[0], &pair[1]),
            text => (text, &Json::Null),
        };
        let text = text.as_str().ok_or(
            "Template error: one or more Fn::Sub intrinsic functions \
             don't specify expected arguments. Specify a string as first argument, and an optional \
             second argument to specify a mapping of values to replace in the string",
        )?;
        let mut result = String::new();
        for part in parts(text) {
            match part {
                Part::Literal(text) => result.push_str(text),
                Part::Name(name) => {
                    let value = match (own.get(name), name.split_once('.')) {
                        (Some(value), _) => self.text(value)?,
                        (None, Some(_)) => self.text(&json!({ "Fn::GetAtt": name }))?,
                        (None, None) => self.text(&json!({ "Ref": name }))?,
                    };
                    result.push_str(&value);
                }
            }
        }
        Ok(Json::String(result))
    }

    fn join(&self, argument: &Json) -> Result<Json, String> {
        let delimiter = self.text(&argument[0])?;
        let items: Vec<String> = texts(&self.value(&argument[1])?).ok_or(
            "Template error: every Fn::Join object requires two parameters, (1) a string \
                 delimiter and (2) a list of strings to be joined or a function that returns a \
                 list of strings (such as Fn::GetAZs) to be joined.",
        )?;
        Ok(Json::String(items.join(&delimiter)))
    }

    fn select(&self, argument: &Json) -> Result<Json, String> {
        let index = self.text(&argument[0])?;
        let items = self.list(&argument[1])?;
        let item = index.parse().ok().and_then(|index: usize| items.get(index)).cloned();
        item.ok_or_else(|| {
            format!("Template error: Fn::Select cannot select nonexistent value at index {index}")
        })
    }

    fn split(&self, argument: &Json) -> Result<Json, String> {
        let delimiter = self.text(&argument[0])?;
        let text = self.text(&argument[1])?;
        Ok(text.split(&delimiter).map(|item| json!(item)).collect())
    }

    fn choose(&self, argument: &Json) -> Result<Json, String> {
        let name = argument[0].as_str().unwrap_or_default();
        let is_met = self.condition(name, 0)?;
        self.value(&argument[if is_met { 1 } else { 2 }])
    }

    fn find_in_map(&self, argument: &Json) -> Result<Json, String> {
        let map = self.text(&argument[0])?;
        let (first, second) = (self.text(&argument[1])?, self.text(&argument[2])?);
        let found = &self.stack.definition.template["Mappings"][&map][&first][&second];
        match found {
            Json::Null => {
                Err(format!("Template error: Unable to get mapping for {map}::{first}::{second}"))
            }
            value => Ok(value.clone()),
        }
    }

    fn import(&self, argument: &Json) -> Result<Json, String> {
        let name = self.text(argument)?;
        let value = self.exports.get(&name);
        value.map(|value| json!(value)).ok_or_else(|| format!("No export named {name} found."))
    }

    fn list(&self, value: &Json) -> Result<Vec<Json>, String> {
        match self.value(value)? {
            Json::Array(items) => Ok(items),
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

/// Returns the items of a list of texts.
fn texts(value: &Json) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}
