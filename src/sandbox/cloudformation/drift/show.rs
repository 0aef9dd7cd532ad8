//! Drift as answers show it.

use jiff::Timestamp;
use serde_json::json;

use super::model::{DriftDetection, PropertyDrift, ResourceDrift};
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::wire::xml::{ascii, element, list, optional, text, time};

/// Shows a stack's drift beside the stack.
pub fn of_stack(stack: &StoredStack, now: Timestamp) -> String {
    let status = text("StackDriftStatus", stack.drift.status(now));
    information(status, stack.drift.checked)
}

/// Shows a resource's drift beside the resource.
pub fn of_resource(stack: &StoredStack, logical_id: &str, now: Timestamp) -> String {
    let known = stack.drift.known(now).get(&logical_id.to_owned()).copied();
    let status = known.map_or("NOT_CHECKED", ResourceDrift::status);
    information(text("StackResourceDriftStatus", status), known.map(|drift| drift.at))
}

fn information(status: String, checked: Option<Timestamp>) -> String {
    let checked = optional("LastCheckTimestamp", checked.map(time));
    element("DriftInformation", &(status + &checked))
}

/// Shows how far a detection is.
pub fn detection(stack_id: &str, detection: &DriftDetection, now: Timestamp) -> String {
    let is_over = detection.ready <= now;
    let (status, reason) = match (is_over, detection.failures.is_empty()) {
        (false, _) => ("DETECTION_IN_PROGRESS", Some("User Initiated".to_owned())),
        (true, true) => ("DETECTION_COMPLETE", None),
        (true, false) => ("DETECTION_FAILED", Some(failed(detection))),
    };
    [
        text("StackId", stack_id),
        text("StackDriftDetectionId", &detection.id),
        optional("StackDriftStatus", is_over.then(|| detection.status())),
        text("DetectionStatus", status),
        optional("DetectionStatusReason", reason.map(ascii)),
        optional("DriftedStackResourceCount", is_over.then(|| detection.drifted.to_string())),
        text("Timestamp", time(detection.started)),
    ]
    .concat()
}

/// Tells which resources a detection could not look at, in JSON as AWS does.
///
/// Source: the CloudFormation roadmap on GitHub, issues 801 and 1559, which quote such reasons.
fn failed(detection: &DriftDetection) -> String {
    let names: Vec<&str> = detection.failures.keys().map(String::as_str).collect();
    let failures = detection.failures.iter();
    let failures = failures.map(|(name, why)| json!({ "Resource": name, "FailureReason": why }));
    let summary = format!("Failed to detect drift on resources [{}]", names.join(","));
    json!({ "Summary": summary, "Failures": failures.collect::<Vec<_>>() }).to_string()
}

/// Shows what was found of a resource.
pub fn resource_drift(stack: &StoredStack, drift: &ResourceDrift) -> String {
    let properties = drift.properties.as_ref().filter(|_| drift.failure.is_none());
    let differences = properties.map(|properties| &properties.differences);
    [
        text("StackId", &stack.id),
        text("LogicalResourceId", &drift.logical_id),
        text("PhysicalResourceId", &drift.physical_id),
        text("ResourceType", &drift.resource_type),
        optional("ExpectedProperties", properties.map(|it| ascii(&it.expected))),
        optional("ActualProperties", properties.map(|it| ascii(&it.actual))),
        list("PropertyDifferences", differences.into_iter().flatten().map(difference)),
        text("StackResourceDriftStatus", drift.status()),
        optional("DriftStatusReason", drift.failure.as_ref().map(ascii)),
        text("Timestamp", time(drift.at)),
    ]
    .concat()
}

fn difference(drift: &PropertyDrift) -> String {
    let value = |value: &Option<String>| value.as_ref().map_or("null".to_owned(), ascii);
    [
        text("PropertyPath", &drift.path),
        text("ExpectedValue", value(&drift.expected)),
        text("ActualValue", value(&drift.actual)),
        text("DifferenceType", drift.kind()),
    ]
    .concat()
}
