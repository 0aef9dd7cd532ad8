//! Values that have to be known with the request: keys of mappings, items of lists, and the names of imports and
//! exports.
//!
//! Source: the CloudFormation template reference, "Fn::FindInMap" and "Fn::ImportValue"; the user guide, "Outputs".
//! The words are those that users report.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::evaluate::{TemplateScope, function};
use super::references::references;
use super::rules::malformed;
use crate::sandbox::wire::Refusal;
use crate::template::may_be_exported_as;

/// What a name may not depend on.
const NOT_KNOWN: &str = "must not depend on any resources, imported values, or Fn::GetAZs";

/// The values of a template that are known before anything is made.
pub struct EarlyValues<'a> {
    pub scope: &'a TemplateScope<'a>,
    /// Which conditions hold.
    pub conditions: &'a BTreeMap<String, bool>,
}

impl EarlyValues<'_> {
    /// Checks what a resource or an output asks for of mappings and of other stacks.
    ///
    /// # Errors
    /// If a mapping has no such key, a list no such item, or the name of an import is not known yet.
    pub fn check(&self, value: &Json) -> Result<(), Refusal> {
        match value {
            Json::Array(items) => items.iter().try_for_each(|item| self.check(item)),
            Json::Object(members) => self.check_members(members, value),
            _ => Ok(()),
        }
    }

    fn check_members(&self, members: &Map<String, Json>, value: &Json) -> Result<(), Refusal> {
        match function(members) {
            Some(("Fn::If", argument)) => {
                match argument[0].as_str().and_then(|name| self.conditions.get(name)) {
                    Some(true) => self.check(&argument[1]),
                    Some(false) => self.check(&argument[2]),
                    None => Ok(()),
                }
            }
            Some(("Fn::FindInMap", _)) => match self.scope.value(value) {
                Err(error) if error.starts_with("Template error: Unable to get mapping") => {
                    Err(Refusal::validation(error))
                }
                Ok(_) | Err(_) => Ok(()),
            },
            Some(("Fn::Select", _)) if self.is_known(value) => match self.scope.value(value) {
                Err(error) if error.starts_with("Template error: Fn::Select") => {
                    Err(Refusal::validation(error))
                }
                Ok(_) | Err(_) => members.values().try_for_each(|member| self.check(member)),
            },
            Some(("Fn::ImportValue", name)) if !self.is_known(name) => Err(Refusal::validation(
                format!("Template error: the attribute in Fn::ImportValue {NOT_KNOWN}"),
            )),
            _ => members.values().try_for_each(|member| self.check(member)),
        }
    }

    /// Checks the name under which an output is exported.
    ///
    /// # Errors
    /// If it is not known yet, or none that exports have.
    pub fn check_export(&self, output: &str, definition: &Json) -> Result<(), Refusal> {
        let name = &definition["Export"]["Name"];
        if name.is_null() {
            return Ok(());
        }
        if !self.is_known(name) {
            return Err(malformed(format!(
                "Output {output} is malformed.  The Name field of Export {NOT_KNOWN}."
            )));
        }
        match self.scope.text(name) {
            Ok(name) if !may_be_exported_as(&name) => Err(malformed(format!(
                "Output {output} is malformed. The Name field of every Export member must be specified and \
                     consist only of alphanumeric characters, colons, or hyphens."
            ))),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Whether a value depends on nothing but parameters and mappings.
    fn is_known(&self, value: &Json) -> bool {
        let parameters = &self.scope.stack.definition.parameters;
        let references = references(value, self.conditions);
        references
            .iter()
            .all(|found| found.attribute.is_none() && parameters.contains_key(&found.name))
            && !calls(value, &["Fn::ImportValue", "Fn::GetAZs"])
    }
}

/// Whether one of these functions is called in a value.
fn calls(value: &Json, functions: &[&str]) -> bool {
    match value {
        Json::Array(items) => items.iter().any(|item| calls(item, functions)),
        Json::Object(members) => members
            .iter()
            .any(|(key, member)| functions.contains(&key.as_str()) || calls(member, functions)),
        _ => false,
    }
}
