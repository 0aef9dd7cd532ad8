//! `PutParameter`: parameters are made, and get other values.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::refusals::{missing, validation};
use crate::name::Region;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, StoredParameter, TakenName, name_key};

/// The resource type whose names are those of parameters.
pub const TYPE: &str = "AWS::SSM::Parameter";

/// The longest value of a standard parameter, in characters.
const LONGEST_VALUE: usize = 4096;

/// Makes a parameter, or gives one another value.
///
/// # Errors
/// If the service does not take the name, the value or the type, or the parameter stands already.
pub fn put(
    account: &mut SandboxAccount,
    region: &Region,
    name: &str,
    input: &Json,
    now: Timestamp,
) -> Result<Json, Refusal> {
    check_name(name)?;
    let value = input["Value"].as_str().ok_or_else(|| missing("value"))?;
    if value.is_empty() || value.chars().count() > LONGEST_VALUE {
        return Err(validation(format!(
            "a standard parameter's value has 1 to {LONGEST_VALUE} characters"
        )));
    }
    let kind = input["Type"].as_str();
    if kind.is_some_and(|kind| !matches!(kind, "String" | "StringList" | "SecureString")) {
        return Err(Refusal::unknown_operation(format!(
            "parameters of the type {}",
            kind.unwrap_or_default()
        )));
    }
    let key = name_key(TYPE, Some(region), name);
    let parameter = match account.parameters.get(&key) {
        None => {
            let kind = kind.ok_or_else(|| {
                validation("A parameter type is required when you create a parameter.")
            })?;
            StoredParameter {
                kind: kind.to_owned(),
                value: value.to_owned(),
                version: 1,
                changed: now,
            }
        }
        Some(_) if input["Overwrite"] != json!(true) => {
            return Err(Refusal::bad_request(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in \
                 the request to true.",
            ));
        }
        Some(standing) if kind.is_some_and(|kind| kind != standing.kind) => {
            return Err(Refusal::bad_request(
                "HierarchyTypeMismatchException",
                "Parameter Store does not support changing a parameter type in a hierarchy.",
            ));
        }
        Some(standing) => standing.with_value(value, now),
    };
    let version = parameter.version;
    account.parameters.insert(key.clone(), parameter);
    let by_hand = || TakenName { id: name.to_owned(), stack: None };
    account.names.entry(key).or_insert_with(by_hand);
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

/// Checks a new name. Source: the API reference, `PutParameter`, parameter `Name`.
fn check_name(name: &str) -> Result<(), Refusal> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if !name.chars().all(is_plain) {
        return Err(validation(
            "Only a mix of letters, numbers and the following 4 symbols .-_/ are allowed.",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(validation("Parameter name must be a fully qualified name."));
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(validation(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).",
        ));
    }
    Ok(())
}
