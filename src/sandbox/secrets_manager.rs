//! A little of Secrets Manager: secrets that are text, each in its newest version alone.
//!
//! Source: the Secrets Manager API reference, `CreateSecret`, `PutSecretValue`, `GetSecretValue` and `DeleteSecret`.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::caller::SignedCaller;
use super::cloudformation::{HeldSecret, secret, uuid_of};
use super::iam::{Authorizer, NeededPermission};
use super::wire::Refusal;
use super::world::{SandboxAccount, Settings, Store, StoredSecret};

/// The actions that there are.
const ACTIONS: &[&str] = &["CreateSecret", "PutSecretValue", "GetSecretValue", "DeleteSecret"];

/// The longest text of a secret, in bytes.
const LONGEST_TEXT: usize = 65_536;

/// Carries out an action, such as `GetSecretValue`.
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
    if !ACTIONS.contains(&action) {
        return Err(Refusal::unknown_operation(format!("secretsmanager:{action}")));
    }
    let member = if action == "CreateSecret" { "Name" } else { "SecretId" };
    let Some(id) = input[member].as_str().filter(|id| !id.is_empty()) else {
        let message = format!("You must provide a value for the {member} parameter.");
        return Err(invalid(message));
    };
    let region = &caller.region;
    let account = store.account(&caller.account);
    let made_up = || {
        let text = settings.made_up_values.secret(&account.id, region, id)?;
        Some(HeldSecret {
            arn: arn(caller, id),
            name: id.to_owned(),
            version_id: uuid_of(&text),
            text: Some(text),
        })
    };
    let found = secret(account, region, id);
    let asked = found.as_ref().map_or_else(|| arn(caller, id), |secret| secret.arn.clone());
    let needed = NeededPermission::new(format!("secretsmanager:{action}"), &asked);
    Authorizer::new(caller, account, now, settings).check(&needed, |_| {})?;
    match action {
        "CreateSecret" if found.is_some() => {
            let message = format!("The operation failed because the secret {id} already exists.");
            Err(Refusal::bad_request("ResourceExistsException", message))
        }
        "CreateSecret" => create(store.change(&caller.account).0, id, input, asked),
        "GetSecretValue" => read(found.or_else(made_up).ok_or_else(not_found)?, input),
        "PutSecretValue" => {
            let secret = found.ok_or_else(not_found)?;
            let text = text(input)?.ok_or_else(|| {
                let message = "You must provide either SecretString or SecretBinary.";
                Refusal::bad_request("InvalidRequestException", message)
            })?;
            Ok(put(store.change(&caller.account).0, secret, text, input))
        }
        _ => {
            let secret = found.ok_or_else(not_found)?;
            let (account, _) = store.change(&caller.account);
            account.secrets.remove(&secret.arn).ok_or_else(|| {
                Refusal::unknown_operation("the deletion of a secret that a stack made, by hand")
            })?;
            let deleted = now.as_millisecond() as f64 / 1000.0;
            Ok(json!({ "ARN": secret.arn, "Name": secret.name, "DeletionDate": deleted }))
        }
    }
}

fn create(
    account: &mut SandboxAccount,
    name: &str,
    input: &Json,
    arn: String,
) -> Result<Json, Refusal> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@!-".contains(c);
    if !name.chars().all(is_plain) {
        return Err(Refusal::bad_request(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: \
             -/_+=.@!",
        ));
    }
    let text = text(input)?.ok_or_else(|| Refusal::unknown_operation("secrets without a text"))?;
    let name = name.to_owned();
    let secret = HeldSecret { arn, name, text: None, version_id: String::new() };
    Ok(put(account, secret, text, input))
}

/// Gives a secret a text.
fn put(account: &mut SandboxAccount, secret: HeldSecret, text: &str, input: &Json) -> Json {
    let HeldSecret { arn, name, version_id: before, .. } = secret;
    // Whoever sends no token of its own gets a version of its own.
    let version_id = match input["ClientRequestToken"].as_str() {
        Some(token) => token.to_owned(),
        None => uuid_of(&format!("{arn} {before} {text}")),
    };
    let (text, version) = (text.to_owned(), version_id.clone());
    let stored = StoredSecret { name: name.clone(), text, version_id };
    account.secrets.insert(arn.clone(), stored);
    json!({ "ARN": arn, "Name": name, "VersionId": version, "VersionStages": ["AWSCURRENT"] })
}

fn read(secret: HeldSecret, input: &Json) -> Result<Json, Refusal> {
    let stage = input["VersionStage"].as_str().unwrap_or("AWSCURRENT");
    let is_kept = stage == "AWSCURRENT"
        && input["VersionId"].as_str().is_none_or(|version| version == secret.version_id);
    let Some(text) = secret.text.filter(|_| is_kept) else {
        let message = format!(
            "Secrets Manager can't find the specified secret value for staging label: {stage}"
        );
        return Err(Refusal::bad_request("ResourceNotFoundException", message));
    };
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "SecretString": text,
        "VersionId": secret.version_id,
        "VersionStages": ["AWSCURRENT"],
    }))
}

/// Returns the text that a request gives.
fn text(input: &Json) -> Result<Option<&str>, Refusal> {
    if input["SecretBinary"].is_string() {
        return Err(Refusal::unknown_operation("secrets that are no text"));
    }
    let text = input["SecretString"].as_str();
    match text {
        Some(text) if text.is_empty() || text.len() > LONGEST_TEXT => {
            Err(invalid(format!("a secret's text has 1 to {LONGEST_TEXT} bytes")))
        }
        text => Ok(text),
    }
}

/// Returns the ARN of a secret that is made: six letters follow its name.
fn arn(caller: &SignedCaller, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let (region, account) = (&caller.region, &caller.account);
    let suffix = &uuid_of(&format!("{account} {region} {id}"))[..6];
    format!("arn:{}:secretsmanager:{region}:{account}:secret:{id}-{suffix}", region.partition())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidParameterException", message)
}

fn not_found() -> Refusal {
    let message = "Secrets Manager can't find the specified secret.";
    Refusal::bad_request("ResourceNotFoundException", message)
}
