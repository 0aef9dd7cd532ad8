//! Nested stacks that something happens to while they are busy, or that others need.

use super::*;

const EXPORTING: &str = "
Resources: { Topic: { Type: AWS::SNS::Topic } }
Outputs: { Name: { Value: shared, Export: { Name: shared } } }
";

const IMPORTING: &str = "
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !ImportValue shared } } }
";

/// Returns the statuses of a stack itself, oldest first.
async fn statuses(stacks: &Stacks, id: &str) -> Vec<String> {
    let events = stacks.events(id).await.into_iter();
    let own = events.filter(|event| event.physical_resource_id.as_deref() == Some(id));
    own.map(|event| event.resource_status.expect("a status").as_str().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_nested_update_under_way_goes_back_when_something_beside_it_fails() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("a.yaml", TOPIC).await;
    let root = |more: &str| format!("Resources:\n  A: {}\n{more}", nested("a.yaml", ""));
    assert_eq!(stacks.create("app", &root("")).await, "CREATE_COMPLETE");
    let a = templates.nested("app", "A").await;
    let slow = TOPIC.replace(
        "Type: AWS::SNS::Topic,",
        "Type: AWS::SNS::Topic, Metadata: { Sandbox: { Seconds: 60 } },",
    );
    templates.put("a.yaml", &slow.replace("Default: default", "Default: other")).await;
    let bad = "  Bad: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: create } } }\n";
    assert_eq!(stacks.update("app", &root(bad)).await, "UPDATE_ROLLBACK_COMPLETE");
    let nested = stacks.describe(&a).await;
    assert_eq!(nested.stack_status, Some(StackStatus::UpdateRollbackComplete));
    let kept = stacks.0.get_template().stack_name(&a).send().await.unwrap();
    assert_eq!(kept.template_body.as_deref(), Some(TOPIC));
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_that_is_being_deleted_is_not_deleted_again_with_its_root() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    let slow =
        "Resources: { Slow: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { Seconds: 60 } } } }";
    templates.put("slow.yaml", slow).await;
    let root = format!("Resources:\n  A: {}\n", nested("slow.yaml", ""));
    assert_eq!(stacks.create("app", &root).await, "CREATE_COMPLETE");
    let a = templates.nested("app", "A").await;
    stacks.0.delete_stack().stack_name(&a).send().await.unwrap();
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    assert_eq!(
        statuses(stacks, &a).await,
        ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_that_others_need_fails_the_deletion_of_its_root_and_settles() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("a.yaml", EXPORTING).await;
    let root = |more: &str| format!("Resources:\n  A: {}\n{more}", nested("a.yaml", ""));
    assert_eq!(stacks.create("app", &root("")).await, "CREATE_COMPLETE");
    assert_eq!(stacks.create("user", IMPORTING).await, "CREATE_COMPLETE");
    let a = templates.nested("app", "A").await;
    let more = "Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: x } }";
    templates.put("a.yaml", &EXPORTING.replace("Topic: { Type: AWS::SNS::Topic }", more)).await;
    let bad = "  Bad: { Type: AWS::SNS::Topic, DependsOn: A, Metadata: { Sandbox: { FailOn: create } } }\n";
    let update = stacks.0.update_stack().stack_name("app").template_body(root(bad));
    update.disable_rollback(true).send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_FAILED");
    assert_eq!(stacks.delete("app").await, "DELETE_FAILED");
    let story = stacks.story("app").await;
    let reason = "Cannot delete export shared as it is in use by user.";
    assert!(
        story.iter().any(|line| line.contains("A DELETE_FAILED") && line.contains(reason)),
        "{story:?}"
    );
    assert_eq!(stacks.settled(&a).await, "UPDATE_COMPLETE");
    assert_eq!(stacks.delete("user").await, "DELETE_COMPLETE");
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_imports_what_the_stack_above_exports_already() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("user.yaml", IMPORTING).await;
    let with_user = EXPORTING
        .replace("Resources: {", &format!("Resources: {{ User: {},", nested("user.yaml", "")));
    assert_eq!(stacks.create("first", &with_user).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("first").await;
    let missing = |line: &String| line.contains("No export named shared found.");
    assert!(story.iter().any(missing), "what a stack exports stands when it does: {story:?}");
    assert_eq!(stacks.create("app", EXPORTING).await, "CREATE_COMPLETE");
    assert_eq!(stacks.update("app", &with_user).await, "UPDATE_COMPLETE");
    let more = IMPORTING.replace("Topic: {", "More: { Type: AWS::SNS::Topic }, Topic: {");
    templates.put("user.yaml", &more).await;
    assert_eq!(stacks.update("app", &with_user).await, "UPDATE_COMPLETE");
}
