//! Custom action types as resources of a stack.
//!
//! A template's property is the API's member with a capital letter, and its numbers and booleans
//! have become text on the way.

use serde_json::{Map, Value as Json, json};

use super::declaration::ActionTypeId;
use crate::name::Region;
use crate::sandbox::world::SandboxAccount;

/// The resource type.
pub const ACTION_TYPE: &str = "AWS::CodePipeline::CustomActionType";

/// Whether there is an action type of that category, provider and version already.
pub fn has_action_type(account: &SandboxAccount, region: &Region, properties: &Json) -> bool {
    account.code_pipeline.action_types.contains_key(&key(region, properties))
}

/// Makes the action type that a template describes.
pub fn put_action_type(account: &mut SandboxAccount, region: &Region, properties: &Json) {
    let described = |property: &str| of_api(&properties[property]);
    let mut made = json!({
        "id": id(properties),
        "actionConfigurationProperties": match described("ConfigurationProperties") {
            Json::Null => json!([]),
            listed => listed,
        },
        "inputArtifactDetails": described("InputArtifactDetails"),
        "outputArtifactDetails": described("OutputArtifactDetails"),
    });
    if !properties["Settings"].is_null() {
        made["settings"] = described("Settings");
    }
    account.code_pipeline.action_types.insert(key(region, properties), made);
}

/// Deletes the action type that a template described.
pub fn remove_action_type(account: &mut SandboxAccount, region: &Region, properties: &Json) {
    account.code_pipeline.action_types.remove(&key(region, properties));
}

fn key(region: &Region, properties: &Json) -> String {
    format!("{region}/{}", id(properties))
}

fn id(properties: &Json) -> ActionTypeId {
    let text = |property: &str| properties[property].as_str().unwrap_or_default().to_owned();
    ActionTypeId {
        category: text("Category"),
        owner: "Custom".to_owned(),
        provider: text("Provider"),
        version: text("Version"),
    }
}

/// Returns what a template says as the API says it.
fn of_api(value: &Json) -> Json {
    match value {
        Json::Array(listed) => listed.iter().map(of_api).collect(),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| (small(name), said(name, value));
            Json::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn said(name: &str, value: &Json) -> Json {
    let text = value.as_str().unwrap_or_default();
    match name {
        "Key" | "Queryable" | "Required" | "Secret" if !text.is_empty() => json!(text == "true"),
        "MinimumCount" | "MaximumCount" => text.parse::<u32>().map_or(value.clone(), Json::from),
        _ => of_api(value),
    }
}

/// Returns a name with a small first letter.
fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
