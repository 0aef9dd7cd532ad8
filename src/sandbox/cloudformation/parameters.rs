//! A stack's parameters: what the template declares, what the request gives, what that comes to.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::definition::{Definition, StackParameter};
use super::made_up::is_made_up_text;
use super::rules::malformed;
use super::stored_values::{StoredValues, stored_type};
use super::template::entries;
use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::form::Form;
use crate::template::{MOST_VALUE_BYTES, Pattern};

/// Returns the value of every parameter of `template`.
///
/// # Errors
/// If one has no value, is not declared, breaks its declaration's constraints, or names a parameter of the
/// parameter store that is not there.
pub fn resolve(
    template: &Json,
    given: &BTreeMap<String, GivenValue>,
    former: Option<&Definition>,
    stored: &StoredValues<'_>,
) -> Result<BTreeMap<String, StackParameter>, Refusal> {
    let unknown: Vec<&str> = given
        .keys()
        .map(String::as_str)
        .filter(|name| template["Parameters"][*name].is_null())
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::validation(format!(
            "Parameters: [{}] do not exist in the template",
            unknown.join(", ")
        )));
    }
    let mut resolved = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, declaration) in entries(template, "Parameters") {
        let value = match given.get(name) {
            Some(GivenValue::Value(value)) => Some(value.clone()),
            Some(GivenValue::Previous) => Some(previous(name, former)?),
            None => declaration["Default"].as_str().map(str::to_owned),
        };
        match value {
            None => missing.push(name),
            Some(value) if value.len() > MOST_VALUE_BYTES => {
                return Err(Refusal::validation(format!(
                    "Parameter '{name}' must be at most {MOST_VALUE_BYTES} bytes long"
                )));
            }
            Some(value) => {
                resolved.insert(name.to_owned(), checked(name, declaration, value)?);
            }
        }
    }
    if missing.is_empty() {
        stored.resolve(template, &mut resolved)?;
        return Ok(resolved);
    }
    Err(Refusal::validation(format!("Parameters: [{}] must have values", missing.join(", "))))
}

/// What a request says of a parameter.
pub enum GivenValue {
    Value(String),
    /// It keeps the value that it has.
    Previous,
}

/// Reads the parameters that a request gives.
///
/// # Errors
/// If one is given twice, or with no value or two.
pub fn given(given: &[Form]) -> Result<BTreeMap<String, GivenValue>, Refusal> {
    let mut named = BTreeMap::new();
    for parameter in given {
        let name = parameter.required("ParameterKey")?.to_owned();
        let value = match (parameter.flag("UsePreviousValue")?, parameter.as_sent("ParameterValue"))
        {
            (Some(true), None) => GivenValue::Previous,
            (Some(true), Some(_)) => {
                return Err(Refusal::validation(format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as \
                     true and a value for a parameter key at the same time"
                )));
            }
            (_, Some(value)) => GivenValue::Value(value.to_owned()),
            (_, None) => {
                return Err(Refusal::validation(format!(
                    "Invalid input for parameter key {name}. Either UsePreviousValue or a value \
                     must be specified"
                )));
            }
        };
        if named.insert(name.clone(), value).is_some() {
            return Err(Refusal::validation(format!("Parameter {name} is given twice")));
        }
    }
    Ok(named)
}

fn previous(name: &str, former: Option<&Definition>) -> Result<String, Refusal> {
    let former = former.and_then(|former| former.parameters.get(name));
    former.map(|parameter| parameter.value.clone()).ok_or_else(|| {
        Refusal::validation(format!(
            "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for \
             a parameter key not in the previous template"
        ))
    })
}

fn checked(name: &str, declaration: &Json, value: String) -> Result<StackParameter, Refusal> {
    let declared = declaration["Type"].as_str().unwrap_or_default();
    let is_list = match stored_type(declared).unwrap_or(declared) {
        "String" | "Number" => false,
        "CommaDelimitedList" | "List<Number>" | "List<String>" => true,
        // What AWS would look up in the account, the sandbox takes as it is.
        plain if plain.starts_with("AWS::") => false,
        list if list.starts_with("List<AWS::") => true,
        other => return Err(malformed(format!("Unrecognized parameter type: {other}"))),
    };
    let items: Vec<&str> = match is_list {
        true if stored_type(declared).is_none() => value.split(',').map(str::trim).collect(),
        _ => vec![&value],
    };
    let pattern = declaration["AllowedPattern"].as_str().map(Pattern::new);
    let is_number = declared.contains("Number");
    for item in items.into_iter().filter(|item| !is_made_up_text(item)) {
        if let Some(rule) = broken_rule(declaration, pattern.as_ref(), item, is_number) {
            let description = declaration["ConstraintDescription"].as_str();
            let words = description
                .map_or(rule, |description| format!("failed to satisfy constraint: {description}"));
            return Err(Refusal::validation(format!("Parameter '{name}' {words}")));
        }
    }
    let is_secret = declaration["NoEcho"] == "true";
    Ok(StackParameter { value, stored: None, is_list, is_secret })
}

/// Returns the constraint that a value breaks, in AWS's words.
fn broken_rule(
    declaration: &Json,
    pattern: Option<&Pattern>,
    value: &str,
    is_number: bool,
) -> Option<String> {
    let number = |key: &str| declaration[key].as_str().and_then(|text| text.parse::<f64>().ok());
    let allowed = declaration["AllowedValues"].as_array();
    if allowed.is_some_and(|allowed| !allowed.iter().any(|item| item == value)) {
        return Some("must be one of AllowedValues".to_owned());
    }
    if is_number {
        let Ok(found) = value.trim().parse::<f64>() else {
            return Some("must be a number".to_owned());
        };
        if let Some(least) = number("MinValue").filter(|least| found < *least) {
            return Some(format!("must be a number not less than {least}"));
        }
        let most = number("MaxValue").filter(|most| found > *most)?;
        return Some(format!("must be a number not greater than {most}"));
    }
    let length = value.chars().count() as f64;
    if let Some(least) = number("MinLength").filter(|least| length < *least) {
        return Some(format!("must contain at least {least} characters"));
    }
    if let Some(most) = number("MaxLength").filter(|most| length > *most) {
        return Some(format!("must contain at most {most} characters"));
    }
    let pattern = pattern.filter(|pattern| !pattern.accepts(value))?;
    Some(format!("must match pattern {}", pattern.text))
}
