//! Drift: where resources are not as their stacks want them any more.

use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_stack_drift_detection_status::DescribeStackDriftDetectionStatusOutput;
use aws_sdk_cloudformation::types::{StackResourceDrift, StackResourceDriftStatus};
use serde_json::json;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{FaultSchedule, Sandbox, Settings};

use crate::support::embedded::{Embedded, Keys, Stacks, words};

const DEV: &str = "100000000001";

const TEMPLATE: &str = r#"
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Name: /app/setting, Type: String, Value: wanted, Description: d } }
  Gone: { Type: AWS::SSM::Parameter, Properties: { Name: /app/gone, Type: String, Value: wanted } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: [lambda.amazonaws.com] }, Action: ['sts:AssumeRole'] }] }
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AdministratorAccess']
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
"#;

/// Begins to look at a stack and waits until that is over.
async fn detected(stacks: &Stacks, name: &str) -> DescribeStackDriftDetectionStatusOutput {
    let begun = stacks.0.detect_stack_drift().stack_name(name).send().await;
    let begun = begun.unwrap_or_else(|error| panic!("{}", words(&error)));
    let id = begun.stack_drift_detection_id.expect("an id");
    loop {
        let status = stacks.0.describe_stack_drift_detection_status();
        let found = status.stack_drift_detection_id(&id).send().await.expect("it is told");
        if found.detection_status().map(|it| it.as_str()) != Some("DETECTION_IN_PROGRESS") {
            return found;
        }
        assert_eq!(found.detection_status_reason(), Some("User Initiated"));
        assert_eq!(
            (found.stack_drift_status(), found.drifted_stack_resource_count()),
            (None, None)
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn drifts(stacks: &Stacks, name: &str) -> Vec<StackResourceDrift> {
    let found = stacks.0.describe_stack_resource_drifts().stack_name(name).send().await;
    found.expect("it is told").stack_resource_drifts.unwrap_or_default()
}

/// Returns each resource as `Setting MODIFIED`, and each difference as `Setting /Value NOT_EQUAL wanted other`.
fn told(drifts: &[StackResourceDrift]) -> Vec<String> {
    let mut told = Vec::new();
    for drift in drifts {
        let name = drift.logical_resource_id().unwrap_or_default();
        let status = drift.stack_resource_drift_status().map(|it| it.as_str());
        told.push(format!("{name} {}", status.unwrap_or_default()));
        told.extend(drift.property_differences().iter().map(|it| {
            format!(
                "{name} {} {} {} {}",
                it.property_path().unwrap_or_default(),
                it.difference_type().map(|kind| kind.as_str()).unwrap_or_default(),
                it.expected_value().unwrap_or_default(),
                it.actual_value().unwrap_or_default(),
            )
        }));
    }
    told
}

#[tokio::test(start_paused = true)]
async fn what_is_changed_behind_a_stacks_back_is_its_drift() {
    let cloud = Embedded::new();
    let (stacks, root) = (cloud.stacks(DEV), Keys::root(DEV));
    stacks.create("app", TEMPLATE).await;
    let clean = detected(&stacks, "app").await;
    assert_eq!(clean.stack_drift_status().map(|it| it.as_str()), Some("IN_SYNC"));
    assert_eq!(clean.drifted_stack_resource_count(), Some(0));
    assert_eq!(
        told(&drifts(&stacks, "app").await),
        ["Gone IN_SYNC", "Role IN_SYNC", "Setting IN_SYNC"],
        "nobody looks at handles"
    );
    let put = json!({ "Name": "/app/setting", "Value": "other", "Overwrite": true });
    cloud.ssm(&root, "PutParameter", put).await.expect("it is changed");
    cloud.ssm(&root, "DeleteParameter", json!({ "Name": "/app/gone" })).await.expect("it is gone");
    let arn = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
    let (role, detached) = (("RoleName", "app"), arn("ReadOnlyAccess"));
    cloud.iam(&root, "DetachRolePolicy", &[role, ("PolicyArn", &detached)]).await.expect("done");
    let document = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" },
        "Action": "sts:AssumeRole" }] });
    let document = document.to_string();
    let trust = [role, ("PolicyDocument", document.as_str())];
    cloud.iam(&root, "UpdateAssumeRolePolicy", &trust).await.expect("done");
    let found = detected(&stacks, "app").await;
    assert_eq!(found.stack_drift_status().map(|it| it.as_str()), Some("DRIFTED"));
    assert_eq!(found.drifted_stack_resource_count(), Some(3));
    let drifts = drifts(&stacks, "app").await;
    let statement = "Role /AssumeRolePolicyDocument/Statement/0";
    assert_eq!(
        told(&drifts),
        [
            "Gone DELETED".to_owned(),
            "Role MODIFIED".to_owned(),
            format!("{statement}/Action NOT_EQUAL [\"sts:AssumeRole\"] sts:AssumeRole"),
            format!(
                "{statement}/Principal/Service NOT_EQUAL [\"lambda.amazonaws.com\"] ec2.amazonaws.com"
            ),
            format!("Role /ManagedPolicyArns/0 REMOVE {detached} null"),
            "Setting MODIFIED".to_owned(),
            "Setting /Value NOT_EQUAL wanted other".to_owned(),
        ]
    );
    assert_eq!((drifts[0].expected_properties(), drifts[0].actual_properties()), (None, None));
    assert_eq!(
        drifts[2].actual_properties(),
        Some(r#"{"Name":"/app/setting","Type":"String","Value":"other","Description":"d"}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn stacks_and_resources_tell_their_drift_until_they_change() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", TEMPLATE).await;
    let of_stack = async || {
        let information = stacks.describe("app").await.drift_information.expect("always there");
        let status = information.stack_drift_status.map(|it| it.as_str().to_owned());
        (status.unwrap_or_default(), information.last_check_timestamp.is_some())
    };
    let of_resource = async || {
        let listed =
            stacks.0.list_stack_resources().stack_name("app").send().await.expect("a list");
        let found = listed.stack_resource_summaries.unwrap_or_default().into_iter();
        let mut found = found.filter(|it| it.logical_resource_id() == Some("Gone"));
        let information = found.next().and_then(|it| it.drift_information).expect("always there");
        let status = information.stack_resource_drift_status.map(|it| it.as_str().to_owned());
        (status.unwrap_or_default(), information.last_check_timestamp.is_some())
    };
    let (not_checked, drifted) = (("NOT_CHECKED".to_owned(), false), ("DRIFTED".to_owned(), true));
    assert_eq!((of_stack().await, of_resource().await), (not_checked.clone(), not_checked.clone()));
    let gone = json!({ "Name": "/app/gone" });
    cloud.ssm(&Keys::root(DEV), "DeleteParameter", gone).await.expect("it is gone");
    let detect = stacks.0.detect_stack_resource_drift().stack_name("app");
    let found = detect.logical_resource_id("Gone").send().await.expect("it is looked at");
    assert_eq!(told(&[found.stack_resource_drift.expect("a drift")]), ["Gone DELETED"]);
    assert_eq!((of_stack().await, of_resource().await), (drifted, ("DELETED".to_owned(), true)));
    let changed = TEMPLATE.replace("Description: d", "Description: e");
    assert_eq!(stacks.update("app", &changed).await, "UPDATE_COMPLETE");
    assert_eq!(of_stack().await, ("NOT_CHECKED".to_owned(), true));
    assert_eq!(of_resource().await, not_checked);
}

#[tokio::test(start_paused = true)]
async fn drift_is_made_up_where_metadata_or_a_fault_says_so() {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    let faults = ["drift=deleted,stack=app,resource=Second", "drift,stack=app,resource=Third"];
    let faults = faults.map(|fault| fault.parse().expect("a fault"));
    let settings = Settings { faults: FaultSchedule::new(faults), ..Settings::default() };
    let cloud = Embedded::of(Sandbox::new(clock, settings), clock);
    let stacks = cloud.stacks(DEV);
    let topic = |name: &str, drift: &str| {
        format!(
            "  {name}: {{ Type: AWS::SNS::Topic, Metadata: {{ Sandbox: {{ {drift} }} }}, Properties: {{ \
             DisplayName: wanted, Tags: [{{ Key: k, Value: v }}] }} }}\n"
        )
    };
    let template = [
        topic(
            "First",
            "Drift: { Set: { DisplayName: other, KmsMasterKeyId: key }, Remove: [Tags] }",
        ),
        topic("Second", ""),
        topic("Third", ""),
        topic("Fourth", "Drift: deleted"),
        topic("Fifth", ""),
    ];
    stacks.create("app", &format!("Resources:\n{}", template.concat())).await;
    let found = detected(&stacks, "app").await;
    assert_eq!(found.drifted_stack_resource_count(), Some(4));
    assert_eq!(
        told(&drifts(&stacks, "app").await),
        [
            "Fifth IN_SYNC",
            "First MODIFIED",
            "First /DisplayName NOT_EQUAL wanted other",
            "First /Tags REMOVE [{\"Key\":\"k\",\"Value\":\"v\"}] null",
            "Fourth DELETED",
            "Second DELETED",
            "Third MODIFIED",
            "Third /DisplayName NOT_EQUAL wanted wanted (changed by hand)",
        ],
        "what a template does not give is not looked at"
    );
    let deleted = stacks.0.describe_stack_resource_drifts().stack_name("app");
    let deleted = deleted.stack_resource_drift_status_filters(StackResourceDriftStatus::Deleted);
    let deleted = deleted.send().await.expect("it is told").stack_resource_drifts;
    assert_eq!(told(&deleted.unwrap_or_default()), ["Fourth DELETED", "Second DELETED"]);
}

#[tokio::test(start_paused = true)]
async fn drift_is_not_detected_twice_at_once_nor_of_a_stack_that_moves() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let create = stacks.0.create_stack().stack_name("app").template_body(TEMPLATE);
    let named = aws_sdk_cloudformation::types::Capability::CapabilityNamedIam;
    let id = create.capabilities(named).send().await.expect("accepted").stack_id.expect("an ARN");
    let detect = async |resource: Option<&str>| {
        let detect = stacks.0.detect_stack_drift().stack_name("app");
        let asked = detect.set_logical_resource_ids(resource.map(|name| vec![name.to_owned()]));
        asked.send().await.map_err(|error| words(&error))
    };
    let moving = detect(None).await.expect_err("it moves");
    assert!(moving.ends_with("] while it is in [CREATE_IN_PROGRESS] state"), "{moving}");
    stacks.settled("app").await;
    let unknown = detect(Some("Unknown")).await.expect_err("there is none");
    assert_eq!(unknown, "ValidationError: Resource Unknown does not exist for stack app");
    detect(Some("Setting")).await.expect("it is begun");
    assert_eq!(
        detect(None).await.expect_err("it goes on"),
        format!("ValidationError: Drift detection is already in progress for stack [{id}]")
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        told(&drifts(&stacks, "app").await),
        ["Setting IN_SYNC"],
        "the others were not asked for"
    );
    let status = stacks.0.describe_stack_drift_detection_status();
    let missing = status.stack_drift_detection_id("0").send().await.expect_err("there is none");
    assert!(words(&missing).starts_with("ValidationError: "), "{}", words(&missing));
    let handle = stacks.0.detect_stack_resource_drift().stack_name("app");
    let handle = handle.logical_resource_id("Handle").send().await.expect_err("nobody can");
    assert!(words(&handle).starts_with("ValidationError: "), "{}", words(&handle));
}

#[tokio::test(start_paused = true)]
async fn a_detection_that_fails_for_some_resources_tells_of_the_others() {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    let fault = "drift=unreadable,resource=Setting,times=1".parse().expect("a fault");
    let settings = Settings { faults: FaultSchedule::new([fault]), ..Settings::default() };
    let cloud = Embedded::of(Sandbox::new(clock, settings), clock);
    let stacks = cloud.stacks(DEV);
    stacks.create("app", TEMPLATE).await;
    let gone = json!({ "Name": "/app/gone" });
    cloud.ssm(&Keys::root(DEV), "DeleteParameter", gone).await.expect("it is gone");
    let failed = detected(&stacks, "app").await;
    assert_eq!(failed.detection_status().map(|it| it.as_str()), Some("DETECTION_FAILED"));
    assert_eq!(failed.stack_drift_status().map(|it| it.as_str()), Some("DRIFTED"));
    let reason: serde_json::Value =
        serde_json::from_str(failed.detection_status_reason().expect("a reason")).expect("JSON");
    let failures = json!([{ "Resource": "Setting", "FailureReason": "Rate exceeded" }]);
    let summary = "Failed to detect drift on resources [Setting]";
    assert_eq!(reason, json!({ "Summary": summary, "Failures": failures }));
    let found = drifts(&stacks, "app").await;
    assert_eq!(told(&found), ["Gone DELETED", "Role IN_SYNC", "Setting UNKNOWN"]);
    assert_eq!(found[2].drift_status_reason(), Some("Rate exceeded"));
    assert_eq!(found[2].expected_properties(), None);
    let again = detected(&stacks, "app").await;
    assert_eq!(again.detection_status().map(|it| it.as_str()), Some("DETECTION_COMPLETE"));
}
