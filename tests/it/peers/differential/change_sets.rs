//! What would change, and what did behind a stack's back: change sets and drift.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::types::{
    Change, ChangeSetStatus, ChangeSetType, OnStackFailure, ResourceChange,
    StackDriftDetectionStatus,
};

use super::transcript::Transcript;
use super::{CHAIN, compare};
use crate::support::sdk_words::value;

/// Returns a change as `Modify First False, Value Static ParameterReference Value`.
fn told(change: &ResourceChange) -> String {
    let mut details: Vec<String> = change
        .details()
        .iter()
        .map(|detail| {
            let target = detail.target().expect("a detail has a target");
            format!(
                ", {} {} {} {} {} → {}",
                target.path().or(target.name()).unwrap_or("-"),
                detail.evaluation().map_or("-", |it| it.as_str()),
                detail.change_source().map_or("-", |it| it.as_str()),
                detail.causing_entity().unwrap_or("-"),
                target.before_value().unwrap_or("-"),
                target.after_value().unwrap_or("-"),
            )
        })
        .collect();
    details.sort_unstable();
    format!(
        "{} {} {} {}{}",
        change.action().map_or("-", |it| it.as_str()),
        change.logical_resource_id().unwrap_or("-"),
        change.replacement().map_or("-", |it| it.as_str()),
        change.policy_action().map_or("-", |it| it.as_str()),
        details.concat(),
    )
}

/// Draws up a change set of `chain` and notes what it tells, without values and with them.
async fn draw_up(cloud: &mut Transcript, step: &str, template: &str, parameter: &str) {
    let client = cloud.caller.cloudformation();
    let name = step.replace(' ', "-");
    let create = client.create_change_set().stack_name("chain").change_set_name(&name);
    let create = create.template_body(template).parameters(value("Value", parameter));
    let reply = create.send().await;
    if cloud.call(step, reply).is_none() {
        return;
    }
    for (view, with_values) in [("plain", false), ("values", true)] {
        let found = loop {
            let describe = client.describe_change_set().stack_name("chain").change_set_name(&name);
            let found = describe.include_property_values(with_values).send().await;
            let found = found.expect("what was accepted is told");
            let moving = [ChangeSetStatus::CreatePending, ChangeSetStatus::CreateInProgress];
            if found.status().is_none_or(|status| !moving.contains(status)) {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let status = found.status().map_or("-", |status| status.as_str());
        let reason = found.status_reason().filter(|reason| !reason.is_empty()).unwrap_or("-");
        cloud.note(&format!("{step}: {view}"), &format!("{status} {reason}"));
        for change in found.changes().iter().filter_map(Change::resource_change) {
            let name = change.logical_resource_id().unwrap_or_default();
            cloud.note(&format!("{step}: {view}: {name}"), &told(change));
        }
    }
}

#[tokio::test]
async fn change_sets_tell_what_would_change() {
    let differences = compare(async |cloud| {
        cloud.create("create", "chain", CHAIN, |call| call).await;
        draw_up(cloud, "nothing", CHAIN, "one").await;
        draw_up(cloud, "another value", CHAIN, "two").await;
        let renamed = CHAIN.replace("/chain/second", "/chain/renamed");
        draw_up(cloud, "another name", &renamed, "one").await;
        let (removed, _) = CHAIN.split_once("  Second:").expect("a second resource");
        draw_up(cloud, "one less", removed, "one").await;
        let reading = CHAIN.replace("Value: fixed", "Value: !GetAtt First.Value");
        draw_up(cloud, "a reference more", &reading, "two").await;
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    another value: values: First
      sandbox:   Modify First False -, /Properties/Value Dynamic DirectModification - one → two, /Properties/Value Static ParameterReference Value one → two
      ministack: Modify First False -, Value Dynamic DirectModification - - → -, Value Static ParameterReference Value - → -
    another name: values: Second
      sandbox:   Modify Second True ReplaceAndDelete, /Properties/Name Static DirectModification - /chain/second → /chain/renamed
      ministack: Modify Second True ReplaceAndDelete, Name Static DirectModification - - → -
    a reference more: values: First
      sandbox:   Modify First False -, /Properties/Value Dynamic DirectModification - one → two, /Properties/Value Static ParameterReference Value one → two
      ministack: Modify First False -, Value Dynamic DirectModification - - → -, Value Static ParameterReference Value - → -
    a reference more: values: Second
      sandbox:   Modify Second False -, /Properties/Value Static DirectModification - fixed → one
      ministack: Modify Second False -, Value Dynamic DirectModification - - → -, Value Dynamic ResourceAttribute First.Value - → -
    ");
}

#[tokio::test]
async fn a_stack_names_its_change_set_and_the_template_is_read_beforehand() {
    let differences = compare(async |cloud| {
        let client = cloud.caller.cloudformation();
        let create = || client.create_change_set().stack_name("chain").change_set_name("first");
        let create = |kind: ChangeSetType| create().template_body(CHAIN).change_set_type(kind);
        let deleting = create(ChangeSetType::Update).on_stack_failure(OnStackFailure::Delete);
        cloud.call("deleted if it fails, but it stands", deleting.send().await);
        cloud.call("create", create(ChangeSetType::Create).send().await);
        let template = client.get_template().stack_name("chain").change_set_name("first");
        if let Some(found) = cloud.call("template", template.send().await) {
            cloud.note("template: text", found.template_body().unwrap_or_default());
        }
        let unknown = client.get_template().stack_name("chain").change_set_name("second");
        cloud.call("no such template", unknown.send().await);
        let execute = client.execute_change_set().stack_name("chain").change_set_name("first");
        cloud.call("execute", execute.send().await);
        for step in ["executed", "updated"] {
            let found = cloud.caller.settled("chain").await.expect("it stands");
            let names = found.change_set_id().is_some();
            let updated = found.last_updated_time().is_some();
            cloud.note(step, &format!("change set: {names}, updated: {updated}"));
            let update = client.update_stack().stack_name("chain").template_body(CHAIN);
            let reply = update.parameters(value("Value", "two")).send().await;
            cloud.call(&format!("{step}: update"), reply);
        }
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    executed
      sandbox:   change set: true, updated: true
      ministack: change set: false, updated: true
    ");
}

#[tokio::test]
async fn drift_is_told_of_stacks_and_resources() {
    let differences = compare(async |cloud| {
        let client = cloud.caller.cloudformation();
        cloud.call("nothing", client.detect_stack_drift().stack_name("nothing").send().await);
        cloud.create("create", "chain", CHAIN, |call| call).await;
        let detect = client.detect_stack_drift().stack_name("chain").send().await;
        let detection = cloud.call("detect", detect).expect("it is begun");
        let found = loop {
            let status = client.describe_stack_drift_detection_status();
            let status =
                status.set_stack_drift_detection_id(detection.stack_drift_detection_id.clone());
            let found = status.send().await.expect("it is told");
            let moving = Some(&StackDriftDetectionStatus::DetectionInProgress);
            if found.detection_status() != moving {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let status = found.stack_drift_status().map_or("-", |status| status.as_str());
        cloud.note("found", &format!("{status} {:?}", found.drifted_stack_resource_count()));
        let drifts = client.describe_stack_resource_drifts().stack_name("chain").send().await;
        for drift in cloud.call("drifts", drifts).expect("they are told").stack_resource_drifts() {
            let name = drift.logical_resource_id().unwrap_or_default();
            let status = drift.stack_resource_drift_status().map_or("-", |it| it.as_str());
            let expected: BTreeMap<String, String> =
                serde_json::from_str(drift.expected_properties().unwrap_or("{}")).expect("JSON");
            cloud.note(&format!("drift of {name}"), &format!("{status} {expected:?}"));
        }
        let unknown = client.describe_stack_drift_detection_status();
        cloud.call("an unknown detection", unknown.stack_drift_detection_id("0").send().await);
        let unknown = client.detect_stack_resource_drift().stack_name("chain");
        let reply = unknown.logical_resource_id("Nope").send().await;
        cloud.call("an unknown resource", reply);
    })
    .await;
    insta::assert_snapshot!(differences, @r"
    an unknown detection
      sandbox:   ValidationError: Drift detection [0] does not exist
      ministack: ValidationError: Drift detection with id [0] does not exist
    an unknown resource
      sandbox:   ValidationError: Resource Nope does not exist for stack chain
      ministack: ValidationError: Resource [Nope] does not exist in stack [chain]
    ");
}
