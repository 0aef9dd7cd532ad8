//! Stacks whose create or update failed without a rollback, and what else a stack's life may bring.

use aws_sdk_cloudformation::types::{ChangeSetType, DeletionMode, OnFailure};

use crate::support::embedded::{Embedded, Stacks, words};

const DEV: &str = "100000000001";

/// Two topics, the second of which fails at these steps, so many times.
fn topics(name: &str, fail_on: &str, times: u32) -> String {
    format!(
        "Resources:\n  First: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {name} }} }}\n  \
         Second:\n    Type: AWS::SNS::Topic\n    DependsOn: First\n    \
         Metadata: {{ Sandbox: {{ FailOn: [{fail_on}], Times: {times} }} }}\n    \
         Properties: {{ DisplayName: {name} }}\n"
    )
}

async fn update(stacks: &Stacks, template: &str) -> Result<String, String> {
    let update = stacks.0.update_stack().stack_name("app").template_body(template);
    update.disable_rollback(true).send().await.map_err(|error| words(&error))?;
    Ok(stacks.settled("app").await)
}

async fn roll_back(stacks: &Stacks) -> Result<String, String> {
    let roll_back = stacks.0.rollback_stack().stack_name("app").client_request_token("once");
    roll_back.send().await.map_err(|error| words(&error))?;
    Ok(stacks.settled("app").await)
}

async fn physical_id(stacks: &Stacks, resource: &str) -> Option<String> {
    let described = stacks.0.describe_stack_resources().stack_name("app");
    let described = described.logical_resource_id(resource).send().await.expect("it is there");
    described.stack_resources()[0].physical_resource_id().map(str::to_owned)
}

async fn create_and_leave(stacks: &Stacks, template: &str) -> String {
    let create = stacks.0.create_stack().stack_name("app").template_body(template);
    create.on_failure(OnFailure::DoNothing).send().await.expect("it is taken");
    stacks.settled("app").await
}

const REFUSED: &str = "ValidationError: This stack is currently in a non-terminal [STATUS] state. To update \
                       the stack from this state, please use the disable-rollback parameter with \
                       update-stack API. To rollback to the last known good state, use the rollback-stack \
                       API";

#[tokio::test(start_paused = true)]
async fn a_creation_that_failed_without_rollback_is_updated_only_without_one() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = topics("one", "create", 2);
    assert_eq!(create_and_leave(&stacks, &template).await, "CREATE_FAILED");
    let kept = physical_id(&stacks, "First").await;
    let again = stacks.0.update_stack().stack_name("app").template_body(&template).send().await;
    assert_eq!(words(&again.unwrap_err()), REFUSED.replace("STATUS", "CREATE_FAILED"));
    let again = stacks.0.create_change_set().stack_name("app").change_set_name("again");
    let again =
        again.template_body(topics("two", "create", 1)).change_set_type(ChangeSetType::Update);
    again.send().await.expect("how it is executed is said later");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let execute =
        stacks.0.execute_change_set().stack_name("app").change_set_name("again").send().await;
    assert_eq!(words(&execute.unwrap_err()), REFUSED.replace("STATUS", "CREATE_FAILED"));
    // The same once more is tried again.
    assert_eq!(update(&stacks, &topics("one", "create", 1)).await.as_deref(), Ok("UPDATE_FAILED"));
    assert_eq!(update(&stacks, &topics("one", "", 0)).await.as_deref(), Ok("UPDATE_COMPLETE"));
    assert_eq!(physical_id(&stacks, "First").await, kept, "what was made is used");
    assert!(physical_id(&stacks, "Second").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_comes_once_does_not_come_again_where_the_first_attempt_was_left() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = topics("one", "create", 1);
    assert_eq!(create_and_leave(&stacks, &template).await, "CREATE_FAILED");
    assert_eq!(update(&stacks, &template).await.expect("it is tried again"), "UPDATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_failed_without_rollback_goes_back_when_that_is_asked_for() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", &topics("one", "", 0)).await;
    let refused = roll_back(&stacks).await.unwrap_err();
    assert!(
        refused.contains("is in CREATE_COMPLETE state and can not be rolled back"),
        "{refused}"
    );
    let failing = topics("two", "update", 9);
    assert_eq!(update(&stacks, &failing).await.as_deref(), Ok("UPDATE_FAILED"));
    assert_eq!(update(&stacks, &failing).await.as_deref(), Ok("UPDATE_FAILED"));
    let seen = stacks.story("app").await.len();
    assert_eq!(roll_back(&stacks).await.as_deref(), Ok("UPDATE_ROLLBACK_COMPLETE"));
    let told = &stacks.story("app").await[seen..];
    assert_eq!(told[0], "app UPDATE_ROLLBACK_IN_PROGRESS User Initiated");
    assert!(told.contains(&"First UPDATE_COMPLETE".to_owned()), "{told:?}");
    assert_eq!(
        roll_back(&stacks).await.as_deref(),
        Ok("UPDATE_ROLLBACK_COMPLETE"),
        "a repeated token"
    );
    assert_eq!(
        stacks.0.get_template().stack_name("app").send().await.unwrap().template_body(),
        Some(topics("one", "", 0).as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_never_stood_is_rolled_back_to_nothing() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = topics("one", "create", 9);
    assert_eq!(create_and_leave(&stacks, &template).await, "CREATE_FAILED");
    assert_eq!(update(&stacks, &template).await.as_deref(), Ok("UPDATE_FAILED"));
    assert_eq!(roll_back(&stacks).await.as_deref(), Ok("ROLLBACK_COMPLETE"));
    assert!(stacks.story("app").await.contains(&"First DELETE_COMPLETE".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_replaced_while_rollback_is_disabled() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = |name: &str| {
        format!(
            "Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: {name} }} }} }}"
        )
    };
    stacks.create("app", &topic("one")).await;
    assert_eq!(update(&stacks, &topic("two")).await.as_deref(), Ok("UPDATE_FAILED"));
    let told = "Topic UPDATE_FAILED Replacement type updates not supported on stack with disable-rollback.";
    assert!(stacks.story("app").await.contains(&told.to_owned()));
    assert_eq!(update(&stacks, &topic("one")).await.as_deref(), Ok("UPDATE_COMPLETE"));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_comes_with_an_update_counts_from_the_next_one_on() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = |name: &str| {
        format!(
            "Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {name} }} }} }}"
        )
    };
    let policy = |effect: &str| {
        format!(
            r#"{{ "Statement": [{{ "Effect": "{effect}", "Action": "Update:*", "Principal": "*", "Resource": "*" }}] }}"#
        )
    };
    stacks.create("app", &topic("one")).await;
    let with = |name: &str| stacks.0.update_stack().stack_name("app").template_body(topic(name));
    with("two").stack_policy_body(policy("Deny")).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    with("three").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
    with("three").stack_policy_during_update_body(policy("Allow")).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    let kept = stacks.0.get_stack_policy().stack_name("app").send().await.unwrap();
    assert_eq!(kept.stack_policy_body(), Some(policy("Deny").as_str()));
    with("four").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_creation_takes_the_place_of_a_stack_that_only_waits() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    let change_set = stacks.0.create_change_set().stack_name("app").change_set_name("first");
    change_set.template_body(topic).change_set_type(ChangeSetType::Create).send().await.unwrap();
    let waiting = stacks.describe("app").await.stack_id;
    assert_eq!(stacks.create("app", topic).await, "CREATE_COMPLETE");
    assert_eq!(stacks.describe("app").await.stack_id, waiting);
    let execute =
        stacks.0.execute_change_set().stack_name("app").change_set_name("first").send().await;
    assert!(words(&execute.unwrap_err()).contains("OBSOLETE"));
}

#[tokio::test(start_paused = true)]
async fn a_forced_deletion_leaves_behind_what_cannot_be_deleted() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = topics("one", "delete", 9);
    stacks.create("app", &template).await;
    let id = stacks.describe("app").await.stack_id.expect("an id");
    let force =
        || stacks.0.delete_stack().stack_name("app").deletion_mode(DeletionMode::ForceDeleteStack);
    let refused = words(&force().send().await.unwrap_err());
    assert!(refused.contains("DELETE_FAILED"), "{refused}");
    assert_eq!(stacks.delete("app").await, "DELETE_FAILED");
    force().send().await.unwrap();
    assert_eq!(stacks.settled(&id).await, "DELETE_COMPLETE");
    let story = stacks.story(&id).await;
    assert!(story.iter().any(|line| line.starts_with("Second DELETE_SKIPPED")), "{story:?}");
    assert!(story.iter().any(|line| line.starts_with("First DELETE_COMPLETE")), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_heeded_is_refused_by_its_name() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    let create = stacks.0.create_stack().stack_name("app").template_body(topic);
    let refused = create.resource_types("AWS::SNS::*").send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        "InvalidAction: the sandbox does not offer the parameter ResourceTypes of CreateStack; on AWS it \
         may well work"
    );
    stacks.create("app", topic).await;
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("first");
    let imports = create.template_body(topic).import_existing_resources(true).send().await;
    let refused = words(&imports.unwrap_err());
    assert!(
        refused.contains("the parameter ImportExistingResources of CreateChangeSet"),
        "{refused}"
    );
}
