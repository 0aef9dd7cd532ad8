//! Creations that fail, and what becomes of them.

use std::time::Duration;

use aws_sdk_cloudformation::types::{Capability, OnFailure};

use crate::support::embedded::{Embedded, Stacks};

const DEV: &str = "100000000001";

const FAILING: &str = r#"
Resources:
  Good: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: x } }
  Bad:
    Type: AWS::SSM::Parameter
    DependsOn: Good
    Metadata: { Sandbox: { FailOn: create, Reason: the quota is used up, Seconds: 5 } }
    Properties: { Type: String, Value: x }
  Slow:
    Type: AWS::SSM::Parameter
    Metadata: { Sandbox: { Seconds: 60 } }
    Properties: { Type: String, Value: x }
"#;

async fn create(stacks: &Stacks, template: &str, on_failure: OnFailure) -> String {
    let create = stacks.0.create_stack().stack_name("app").template_body(template);
    let create = create.on_failure(on_failure).capabilities(Capability::CapabilityIam);
    let id = create.send().await.expect("the stack is accepted").stack_id.expect("an id");
    stacks.settled(&id).await;
    id
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_cancels_its_siblings_and_rolls_back() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("app", FAILING).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("app").await;
    let failed = story.iter().position(|line| line.starts_with("Bad CREATE_FAILED")).unwrap();
    assert_eq!(
        story[failed..],
        [
            "Bad CREATE_FAILED the quota is used up",
            "Slow CREATE_FAILED Resource creation cancelled",
            "app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad, Slow]. \
             Rollback requested by user.",
            "Bad DELETE_IN_PROGRESS",
            "Slow DELETE_COMPLETE",
            "Bad DELETE_COMPLETE",
            "Good DELETE_IN_PROGRESS",
            "Good DELETE_COMPLETE",
            "app ROLLBACK_COMPLETE",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_can_delete_itself_or_stay_as_it_is() {
    for (on_failure, status) in
        [(OnFailure::Delete, "DELETE_COMPLETE"), (OnFailure::DoNothing, "CREATE_FAILED")]
    {
        let cloud = Embedded::new();
        let stacks = cloud.stacks(DEV);
        let id = create(&stacks, FAILING, on_failure).await;
        assert_eq!(stacks.settled(&id).await, status);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_cannot_delete_fails() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = FAILING.replace("FailOn: create", "FailOn: [create, rollback]");
    assert_eq!(stacks.create("app", &template).await, "ROLLBACK_FAILED");
    let reason = stacks.describe("app").await.stack_status_reason.unwrap();
    assert_eq!(reason, "The following resource(s) failed to delete: [Bad]. ");
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_takes_longer_than_its_timeout_rolls_back() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = FAILING.replace("FailOn: create", "FailOn: []").replace("60", "600");
    let create = stacks.0.create_stack().stack_name("app").template_body(template);
    create.timeout_in_minutes(1).send().await.unwrap();
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(stacks.describe("app").await.stack_status.unwrap().as_str(), "CREATE_IN_PROGRESS");
    assert_eq!(stacks.settled("app").await, "ROLLBACK_COMPLETE");
    let story = stacks.story("app").await;
    let told = story.iter().any(|line| {
        line == "app ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout. \
                 Rollback requested by user."
    });
    assert!(told, "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_fails_its_resource() {
    let template = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "*" } }]
"#;
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("first", template).await, "CREATE_COMPLETE");
    assert_eq!(stacks.create("second", template).await, "ROLLBACK_COMPLETE");
    let first = stacks.describe("first").await.stack_id.unwrap();
    let story = stacks.story("second").await;
    let told = format!("Role CREATE_FAILED deployer already exists in stack {first}");
    assert!(story.contains(&told), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_name_is_taken_in_every_account() {
    let template = "Resources: { Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: \
                    shared-name } } }";
    let cloud = Embedded::new();
    assert_eq!(cloud.stacks(DEV).create("app", template).await, "CREATE_COMPLETE");
    let other = cloud.stacks("100000000002");
    assert_eq!(other.create("app", template).await, "ROLLBACK_COMPLETE");
    let story = other.story("app").await;
    assert!(story.iter().any(|line| line.contains("'shared-name' already exists.")), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_service_refuses_fails_its_resource() {
    let trust =
        r#"Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "*" } }]"#;
    for (resource, reason) in [
        (
            "Type: AWS::S3::Bucket, Properties: { BucketName: Not_Valid }".to_owned(),
            "The specified bucket is not valid.",
        ),
        (
            "Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: { Version: x } }".into(),
            "Syntax errors in policy.",
        ),
        (
            format!(
                "Type: AWS::IAM::Role, Properties: {{ AssumeRolePolicyDocument: {{ {trust} }}, \
                 ManagedPolicyArns: [\"arn:aws:iam::100000000001:policy/missing\"] }}"
            ),
            "Policy arn:aws:iam::100000000001:policy/missing does not exist or is not attachable.",
        ),
        (
            "Type: AWS::IAM::Role, Properties: { Nonsense: x }".to_owned(),
            "#: required key [AssumeRolePolicyDocument] not found, #: extraneous key [Nonsense] is \
             not permitted",
        ),
    ] {
        let cloud = Embedded::new();
        let stacks = cloud.stacks(DEV);
        let template = format!("Resources: {{ It: {{ {resource} }} }}");
        assert_eq!(stacks.create("app", &template).await, "ROLLBACK_COMPLETE");
        let story = stacks.story("app").await;
        let failed = story.iter().find(|line| line.starts_with("It CREATE_FAILED")).unwrap();
        assert!(failed.contains(reason), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_signals_gets_them_unless_its_metadata_says_never() {
    let group = "AWS::AutoScaling::AutoScalingGroup";
    for (resource, seconds, reason) in [
        (
            "Type: AWS::CloudFormation::WaitCondition, Properties: { Timeout: 30, Count: 2 }"
                .to_owned(),
            30,
            "WaitCondition timed out. Received 0 conditions when expecting 2",
        ),
        (
            format!(
                "Type: {group}, Properties: {{ MinSize: 2, MaxSize: 2 }}, CreationPolicy: {{ ResourceSignal: \
                 {{ Count: 2, Timeout: PT10M }} }}"
            ),
            600,
            "Received 0 SUCCESS signal(s) out of 2. Unable to satisfy 100% MinSuccessfulInstancesPercent",
        ),
        (
            "Type: AWS::CloudFormation::WaitCondition, CreationPolicy: { ResourceSignal: { Count: 3, \
             Timeout: PT2M } }"
                .to_owned(),
            120,
            "Failed to receive 3 resource signal(s) within the specified duration",
        ),
        (
            "Type: AWS::EC2::Instance, CreationPolicy: { ResourceSignal: {} }".to_owned(),
            300,
            "Failed to receive 1 resource signal(s) within the specified duration",
        ),
    ] {
        let cloud = Embedded::new();
        let stacks = cloud.stacks(DEV);
        let signalled = format!("Resources: {{ It: {{ {resource} }} }}");
        assert_eq!(stacks.create("signalled", &signalled).await, "CREATE_COMPLETE");
        let never = format!(
            "Resources: {{ It: {{ {resource}, Metadata: {{ Sandbox: {{ Signal: never }} }} }} }}"
        );
        let began = cloud.clock.now();
        assert_eq!(stacks.create("never", &never).await, "ROLLBACK_COMPLETE");
        assert!(cloud.clock.now().duration_since(began).as_secs() >= seconds, "{resource}");
        let story = stacks.story("never").await;
        let failed = story.iter().find(|line| line.starts_with("It CREATE_FAILED")).unwrap();
        assert!(failed.contains(reason), "{failed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_policy_counts_for_types_that_heed_signals_only() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { It: { Type: AWS::SNS::Topic, CreationPolicy: { ResourceSignal: {} }, \
                    Metadata: { Sandbox: { Signal: never } } } }";
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_step_may_take_a_fraction_of_a_second() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template =
        "Resources: { It: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { Seconds: 1.5 } } } }";
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    let events = stacks.events("app").await;
    let at = |index: usize| events[index].timestamp.expect("an event has a time").to_millis();
    let (began, ended) = (at(1).unwrap(), at(events.len() - 2).unwrap());
    assert_eq!(ended - began, 1_500);
}
