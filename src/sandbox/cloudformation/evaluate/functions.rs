//! The intrinsic functions, one by one.

use aws_smithy_types::base64;
use serde_json::{Value as Json, json};

use super::cidr;
use super::scope::{TemplateScope, function};
use crate::sandbox::cloudformation::made_up::{is_made_up, is_made_up_text};
use crate::sandbox::cloudformation::resource_types;
use crate::sandbox::cloudformation::template::attribute_path;
use crate::template::{Part, parts};

impl TemplateScope<'_> {
    /// Returns what a function comes to.
    ///
    /// # Errors
    /// If something cannot be resolved, in the words of a status reason.
    pub(super) fn call(&self, name: &str, argument: &Json) -> Result<Json, String> {
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
                Ok(zones(&region).map(|zone| json!(format!("{region}{zone}"))).collect())
            }
            "Fn::Cidr" => self.cidr(argument),
            "Fn::GetStackOutput" => self.stack_output(argument),
            "Fn::Length" => Ok(Json::String(self.list(argument)?.len().to_string())),
            // Nobody knows what a macro makes of a part: it stays as it is.
            "Fn::Transform" => Ok(json!({ name: self.value(argument)? })),
            "Fn::ToJsonString" => Ok(Json::String(self.value(argument)?.to_string())),
            other => Err(format!("the sandbox does not offer {other}; on AWS it may well work")),
        }
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
        let items = match self.value(&argument[1])? {
            Json::String(text) if self.is_made_up(&argument[1]) || is_made_up_text(&text) => {
                Some(vec![text])
            }
            value => self.texts(&value),
        };
        let items = items.ok_or(
            "Template error: every Fn::Join object requires two parameters, (1) a string \
                 delimiter and (2) a list of strings to be joined or a function that returns a \
                 list of strings (such as Fn::GetAZs) to be joined.",
        )?;
        Ok(Json::String(items.join(&delimiter)))
    }

    fn select(&self, argument: &Json) -> Result<Json, String> {
        let index = self.text(&argument[0])?;
        let is_text = self.is_made_up(&argument[1]);
        let items = match self.value(&argument[1])? {
            Json::String(text) if is_text || is_made_up_text(&text) => vec![json!(text)],
            _ => self.list(&argument[1])?,
        };
        let is_made_up = is_text || items.iter().any(is_made_up);
        let item = index.parse().ok().and_then(|index: usize| items.get(index));
        // Nobody knows how many there are of what is made up.
        let item = item.or_else(|| items.last().filter(|_| is_made_up)).cloned();
        item.ok_or_else(|| {
            format!("Template error: Fn::Select cannot select nonexistent value at index {index}")
        })
    }

    /// Whether a value is, or is a part of, an attribute of which nothing but its name is known.
    fn is_made_up(&self, value: &Json) -> bool {
        match value.as_object().and_then(function) {
            Some(("Fn::GetAtt", argument)) => {
                let path = attribute_path(argument.clone());
                let resource = path[0].as_str().and_then(|name| self.stack.standing(name));
                let attribute = path[1].as_str().unwrap_or_default();
                resource.is_some_and(|resource| {
                    let known = &resource.attributes;
                    !known.contains_key(attribute)
                        && resource_types::is_guessed(&resource.resource_type, attribute)
                })
            }
            Some(("Fn::Select" | "Fn::Split", argument)) => self.is_made_up(&argument[1]),
            Some(("Fn::If", argument)) => {
                self.chosen(argument).is_ok_and(|chosen| self.is_made_up(chosen))
            }
            Some(("Fn::Join", argument)) => match argument[1].as_array() {
                Some(items) => items.iter().any(|item| self.is_made_up(item)),
                None => self.is_made_up(&argument[1]),
            },
            _ => false,
        }
    }

    fn split(&self, argument: &Json) -> Result<Json, String> {
        let delimiter = self.text(&argument[0])?;
        let text = self.text(&argument[1])?;
        Ok(text.split(&delimiter).map(|item| json!(item)).collect())
    }

    fn choose(&self, argument: &Json) -> Result<Json, String> {
        self.value(self.chosen(argument)?)
    }

    /// Returns which of two values `Fn::If` chooses, as it is written.
    fn chosen<'a>(&self, argument: &'a Json) -> Result<&'a Json, String> {
        let name = argument[0].as_str().unwrap_or_default();
        let is_met = self.condition(name, 0)?;
        Ok(&argument[if is_met { 1 } else { 2 }])
    }

    fn find_in_map(&self, argument: &Json) -> Result<Json, String> {
        let map = self.text(&argument[0])?;
        let (first, second) = (self.text(&argument[1])?, self.text(&argument[2])?);
        let held = within(&self.stack.definition.template["Mappings"][&map], &first);
        let found = within(held, &second);
        match (found, &argument[3]["DefaultValue"]) {
            (Json::Null, Json::Null) => {
                Err(format!("Template error: Unable to get mapping for {map}::{first}::{second}"))
            }
            (Json::Null, default) => self.value(default),
            (value, _) => Ok(value.clone()),
        }
    }

    fn cidr(&self, argument: &Json) -> Result<Json, String> {
        let bits = match &argument[2] {
            Json::Null => Ok("8".to_owned()),
            bits => self.text(bits),
        };
        let within = self.text(&argument[0])?;
        let within = if is_made_up_text(&within) { "10.0.0.0/16" } else { &within };
        let blocks = cidr::blocks(within, &self.text(&argument[1])?, &bits?);
        blocks.map(|blocks| json!(blocks)).ok_or_else(|| {
            "Template error: Fn::Cidr object requires a CIDR block, a count from 1 to 256 and a number of \
             bits that fit into it"
                .to_owned()
        })
    }

    /// Returns the items of a list of texts.
    fn texts(&self, value: &Json) -> Option<Vec<String>> {
        value.as_array()?.iter().map(|item| self.plain(item)).collect()
    }

    fn import(&self, argument: &Json) -> Result<Json, String> {
        let name = self.text(argument)?;
        let value = self.others.exports.get(&name);
        value.map(|value| json!(value)).ok_or_else(|| format!("No export named {name} found."))
    }
}

/// Returns what a mapping holds under a key; under one that was made up, what stands first.
fn within<'m>(mapping: &'m Json, key: &str) -> &'m Json {
    match (&mapping[key], mapping.as_object().and_then(|held| held.values().next())) {
        (Json::Null, Some(first)) if is_made_up_text(key) => first,
        (held, _) => held,
    }
}

/// Returns the letters of a Region's Availability Zones.
///
/// Source: the AWS Global Infrastructure documentation, "AWS Availability Zones", for the Regions with more than
/// three.
fn zones(region: &str) -> impl Iterator<Item = char> + use<> {
    let letters = match region {
        "us-east-1" => "abcdef",
        "us-west-2" | "ap-northeast-2" => "abcd",
        _ => "abc",
    };
    letters.chars()
}
