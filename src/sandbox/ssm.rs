//! A little of Systems Manager: the parameter store.
//!
//! Source: the Systems Manager API reference, `PutParameter`, `GetParameter` and `DeleteParameter`.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::caller::SignedCaller;
use super::iam::{Authorizer, NeededPermission};
use super::wire::Refusal;
use super::world::{SandboxAccount, Settings, Store, StoredParameter, TakenName, name_key};
use crate::name::Region;

/// The resource type whose names are those of parameters.
const TYPE: &str = "AWS::SSM::Parameter";

/// The longest value of a standard parameter, in characters.
const LONGEST_VALUE: usize = 4096;

/// Carries out an action, such as `PutParameter`.
///
/// # Errors
/// If the caller may not, or the request is not as the service wants it.
pub fn answer(
    action: &str,
    input: &Json,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Result<Json, Refusal> {
    if !matches!(action, "PutParameter" | "GetParameter" | "DeleteParameter") {
        return Err(unknown(format!("ssm:{action}")));
    }
    let Some(name) = input["Name"].as_str().filter(|name| !name.is_empty()) else {
        return Err(missing("name"));
    };
    let (account, region) = (&caller.account, &caller.region);
    let arn = arn(account.as_str(), region, name);
    let access = Authorizer::new(caller, store.account(account), now, settings);
    access.check(&NeededPermission::new(format!("ssm:{action}"), &arn), |_| {})?;
    let key = name_key(TYPE, Some(region), name);
    match action {
        "PutParameter" => put(store.change(account).0, region, name, input, now),
        "GetParameter" => {
            let parameter = store.account(account).parameters.get(&key).ok_or_else(not_found)?;
            Ok(json!({ "Parameter": shown(name, &arn, parameter) }))
        }
        _ => {
            let (account, _) = store.change(account);
            account.parameters.remove(&key).ok_or_else(not_found)?;
            account.names.remove(&key);
            Ok(Json::Object(Map::new()))
        }
    }
}

/// Makes a parameter, or gives one another value.
fn put(
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
    if kind.is_some_and(|kind| !matches!(kind, "String" | "StringList")) {
        return Err(unknown(format!("parameters of the type {}", kind.unwrap_or_default())));
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

fn shown(name: &str, arn: &str, parameter: &StoredParameter) -> Json {
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": parameter.changed.as_millisecond() as f64 / 1000.0,
        "ARN": arn,
        "DataType": "text",
    })
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

fn arn(account: &str, region: &Region, name: &str) -> String {
    let partition = region.partition();
    let slash = if name.starts_with('/') { "" } else { "/" };
    format!("arn:{partition}:ssm:{region}:{account}:parameter{slash}{name}")
}

fn missing(member: &str) -> Refusal {
    validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
         Member must not be null"
    ))
}

fn validation(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("ValidationException", message)
}

fn not_found() -> Refusal {
    Refusal::bad_request("ParameterNotFound", "")
}

fn unknown(what: impl std::fmt::Display) -> Refusal {
    Refusal::bad_request("UnknownOperationException", format!("the sandbox does not offer {what}"))
}
