//! Early validation and hooks: what they find wrong with a resource, as its `Metadata: { Sandbox: … }` asks
//! for it.
//!
//! Source: the CloudFormation user guide, "Validate stack deployments"; the Hooks user guide.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::finding::{Finder, HookAnnotation, StoredFinding};
use super::operation_id::{self, uuid_of};
use super::stack::StoredStack;
use super::stack_event::HookNote;

/// Returns what is found wrong with the resources named of a template, for a change set.
pub fn of_change_set<'a>(
    template: &Json,
    wanted: impl Iterator<Item = &'a String>,
    change_set: &str,
    at: Timestamp,
) -> Vec<StoredFinding> {
    let operation = operation_id::of_change_set(change_set);
    let found = wanted.flat_map(|id| of_resource(template, id, &operation, at));
    found.map(|it| StoredFinding { change_set: Some(change_set.to_owned()), ..it }).collect()
}

impl StoredStack {
    /// Validates the resources of the operation that was just begun, before any is touched; it fails if
    /// something is found wrong.
    pub fn validate_early(&mut self, at: Timestamp) {
        let id = operation_id::latest(self);
        let Some(operation) = &mut self.operation else { return };
        let template = &self.definition.template;
        let found = operation.tasks.keys().flat_map(|task| of_resource(template, task, &id, at));
        // Warnings are given of change sets only.
        let found: Vec<StoredFinding> =
            found.filter(|it| !it.is_of_hook() && !it.is_warning).collect();
        operation.cause = operation.cause.take().or_else(|| failure(&found));
        self.findings.extend(found);
    }
}

/// Asks the hooks of a resource that is about to be made or changed: returns why it fails, if it does.
pub fn run_hooks(stack: &mut StoredStack, id: &str, at: Timestamp) -> Option<String> {
    let operation = operation_id::latest(stack);
    let found = of_resource(&stack.definition.template, id, &operation, at);
    let found: Vec<StoredFinding> = found.into_iter().filter(StoredFinding::is_of_hook).collect();
    for finding in &found {
        stack.tell_hook(
            id,
            HookNote {
                hook_type: finding.finder_name().to_owned(),
                reason: finding.reason.clone(),
                is_warning: finding.is_warning,
                invocation: finding.id.clone(),
            },
        );
    }
    let failing: Vec<&str> =
        found.iter().filter(|it| !it.is_warning).map(StoredFinding::finder_name).collect();
    let reason = format!("The following hook(s) failed: [{}]", failing.join(", "));
    let has_failed = !failing.is_empty();
    stack.findings.extend(found);
    has_failed.then_some(reason)
}

/// Returns why an operation fails of which this was found, if it does.
pub fn failure(found: &[StoredFinding]) -> Option<String> {
    let mut names: Vec<&str> =
        found.iter().filter(|it| !it.is_warning).map(StoredFinding::finder_name).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| {
        format!(
            "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use \
             the DescribeEvents API for detailed failure information.",
            names.join(", ")
        )
    })
}

fn of_resource(template: &Json, id: &str, operation: &str, at: Timestamp) -> Vec<StoredFinding> {
    let definition = &template["Resources"][id];
    let sandbox = &definition["Metadata"]["Sandbox"];
    let validations = list(&sandbox["Invalid"]).map(|it| (it, validation(it, id)));
    let hooks = list(&sandbox["Hooks"]).map(|it| (it, hook(it)));
    let asked_for = validations.chain(hooks).enumerate();
    let finding = |(number, (said, finder)): (usize, (&Json, Finder))| StoredFinding {
        id: uuid_of(&format!("{operation}/{id}/{number}")),
        operation: operation.to_owned(),
        change_set: None,
        at,
        logical_id: id.to_owned(),
        resource_type: definition["Type"].as_str().unwrap_or_default().to_owned(),
        finder,
        reason: said.as_str().or_else(|| said["Reason"].as_str()).unwrap_or("refused").to_owned(),
        is_warning: said["Mode"].as_str() == Some("WARN"),
    };
    asked_for.map(finding).collect()
}

fn validation(said: &Json, id: &str) -> Finder {
    let property = said["Property"].as_str().map(|name| format!("/Properties/{name}"));
    Finder::Validation { path: format!("/Resources/{id}{}", property.unwrap_or_default()) }
}

fn hook(said: &Json) -> Finder {
    let text = |value: &Json, key: &str| value[key].as_str().map(str::to_owned);
    let annotation = |said: &Json| HookAnnotation {
        name: text(said, "Name").unwrap_or_else(|| "Check".to_owned()),
        message: text(said, "Message"),
        remediation: text(said, "Remediation"),
        link: text(said, "Link"),
    };
    Finder::Hook {
        hook_type: text(said, "Type").unwrap_or_else(|| "Sandbox::Test::Hook".to_owned()),
        annotations: list(&said["Annotations"]).map(annotation).collect(),
    }
}

/// Returns the items of a list; a value that is none stands for itself.
fn list(value: &Json) -> impl Iterator<Item = &Json> {
    match value {
        Json::Array(items) => items.as_slice(),
        Json::Null => &[],
        one => std::slice::from_ref(one),
    }
    .iter()
}
