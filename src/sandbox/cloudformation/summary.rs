//! `GetTemplate`, `GetTemplateSummary`, `ValidateTemplate`.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::definition::Definition;
use super::template::{self, entries};
use super::transform::transformed;
use super::{capabilities, change_set, identity, request, show, validate};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::{Refusal, xml};

/// Returns the template of a stack or a change set, but for what is outside ASCII: as it was sent, or as its
/// transforms leave it.
///
/// # Errors
/// If there is no such stack or change set.
pub fn get_template(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let definition = match call.form.optional("ChangeSetName") {
        Some(_) => &change_set::change_set(call)?.1.definition,
        None => &identity::find(call)?.definition,
    };
    let body = match call.form.optional("TemplateStage") {
        None | Some("Original") => definition.body.clone(),
        Some("Processed") if definition.transform_failure.is_some() => {
            return Err(Refusal::validation("Template stage Processed is not available"));
        }
        Some("Processed") if is_transformed(definition) => definition.template.to_string(),
        Some("Processed") => definition.body.clone(),
        Some(other) => {
            let rule = "satisfy enum value set: [Original, Processed]";
            return Err(Refusal::constraint(other, "templateStage", rule));
        }
    };
    Ok(xml::text("TemplateBody", xml::ascii(&body))
        + &xml::texts("StagesAvailable", ["Original", "Processed"]))
}

fn is_transformed(definition: &Definition) -> bool {
    // What is left of a template whose transforms were carried out does not name them any more.
    template::read(&definition.body).is_ok_and(|sent| sent != definition.template)
}

/// Returns what a template needs, by itself or as a stack has it.
///
/// # Errors
/// If there is no such template or it is malformed.
pub fn get_template_summary(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let template = match call.form.optional("StackName") {
        Some(_) => identity::find(call)?.definition.template.clone(),
        None => read(call)?,
    };
    let types: BTreeSet<&str> = entries(&template, "Resources")
        .filter_map(|(_, resource)| resource["Type"].as_str())
        .collect();
    Ok([
        xml::list("Parameters", show::declarations(&template)),
        xml::optional("Description", template["Description"].as_str()),
        needed(&template),
        xml::texts("ResourceTypes", types),
        xml::optional("Version", template["AWSTemplateFormatVersion"].as_str()),
    ]
    .concat())
}

/// Checks a template by itself.
///
/// # Errors
/// If it is malformed.
pub fn validate_template(call: &QueryCall<'_>) -> Result<String, Refusal> {
    let template = read(call)?;
    Ok([
        xml::list("Parameters", show::declarations(&template)),
        xml::optional("Description", template["Description"].as_str()),
        needed(&template),
    ]
    .concat())
}

fn read(call: &QueryCall<'_>) -> Result<Json, Refusal> {
    let template = template::read(&request::body(call)?)?;
    let template = transformed(template, &request::known_values(call, None)).template;
    validate::check(&template)?;
    Ok(template)
}

fn needed(template: &Json) -> String {
    let Some((capability, types)) = capabilities::needed(template) else { return String::new() };
    let types = types.join(", ");
    let reason = format!("The following resource(s) require capabilities: [{types}]");
    xml::texts("Capabilities", [capability]) + &xml::text("CapabilitiesReason", reason)
}
