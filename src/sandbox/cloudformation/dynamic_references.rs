//! Dynamic references: `{{resolve:ssm:…}}`, `{{resolve:ssm-secure:…}}` and `{{resolve:secretsmanager:…}}`.
//!
//! They are resolved for a resource's service alone: whatever is kept and shown of the resource has the reference.
//!
//! Source: the CloudFormation user guide, "Get values stored in other services using dynamic references". A parameter
//! that is missing is refused with the request, a secret fails the resource that asks for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::evaluate::{TemplateScope, function};
use super::secrets;
use super::stack::{Resource, StoredStack};
use super::stored_values::StoredValues;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{MadeUpValues, SandboxAccount};

const BEGIN: &str = "{{resolve:";
const END: &str = "}}";

/// Returns a resource as its service sees it.
///
/// # Errors
/// If a reference leads to nothing, in the words of a status reason.
pub fn served(
    account: &SandboxAccount,
    made_up: &MadeUpValues,
    stack: &StoredStack,
    resource: &Resource,
) -> Result<Resource, String> {
    let mut served = resource.clone();
    let stored = StoredValues { account, region: &stack.region, reader: None, made_up };
    resolve(&stored, stack, &mut served.properties)?;
    Ok(served)
}

fn resolve(stored: &StoredValues<'_>, stack: &StoredStack, value: &mut Json) -> Result<(), String> {
    match value {
        Json::String(text) if text.contains(BEGIN) => {
            *text = text_with(text, |reference| resolved(stored, stack, reference))?;
            Ok(())
        }
        Json::Array(items) => items.iter_mut().try_for_each(|item| resolve(stored, stack, item)),
        Json::Object(members) => {
            members.values_mut().try_for_each(|member| resolve(stored, stack, member))
        }
        _ => Ok(()),
    }
}

/// Returns the references in a value that holds no functions any more.
pub fn named_in(value: &Json) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    match value {
        Json::String(text) => enter(text, &mut named),
        Json::Array(items) => items.iter().for_each(|item| named.extend(named_in(item))),
        Json::Object(members) => members.values().for_each(|value| named.extend(named_in(value))),
        _ => {}
    }
    named
}

/// Enters the references of a text.
fn enter(text: &str, named: &mut BTreeSet<String>) {
    let found = text_with(text, |reference| {
        named.insert(reference.to_owned());
        Ok(String::new())
    });
    debug_assert!(found.is_ok(), "collecting never fails");
}

/// Returns a text with what `resolved` makes of each reference.
fn text_with(
    text: &str,
    mut resolved: impl FnMut(&str) -> Result<String, String>,
) -> Result<String, String> {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((reference, behind)) = after.split_once(END) else { break };
        done.push_str(before);
        done.push_str(&resolved(reference)?);
        rest = behind;
    }
    Ok(done + rest)
}

fn resolved(
    stored: &StoredValues<'_>,
    stack: &StoredStack,
    reference: &str,
) -> Result<String, String> {
    match reference.split_once(':') {
        Some(("ssm" | "ssm-secure", name)) => {
            stored.value(name, "String").ok_or_else(|| missing(&[reference]))
        }
        Some(("secretsmanager", secret)) => secrets::value(stored, stack, secret),
        _ => Ok(format!("{BEGIN}{reference}{END}")),
    }
}

fn missing(references: &[&str]) -> String {
    format!("Parameters: [{}] cannot be found.", references.join(", "))
}

/// Checks that the parameters are there, and may be read, that wanted resources refer to.
///
/// # Errors
/// If one is not, or may not.
pub fn check(
    scope: &TemplateScope<'_>,
    stored: &StoredValues<'_>,
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(), Refusal> {
    let mut named = BTreeSet::new();
    for id in wanted.keys() {
        let properties = &scope.stack.definition.template["Resources"][id]["Properties"];
        if properties.to_string().contains("resolve:") {
            collect(scope, properties, &mut named);
        }
    }
    let mut absent = Vec::new();
    for reference in &named {
        let name = reference.strip_prefix("ssm:").filter(|name| !name.contains('$'));
        let Some(name) = name else { continue };
        stored.permit(name)?;
        if stored.value(name, "String").is_none() {
            absent.push(reference.as_str());
        }
    }
    if absent.is_empty() { Ok(()) } else { Err(Refusal::validation(missing(&absent))) }
}

/// Collects the references of a value, as far as they are known before anything is made.
fn collect(scope: &TemplateScope<'_>, value: &Json, named: &mut BTreeSet<String>) {
    let text = match value {
        Json::String(text) => Some(text.clone()),
        Json::Object(members) if function(members).is_some() => scope.text(value).ok(),
        _ => None,
    };
    match (text, value) {
        (Some(text), _) => enter(&text, named),
        (None, Json::Array(items)) => items.iter().for_each(|item| collect(scope, item, named)),
        (None, Json::Object(members)) => {
            members.values().for_each(|member| collect(scope, member, named));
        }
        (None, _) => {}
    }
}
