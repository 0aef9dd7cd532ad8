//! What is known of a stack's values before anything is made: its parameters and where it is to stand.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::name::{AccountId, Region};
use crate::sandbox::cloudformation::definition::StackParameter;
use crate::template::{Part, parts};

/// What is known of a stack's values before anything is made.
#[derive(Clone, Copy, Debug)]
pub struct KnownValues<'a> {
    /// The values of its parameters; `None` where a template is looked at by itself.
    pub parameters: Option<&'a BTreeMap<String, StackParameter>>,
    pub account: &'a AccountId,
    pub region: &'a Region,
}

impl KnownValues<'_> {
    /// Returns the texts that a value comes to, lists laid end to end; none if it takes more than is known.
    pub(super) fn texts(&self, value: &Json, mappings: &Json) -> Option<Vec<String>> {
        match value {
            Json::String(text) => Some(vec![text.clone()]),
            Json::Array(items) => {
                let texts = items.iter().map(|item| self.texts(item, mappings));
                texts.collect::<Option<Vec<_>>>().map(|texts| texts.concat())
            }
            Json::Object(map) if map.len() == 1 => {
                let (name, argument) = map.iter().next()?;
                self.called(name, argument, mappings)
            }
            _ => None,
        }
    }

    /// Returns the one text that a value comes to.
    pub(super) fn text(&self, value: &Json, mappings: &Json) -> Option<String> {
        let mut texts = self.texts(value, mappings)?;
        if texts.len() == 1 { texts.pop() } else { None }
    }

    fn called(&self, name: &str, argument: &Json, mappings: &Json) -> Option<Vec<String>> {
        match name {
            "Ref" => self.reference(argument.as_str()?),
            "Fn::FindInMap" => {
                let key = |at: usize| self.text(&argument[at], mappings);
                let (map, first, second) = (key(0)?, key(1)?, key(2)?);
                match &mappings[map][first][second] {
                    Json::Null => self.texts(&argument[3]["DefaultValue"], mappings),
                    found => self.texts(found, mappings),
                }
            }
            "Fn::Join" => {
                let delimiter = self.text(&argument[0], mappings)?;
                Some(vec![self.texts(&argument[1], mappings)?.join(&delimiter)])
            }
            "Fn::Split" => {
                let delimiter = self.text(&argument[0], mappings)?;
                let text = self.text(&argument[1], mappings)?;
                Some(text.split(&delimiter).map(str::to_owned).collect())
            }
            "Fn::Sub" => Some(vec![self.substituted(argument.as_str()?)?]),
            _ => None,
        }
    }

    fn reference(&self, name: &str) -> Option<Vec<String>> {
        match name {
            "AWS::AccountId" => return Some(vec![self.account.to_string()]),
            "AWS::Partition" => return Some(vec![self.region.partition().to_string()]),
            "AWS::Region" => return Some(vec![self.region.to_string()]),
            _ => {}
        }
        let parameter = self.parameters?.get(name)?;
        let resolved = parameter.resolved();
        Some(match parameter.is_list {
            true => resolved.split(',').map(|item| item.trim().to_owned()).collect(),
            false => vec![resolved.to_owned()],
        })
    }

    fn substituted(&self, text: &str) -> Option<String> {
        let mut result = String::new();
        for part in parts(text) {
            match part {
                Part::Literal(text) => result.push_str(text),
                Part::Name(name) => result.push_str(&self.reference(name)?.concat()),
            }
        }
        Some(result)
    }
}
