//! Secrets: those that stacks make, and those that were made by hand.
//!
//! Source: the CloudFormation template reference, `AWS::SecretsManager::Secret`; the user guide, "Get a secret or
//! secret value from Secrets Manager".

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::exports::standing;
use super::made_up;
use super::operation_id::uuid_of;
use super::stack::{Resource, StoredStack};
use super::stored_values::StoredValues;
use crate::name::Region;
use crate::sandbox::world::{SandboxAccount, SoughtValue, StoredSecret, ValuePlace};

const TYPE: &str = "AWS::SecretsManager::Secret";
/// How many parts an ARN of a secret has.
const ARN_PARTS: usize = 7;

/// Returns what `secret-id:SecretString:json-key:version-stage:version-id` leads to.
///
/// # Errors
/// If it leads to nothing, in the words of a status reason.
pub fn value(
    stored: &StoredValues<'_>,
    stack: &StoredStack,
    reference: &str,
) -> Result<String, String> {
    let account = stored.account;
    let id = id(reference);
    let rest: Vec<&str> = reference[id.len()..].split(':').skip(1).collect();
    let part = |at: usize| rest.get(at).copied().filter(|part| !part.is_empty());
    let made = find(account, stack, &id).map(|resource| held(account, resource));
    let secret = made
        .or_else(|| by_hand(account, &stack.region, &id))
        .and_then(|secret| secret.text)
        .filter(|_| part(2).is_none_or(|stage| stage == "AWSCURRENT") && part(3).is_none());
    let Some(secret) = secret else {
        let (account, region) = (account.id.clone(), stack.region.clone());
        let place = ValuePlace { account, region, value: SoughtValue::Secret(id) };
        let made_up = stored.made_up.stand_in(place, || made_up::text("secret"));
        return made_up.ok_or_else(|| not_found(reference));
    };
    let Some(key) = part(1) else { return Ok(secret) };
    let held: Json = serde_json::from_str(&secret)
        .map_err(|_| "Could not parse SecretString JSON".to_owned())?;
    match &held[key] {
        Json::String(text) => Ok(text.clone()),
        plain @ (Json::Number(_) | Json::Bool(_)) => Ok(plain.to_string()),
        _ => Err("Could not find a value associated with JSONKey in SecretString".to_owned()),
    }
}

/// Returns which secret a reference names, by its name or its ARN.
pub fn id(reference: &str) -> String {
    let parts: Vec<&str> = reference.split(':').collect();
    let id_parts = if parts[0] == "arn" { ARN_PARTS.min(parts.len()) } else { 1 };
    parts[..id_parts].join(":")
}

/// Returns the ARN of a secret, which ends in a star where there is none.
pub fn arn(account: &SandboxAccount, stack: &StoredStack, id: &str) -> String {
    let (partition, region, of) = (stack.region.partition(), &stack.region, &stack.account);
    let made = find(account, stack, id).map(|secret| secret.physical_id.clone());
    match made.or_else(|| by_hand(account, region, id).map(|secret| secret.arn)) {
        Some(arn) => arn,
        None if id.starts_with("arn:") => id.to_owned(),
        None => format!("arn:{partition}:secretsmanager:{region}:{of}:secret:{id}-*"),
    }
}

fn not_found(reference: &str) -> String {
    let request = uuid_of(reference);
    format!(
        "Secrets Manager can't find the specified secret. (Service: AWSSecretsManager; Status Code: 400; Error \
         Code: ResourceNotFoundException; Request ID: {request}; Proxy: null)"
    )
}

/// A secret and what it holds.
pub struct HeldSecret {
    /// Its ARN, six letters at the end.
    pub arn: String,
    /// Its name, without those letters.
    pub name: String,
    /// Its text; absent where none was ever given.
    pub text: Option<String>,
    /// The id of its version.
    pub version_id: String,
}

/// Returns the secret of a Region that has this name or ARN, whoever made it.
pub fn secret(account: &SandboxAccount, region: &Region, id: &str) -> Option<HeldSecret> {
    by_hand(account, region, id).or_else(|| {
        let mut made = standing(account, region)
            .flat_map(|stack| stack.resources.keys().filter_map(|id| stack.standing(id)));
        made.find(|resource| is_called(resource, id)).map(|resource| held(account, resource))
    })
}

/// Returns a secret that no stack made.
fn by_hand(account: &SandboxAccount, region: &Region, id: &str) -> Option<HeldSecret> {
    let within = format!(":secretsmanager:{region}:");
    let own = account.secrets.iter().filter(|(arn, _)| arn.contains(&within));
    let mut named = own.filter(|(arn, secret)| *arn == id || secret.name == id || names(arn, id));
    let (arn, stored) = named.next()?;
    Some(HeldSecret {
        arn: arn.clone(),
        name: stored.name.clone(),
        text: Some(stored.text.clone()),
        version_id: stored.version_id.clone(),
    })
}

/// Returns what a secret that a stack made holds: what it was given since, else what its template gives.
fn held(account: &SandboxAccount, resource: &Resource) -> HeldSecret {
    let arn = resource.physical_id.clone();
    let name = name(without_suffix(&arn)).unwrap_or_default().to_owned();
    match account.secrets.get(&arn) {
        Some(StoredSecret { text, version_id, .. }) => {
            let (text, version_id) = (Some(text.clone()), version_id.clone());
            HeldSecret { arn, name, text, version_id }
        }
        None => {
            let text = content(resource);
            let version_id = uuid_of(&format!("{arn} {}", text.as_deref().unwrap_or_default()));
            HeldSecret { arn, name, text, version_id }
        }
    }
}

fn without_suffix(arn: &str) -> &str {
    arn.rsplit_once('-').map_or(arn, |(before, _)| before)
}

fn name(arn_without_suffix: &str) -> Option<&str> {
    arn_without_suffix.rsplit_once(":secret:").map(|(_, name)| name)
}

/// Whether `id` is this ARN without its last six letters, or the name in it.
fn names(arn: &str, id: &str) -> bool {
    without_suffix(arn) == id || name(without_suffix(arn)) == Some(id)
}

/// Whether a resource is the secret of an ARN, whole or without its last six letters, or of a name.
fn is_called(resource: &Resource, id: &str) -> bool {
    let arn = &resource.physical_id;
    resource.resource_type == TYPE && !arn.is_empty() && (arn == id || names(arn, id))
}

fn find<'a>(account: &'a SandboxAccount, stack: &'a StoredStack, id: &str) -> Option<&'a Resource> {
    let is_it = |resource: &&Resource| is_called(resource, id);
    // The stack that is being worked on is not in its account meanwhile.
    let stacks = std::iter::once(stack).chain(standing(account, &stack.region));
    stacks.flat_map(|stack| stack.resources.keys().filter_map(|id| stack.standing(id))).find(is_it)
}

/// Returns what a secret holds: what its template gives, or what is generated; nothing if neither is asked for.
fn content(secret: &Resource) -> Option<String> {
    if let Some(given) = secret.properties["SecretString"].as_str() {
        return Some(given.to_owned());
    }
    let asked = secret.properties.get("GenerateSecretString")?;
    let password = generated(secret, asked);
    let Some(key) = asked["GenerateStringKey"].as_str() else { return Some(password) };
    let template = asked["SecretStringTemplate"].as_str().unwrap_or("{}");
    let mut held: Json = serde_json::from_str(template).ok().filter(Json::is_object)?;
    held[key] = json!(password);
    Some(held.to_string())
}

fn generated(secret: &Resource, asked: &Json) -> String {
    let excluded = asked["ExcludeCharacters"].as_str().unwrap_or_default();
    let is_out = |key: &str| asked[key] == "true";
    let letters: Vec<char> = ('a'..='z')
        .filter(|_| !is_out("ExcludeLowercase"))
        .chain(('A'..='Z').filter(|_| !is_out("ExcludeUppercase")))
        .chain(('0'..='9').filter(|_| !is_out("ExcludeNumbers")))
        .filter(|letter| !excluded.contains(*letter))
        .collect();
    let length = asked["PasswordLength"].as_str().and_then(|text| text.parse().ok());
    let length: usize = length.unwrap_or(32).min(4096);
    let bytes = (0..).flat_map(|block: u32| Sha256::digest(format!("{}/{block}", secret.token)));
    bytes
        .take(length)
        .filter_map(|byte| letters.get(usize::from(byte) % letters.len().max(1)))
        .collect()
}
