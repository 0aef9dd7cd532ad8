//! Custom action types: made, listed and deleted.

use serde_json::{Map, Value as Json, json};

use super::call::PipelineCall;
use super::checks;
use super::declaration::ActionTypeId;
use crate::sandbox::wire::Refusal;

/// The categories an action can have.
pub const CATEGORIES: [&str; 7] =
    ["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"];

/// Makes a custom action type.
///
/// # Errors
/// If the caller may not, the request breaks a rule, or there is such a type.
pub fn create(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let id = asked(call.input)?;
    call.authorize("CreateCustomActionType", &call.arn(&format!("actiontype:{id}")))?;
    let properties = call.input["configurationProperties"].as_array().cloned().unwrap_or_default();
    if properties.len() > 10 {
        let message = "Custom action types have 10 configuration properties at most";
        return Err(Refusal::bad_request("LimitExceededException", message));
    }
    check_properties(&properties)?;
    for side in ["inputArtifactDetails", "outputArtifactDetails"] {
        if call.input[side].is_null() {
            return Err(checks::missing(side));
        }
        for bound in ["minimumCount", "maximumCount"] {
            checks::number(&call.input[side][bound], &format!("{side}.{bound}"), 0, 5)?;
        }
    }
    let mut made = json!({
        "id": id,
        "actionConfigurationProperties": properties,
        "inputArtifactDetails": call.input["inputArtifactDetails"],
        "outputArtifactDetails": call.input["outputArtifactDetails"],
    });
    if !call.input["settings"].is_null() {
        made["settings"] = call.input["settings"].clone();
    }
    let key = call.key(&id.to_string());
    if call.state().action_types.contains_key(&key) {
        return Err(checks::validation(format!("the action type {id} already exists")));
    }
    call.change().action_types.insert(key, made.clone());
    Ok(json!({ "actionType": made }))
}

/// At most one property is queryable, and that one is a key that is required and no secret.
fn check_properties(properties: &[Json]) -> Result<(), Refusal> {
    for property in properties {
        checks::text(&property["name"], "configurationProperties.member.name")?;
        checks::length(&property["name"], "configurationProperties.member.name", 1, 50)?;
    }
    let is_queryable = |property: &&Json| property["queryable"] == json!(true);
    let queryable: Vec<&Json> = properties.iter().filter(is_queryable).collect();
    let is_open =
        |property: &&Json| property["required"] == json!(true) && property["secret"] != json!(true);
    if queryable.len() > 1 || !queryable.iter().all(is_open) {
        return Err(checks::validation(
            "only one property is queryable, and it is required and no secret",
        ));
    }
    Ok(())
}

/// Deletes a custom action type; one that is missing is deleted already.
///
/// # Errors
/// If the caller may not, or the request breaks a rule.
pub fn delete(call: &mut PipelineCall<'_>) -> Result<Json, Refusal> {
    let id = asked(call.input)?;
    call.authorize("DeleteCustomActionType", &call.arn(&format!("actiontype:{id}")))?;
    let key = call.key(&id.to_string());
    call.change().action_types.remove(&key);
    Ok(Json::Object(Map::new()))
}

/// Lists the custom action types; those of AWS are not shown.
///
/// # Errors
/// If the caller may not.
pub fn list(call: &PipelineCall<'_>) -> Result<Json, Refusal> {
    call.authorize("ListActionTypes", "*")?;
    let region = call.key("");
    let is_asked_for = call.input["actionOwnerFilter"].as_str().is_none_or(|one| one == "Custom");
    let types = &call.state().action_types;
    let types = types.iter().filter(|(key, _)| is_asked_for && key.starts_with(&region));
    Ok(json!({ "actionTypes": types.map(|(_, shown)| shown).collect::<Vec<_>>() }))
}

/// Reads the type a request names; its owner is `Custom`.
fn asked(input: &Json) -> Result<ActionTypeId, Refusal> {
    checks::one_of(&input["category"], "category", &CATEGORIES)?;
    checks::name(&input["provider"], "provider", "_-", 35)?;
    checks::name(&input["version"], "version", "_-", 9)?;
    let text = |member: &str| input[member].as_str().unwrap_or_default().to_owned();
    Ok(ActionTypeId {
        category: text("category"),
        owner: "Custom".to_owned(),
        provider: text("provider"),
        version: text("version"),
    })
}
