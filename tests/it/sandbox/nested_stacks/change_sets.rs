//! Change sets that tell what becomes of nested stacks as well.

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    ChangeSetStatus, ChangeSetType, ExecutionStatus, ResourceChange,
};

use super::{TOPIC, Templates, nested};
use crate::support::embedded::{Stacks, words};

/// A stack of two that are nested in it, of which the second reads the first.
fn root(shown: &str, more: &str) -> String {
    let inner = nested("topic.yaml", &format!(", Parameters: {{ Shown: {shown} }}"));
    let other = nested("other.yaml", "");
    format!("Resources:\n  Inner: {inner}\n  Other: {other}\n{more}")
}

const OTHER: &str = "Resources: { Queue: { Type: AWS::SQS::Queue } }\n";

async fn ask(stacks: &Stacks, name: &str, template: &str, kind: ChangeSetType) {
    let create = stacks.0.create_change_set().stack_name("app").change_set_name(name);
    let create = create.template_body(template).change_set_type(kind);
    create.include_nested_stacks(true).send().await.expect("accepted");
    let found = describe(stacks, "app", name).await;
    assert_eq!(found.include_nested_stacks(), Some(true));
}

/// Returns a change set once it is ready.
async fn describe(stacks: &Stacks, stack: &str, name: &str) -> DescribeChangeSetOutput {
    loop {
        let describe = stacks.0.describe_change_set().stack_name(stack).change_set_name(name);
        let found = describe.send().await.expect("a change set");
        match found.status() {
            Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
            _ => return found,
        }
    }
}

/// Returns the change set of the nested stack that a change of the stack above tells.
async fn below(
    stacks: &Stacks,
    above: &DescribeChangeSetOutput,
    id: &str,
) -> DescribeChangeSetOutput {
    let change = changes(above).into_iter().find(|change| change.logical_resource_id() == Some(id));
    let arn = change.and_then(ResourceChange::change_set_id).expect("a nested change set");
    let describe = stacks.0.describe_change_set().change_set_name(arn);
    describe.send().await.expect("the nested change set")
}

fn changes(change_set: &DescribeChangeSetOutput) -> Vec<&ResourceChange> {
    change_set.changes().iter().filter_map(|change| change.resource_change()).collect()
}

fn told(change_set: &DescribeChangeSetOutput) -> Vec<String> {
    let told = changes(change_set).into_iter().map(|change| {
        let action = change.action().expect("an action").as_str();
        format!("{action} {}", change.logical_resource_id().expect("a logical id"))
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_set_tells_what_becomes_of_nested_stacks_and_carries_it_out() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    templates.put("other.yaml", OTHER).await;
    ask(stacks, "first", &root("x", ""), ChangeSetType::Create).await;
    let first = describe(stacks, "app", "first").await;
    assert_eq!(told(&first), ["Add Inner", "Add Other"]);
    let inner = below(stacks, &first, "Inner").await;
    assert_eq!(told(&inner), ["Add Topic"]);
    assert_eq!(inner.parent_change_set_id(), first.change_set_id());
    assert_eq!(inner.root_change_set_id(), first.change_set_id());
    let name = inner.change_set_name().unwrap();
    assert!(name.starts_with("first-Inner-") && name.len() == "first-Inner-".len() + 12, "{name}");
    let waiting = stacks.describe(inner.stack_id().unwrap()).await;
    assert_eq!(waiting.stack_status.unwrap().as_str(), "REVIEW_IN_PROGRESS");

    stacks.0.execute_change_set().stack_name("app").change_set_name("first").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "CREATE_COMPLETE");
    assert_eq!(templates.nested("app", "Inner").await, inner.stack_id().unwrap());
    let made = stacks.describe(inner.stack_id().unwrap()).await;
    assert_eq!(made.change_set_id.as_deref(), inner.change_set_id());
    let executed = below(stacks, &describe(stacks, "app", "first").await, "Inner").await;
    assert_eq!(executed.execution_status(), Some(&ExecutionStatus::ExecuteComplete));

    // What does not change is not told, however it is nested.
    let more = "  Own: { Type: AWS::SNS::Topic }\n";
    ask(stacks, "second", &root("y", more), ChangeSetType::Update).await;
    let second = describe(stacks, "app", "second").await;
    assert_eq!(told(&second), ["Modify Inner", "Add Own"]);
    let values = stacks.0.describe_change_set().include_property_values(true);
    let inner = below(stacks, &second, "Inner").await;
    let values = values.change_set_name(inner.change_set_id().unwrap()).send().await.unwrap();
    let target = changes(&values)[0].details()[0].target().unwrap();
    assert_eq!((target.before_value(), target.after_value()), (Some("x"), Some("y")));
    stacks.0.execute_change_set().stack_name("app").change_set_name("second").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    ask(stacks, "third", &root("y", more), ChangeSetType::Update).await;
    let third = describe(stacks, "app", "third").await;
    assert_eq!(third.status(), Some(&ChangeSetStatus::Failed));
    assert!(third.status_reason().unwrap().contains("didn't contain changes"), "{third:?}");
    // A template that became another under the same address is a change.
    templates.put("other.yaml", &OTHER.replace("Queue:", "Line:")).await;
    ask(stacks, "fourth", &root("y", more), ChangeSetType::Update).await;
    let fourth = describe(stacks, "app", "fourth").await;
    assert_eq!(told(&fourth), ["Modify Other"]);
    assert_eq!(told(&below(stacks, &fourth, "Other").await), ["Add Line", "Remove Queue"]);
}

#[tokio::test(start_paused = true)]
async fn nested_change_sets_are_executed_and_deleted_with_their_root_only() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    templates.put("other.yaml", OTHER).await;
    ask(stacks, "first", &root("x", ""), ChangeSetType::Create).await;
    let first = describe(stacks, "app", "first").await;
    let inner = below(stacks, &first, "Inner").await;
    let (arn, stack) = (inner.change_set_id().unwrap(), inner.stack_id().unwrap());
    let execute = stacks.0.execute_change_set().change_set_name(arn).send().await;
    let refused = words(&execute.expect_err("it belongs to its root"));
    assert!(refused.contains("is executed with its root change set"), "{refused}");
    let delete = stacks.0.delete_change_set().change_set_name(arn).send().await;
    let refused = words(&delete.expect_err("it belongs to its root"));
    assert!(refused.contains("is deleted with its root change set"), "{refused}");
    stacks.0.delete_change_set().stack_name("app").change_set_name("first").send().await.unwrap();
    let left = stacks.0.list_change_sets().stack_name(stack).send().await.unwrap();
    assert_eq!(left.summaries(), []);
    // The stack that waited is the one that is made.
    ask(stacks, "again", &root("x", ""), ChangeSetType::Create).await;
    let again = describe(stacks, "app", "again").await;
    assert_eq!(below(stacks, &again, "Inner").await.stack_id(), Some(stack));
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    let listed = stacks.0.list_stacks().send().await.unwrap().stack_summaries.unwrap();
    let waits =
        |status: &str| listed.iter().any(|it| it.stack_status.as_ref().unwrap().as_str() == status);
    assert!(!waits("REVIEW_IN_PROGRESS"), "{listed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_nested_change_set_that_cannot_be_made_fails_the_one_above() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    // No such object is in the bucket.
    ask(stacks, "first", &root("x", ""), ChangeSetType::Create).await;
    let first = describe(stacks, "app", "first").await;
    assert_eq!(first.status(), Some(&ChangeSetStatus::Failed));
    assert!(first.status_reason().unwrap().starts_with("S3 error"), "{first:?}");
    // One that is found wrong early is there to be looked at.
    let taken = "Resources: { Queue: { Type: AWS::SQS::Queue, Metadata: { Sandbox: { Invalid: it is taken } } } }";
    templates.put("other.yaml", taken).await;
    ask(stacks, "second", &root("x", ""), ChangeSetType::Create).await;
    let second = describe(stacks, "app", "second").await;
    let other = below(stacks, &second, "Other").await;
    assert_eq!(other.status(), Some(&ChangeSetStatus::Failed));
    let arn = other.change_set_id().unwrap();
    let reason =
        format!("Nested change set {arn} was not successfully created: Currently in FAILED.");
    assert_eq!(second.status_reason(), Some(reason.as_str()));
    // A template that nests itself comes to an end.
    templates
        .put("other.yaml", &format!("Resources: {{ N: {} }}\n", nested("other.yaml", "")))
        .await;
    ask(stacks, "third", &root("x", ""), ChangeSetType::Create).await;
    let third = describe(stacks, "app", "third").await;
    assert_eq!(third.status(), Some(&ChangeSetStatus::Failed));
}
