//! Updates: in place, by replacement, and those that fail.

use std::time::Duration;

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";

fn template(delay: u32, extra: &str) -> String {
    format!(
        r#"
Resources:
  Queue: {{ Type: AWS::SQS::Queue, Properties: {{ DelaySeconds: {delay} }} }}
  Policy:
    Type: AWS::SSM::Parameter
    Properties: {{ Type: String, Value: "{delay}" }}
{extra}
Outputs:
  Arn: {{ Value: !GetAtt Queue.Arn }}
"#
    )
}

#[tokio::test(start_paused = true)]
async fn an_update_in_place_keeps_the_physical_id() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", &template(1, "")).await;
    let before = stacks.output("app", "Arn").await;
    let seen = stacks.story("app").await.len();
    assert_eq!(stacks.update("app", &template(2, "")).await, "UPDATE_COMPLETE");
    assert_eq!(stacks.output("app", "Arn").await, before);
    assert_eq!(
        stacks.story("app").await[seen..],
        [
            "app UPDATE_IN_PROGRESS User Initiated",
            "Policy UPDATE_IN_PROGRESS",
            "Queue UPDATE_IN_PROGRESS",
            "Policy UPDATE_COMPLETE",
            "Queue UPDATE_COMPLETE",
            "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "app UPDATE_COMPLETE",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_replacement_makes_the_new_before_it_removes_the_old() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let queue = |name: &str| {
        format!(
            "Resources: {{ Queue: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: {name} }} }} }}"
        )
    };
    stacks.create("app", &queue("one")).await;
    let seen = stacks.story("app").await.len();
    assert_eq!(stacks.update("app", &queue("two")).await, "UPDATE_COMPLETE");
    assert_eq!(
        stacks.story("app").await[seen..],
        [
            "app UPDATE_IN_PROGRESS User Initiated",
            "Queue UPDATE_IN_PROGRESS Requested update requires the creation of a new physical \
             resource; hence creating one.",
            "Queue UPDATE_IN_PROGRESS Resource creation Initiated",
            "Queue UPDATE_COMPLETE",
            "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "Queue DELETE_IN_PROGRESS",
            "Queue DELETE_COMPLETE",
            "app UPDATE_COMPLETE",
        ]
    );
    // The old name is free again.
    assert_eq!(cloud.stacks(DEV).create("other", &queue("one")).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_named_resource_cannot_be_replaced_under_its_name() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let queue = |fifo: &str| {
        format!(
            "Resources: {{ Queue: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: one, \
             FifoQueue: {fifo} }} }} }}"
        )
    };
    stacks.create("app", &queue("false")).await;
    assert_eq!(stacks.update("app", &queue("true")).await, "UPDATE_ROLLBACK_COMPLETE");
    let story = stacks.story("app").await;
    let told = "Queue UPDATE_FAILED CloudFormation cannot update a stack when a custom-named \
                resource requires replacing. Rename one and update the stack again.";
    assert!(story.iter().any(|line| line == told), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_goes_back_to_what_stood() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", &template(1, "")).await;
    let seen = stacks.story("app").await.len();
    let bad = "  Bad:\n    Type: AWS::SSM::Parameter\n    DependsOn: Queue\n    Metadata: { \
               Sandbox: { FailOn: create, Reason: nope } }\n    Properties: { Type: String, Value: \
               x }";
    assert_eq!(stacks.update("app", &template(2, bad)).await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        stacks.story("app").await[seen + 5..],
        [
            "Bad CREATE_IN_PROGRESS",
            "Bad CREATE_IN_PROGRESS Resource creation Initiated",
            "Bad CREATE_FAILED nope",
            "app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad].",
            "Policy UPDATE_IN_PROGRESS",
            "Queue UPDATE_IN_PROGRESS",
            "Policy UPDATE_COMPLETE",
            "Queue UPDATE_COMPLETE",
            "app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "Bad DELETE_IN_PROGRESS",
            "Bad DELETE_COMPLETE",
            "app UPDATE_ROLLBACK_COMPLETE",
        ]
    );
    assert_eq!(stacks.update("app", &template(3, "")).await, "UPDATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_stuck_rollback_can_be_continued_and_its_resource_skipped() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let failing = |version: u32, fail: &str| {
        format!(
            "Resources: {{ Bad: {{ Type: AWS::SSM::Parameter, Metadata: {{ Sandbox: {{ FailOn: \
             [{fail}] }} }}, Properties: {{ Type: String, Value: v{version} }} }} }}"
        )
    };
    stacks.create("app", &failing(1, "")).await;
    let stuck = stacks.update("app", &failing(2, "update, rollback")).await;
    assert_eq!(stuck, "UPDATE_ROLLBACK_FAILED");
    let update = stacks.0.update_stack().stack_name("app").template_body(failing(3, ""));
    let id = stacks.describe("app").await.stack_id.unwrap();
    assert_eq!(
        words(&update.send().await.unwrap_err()),
        format!(
            "ValidationError: Stack:{id} is in UPDATE_ROLLBACK_FAILED state and can not be updated."
        )
    );
    let go_on = || stacks.0.continue_update_rollback().stack_name("app");
    go_on().send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_FAILED");
    go_on().resources_to_skip("Bad").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_failure_on_demand_can_end_after_some_times() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let failing = |version: u32, times: u32| {
        format!(
            "Resources: {{ Bad: {{ Type: AWS::SSM::Parameter, Metadata: {{ Sandbox: {{ FailOn: \
             [update, rollback], Times: {times} }} }}, Properties: {{ Type: String, Value: \
             v{version} }} }} }}"
        )
    };
    stacks.create("app", &failing(1, 0)).await;
    assert_eq!(stacks.update("app", &failing(2, 2)).await, "UPDATE_ROLLBACK_FAILED");
    stacks.0.continue_update_rollback().stack_name("app").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_moves_or_never_worked_cannot_be_updated() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = template(1, "")
        .replace("  Policy:", "  Policy:\n    Metadata: { Sandbox: { FailOn: create } }");
    stacks.0.create_stack().stack_name("app").template_body(&template).send().await.unwrap();
    let id = stacks.describe("app").await.stack_id.unwrap();
    for status in ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"] {
        let update = stacks.0.update_stack().stack_name("app").template_body(&template);
        assert_eq!(
            words(&update.send().await.unwrap_err()),
            format!("ValidationError: Stack:{id} is in {status} state and can not be updated.")
        );
        stacks.settled("app").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_no_longer_wanted_goes_or_is_kept() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let extra = "  Goes: { Type: AWS::SNS::Topic }\n  Stays: { Type: AWS::SNS::Topic, \
                 DeletionPolicy: Retain }";
    stacks.create("app", &template(1, extra)).await;
    let seen = stacks.story("app").await.len();
    assert_eq!(stacks.update("app", &template(1, "")).await, "UPDATE_COMPLETE");
    assert_eq!(
        stacks.story("app").await[seen + 1..],
        [
            "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "Goes DELETE_IN_PROGRESS",
            "Stays DELETE_SKIPPED",
            "Goes DELETE_COMPLETE",
            "app UPDATE_COMPLETE",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stack_policy_keeps_updates_from_what_it_protects() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let extra = "  Guarded: { Type: AWS::SNS::Topic, Properties: { DisplayName: a } }";
    stacks.create("app", &template(1, extra)).await;
    let policy = r#"{ "Statement": [
        { "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": ["Update:Modify", "Update:Delete"], "Principal": "*",
          "Resource": "LogicalResourceId/Guarded" }
    ] }"#;
    let set = stacks.0.set_stack_policy().stack_name("app").stack_policy_body(policy);
    set.send().await.unwrap();
    assert_eq!(stacks.update("app", &template(2, extra)).await, "UPDATE_COMPLETE");
    let changed = extra.replace("DisplayName: a", "DisplayName: b");
    for (extra, touch) in [(changed.as_str(), "Update:Modify"), ("", "Update:Delete")] {
        assert_eq!(stacks.update("app", &template(2, extra)).await, "UPDATE_ROLLBACK_COMPLETE");
        let told = format!(
            "Action denied by stack policy: Statement [#2] does not allow [{touch}] for resource \
             [LogicalResourceId/Guarded]"
        );
        let story = stacks.story("app").await;
        assert!(story.iter().any(|line| line.contains(&told)), "{story:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_keeps_its_type() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", "Resources: { It: { Type: AWS::SNS::Topic } }").await;
    let update = stacks.0.update_stack().stack_name("app");
    let update = update.template_body("Resources: { It: { Type: AWS::SQS::Queue } }");
    assert_eq!(
        words(&update.send().await.unwrap_err()),
        "ValidationError: Update of resource type is not permitted. The new template modifies \
         resource type of the following resources: [It]"
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_under_way_can_be_cancelled() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let two = |value: u32, extra: &str| {
        format!(
            "Resources:\n  First: {{ Type: AWS::SSM::Parameter, Properties: {{ Type: String, Value: \
             v{value} }} }}\n  Then: {{ Type: AWS::SNS::Topic, DependsOn: First, Properties: {{ \
             DisplayName: v{value} }} }}\n{extra}"
        )
    };
    stacks.create("app", &two(1, "  Goes: { Type: AWS::SQS::Queue }\n")).await;
    let cancel = || stacks.0.cancel_update_stack().stack_name("app").client_request_token("once");
    let too_late = "ValidationError: CancelUpdateStack cannot be called from current stack status";
    assert_eq!(words(&cancel().send().await.unwrap_err()), too_late);

    let seen = stacks.story("app").await.len();
    let update =
        |template: String| stacks.0.update_stack().stack_name("app").template_body(template);
    update(two(2, "")).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    cancel().send().await.unwrap();
    cancel().send().await.expect("a repeated call is answered like the first");
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
    let story = &stacks.story("app").await[seen..];
    assert_eq!(
        story,
        [
            "app UPDATE_IN_PROGRESS User Initiated",
            "First UPDATE_IN_PROGRESS",
            "First UPDATE_COMPLETE",
            "Then UPDATE_IN_PROGRESS",
            "Then UPDATE_FAILED Resource update cancelled",
            "app UPDATE_ROLLBACK_IN_PROGRESS Stack update cancelled",
            "First UPDATE_IN_PROGRESS",
            "First UPDATE_COMPLETE",
            "Then UPDATE_IN_PROGRESS",
            "Then UPDATE_COMPLETE",
            "app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "app UPDATE_ROLLBACK_COMPLETE",
        ]
    );

    update(two(3, "")).send().await.unwrap();
    while stacks.describe("app").await.stack_status.unwrap().as_str() == "UPDATE_IN_PROGRESS" {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let cancel = stacks.0.cancel_update_stack().stack_name("app");
    assert_eq!(words(&cancel.send().await.unwrap_err()), too_late, "it clears up already");
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn metadata_and_policies_of_a_resource_are_an_update_and_sections_by_themselves_are_none() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |topic: &str, sections: &str| {
        format!(
            "Mappings: {{ M: {{ a: {{ b: c }} }} }}\nConditions: {{ Yes: !Equals [a, a] }}\n{sections}\n\
             Resources:\n  Other: {{ Type: AWS::SNS::Topic }}\n  Topic: {{ Type: AWS::SNS::Topic, {topic}\n    \
             Properties: {{ DisplayName: !If [Yes, !FindInMap [M, a, b], no] }} }}\n"
        )
    };
    let plain = template("", "");
    assert_eq!(stacks.create("app", &plain).await, "CREATE_COMPLETE");
    for unchanged in [
        template("", "Metadata: { Note: x }"),
        template("DependsOn: Other,", ""),
        plain.replace("Equals [a, a]", "Equals [b, b]"),
        plain.replace("b: c", "b: c, d: e"),
    ] {
        let refused = stacks.0.update_stack().stack_name("app").template_body(&unchanged);
        let refused = words(&refused.send().await.expect_err("nothing changes"));
        assert_eq!(refused, "ValidationError: No updates are to be performed.", "{unchanged}");
    }
    for changed in [
        template("Metadata: { Note: x },", ""),
        template("DeletionPolicy: Retain,", ""),
        template("UpdateReplacePolicy: Retain,", ""),
        plain.replace("Equals [a, a]", "Equals [a, b]"),
        plain.replace("b: c", "b: d"),
    ] {
        assert_eq!(stacks.update("app", &changed).await, "UPDATE_COMPLETE", "{changed}");
    }
}
