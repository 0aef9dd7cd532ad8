//! Change sets: what would change, told before it is done.

use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{Capability, Change, ChangeSetType, Parameter, ResourceChange};
use serde_json::json;

use crate::support::embedded::{Embedded, Keys, Stacks, words};

const DEV: &str = "100000000001";

/// A queue, what reads from it, and what names it.
const BEFORE: &str = r#"
Parameters: { Delay: { Type: Number, Default: 1 }, Password: { Type: String, NoEcho: true, Default: hidden } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Delay, QueueName: one } }
  Name: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !GetAtt Queue.Arn } }
  Topic: { Type: AWS::SNS::Topic }
  Old: { Type: AWS::SNS::Topic }
  Kept: { Type: AWS::SNS::Topic, DeletionPolicy: Retain }
"#;

const AFTER: &str = r#"
Parameters: { Delay: { Type: Number, Default: 1 }, Password: { Type: String, NoEcho: true, Default: hidden } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Delay, QueueName: two } }
  Name: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !GetAtt Queue.Arn } }
  Topic: { Type: AWS::SNS::Topic }
  New: { Type: AWS::SNS::Topic }
"#;

/// Asks for a change set of `app` and waits until it is made, or cannot be.
pub(super) async fn change_set(
    stacks: &Stacks,
    name: &str,
    template: &str,
    kind: ChangeSetType,
) -> DescribeChangeSetOutput {
    let create = stacks.0.create_change_set().stack_name("app").change_set_name(name);
    let create = create.template_body(template).change_set_type(kind);
    let created = create.capabilities(Capability::CapabilityNamedIam).send().await;
    created.unwrap_or_else(|error| panic!("{}", words(&error)));
    made(stacks, name).await
}

pub(super) async fn made(stacks: &Stacks, name: &str) -> DescribeChangeSetOutput {
    loop {
        let found = described(stacks, name).await;
        let status = found.status().map(|status| status.as_str()).unwrap_or_default();
        if !["CREATE_PENDING", "CREATE_IN_PROGRESS"].contains(&status) {
            return found;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn described(stacks: &Stacks, name: &str) -> DescribeChangeSetOutput {
    let describe = stacks.0.describe_change_set().stack_name("app").change_set_name(name);
    describe.send().await.unwrap_or_else(|error| panic!("{}", words(&error)))
}

/// Returns each change as `Modify Queue False DelaySeconds`.
pub(super) fn told(found: &DescribeChangeSetOutput) -> Vec<String> {
    found.changes().iter().filter_map(Change::resource_change).map(line).collect()
}

fn line(change: &ResourceChange) -> String {
    let details = change.details().iter().map(|detail| {
        let target = detail.target().expect("a detail has a target");
        let part = target.name().or(target.attribute().map(|attribute| attribute.as_str()));
        let (source, evaluation) = (detail.change_source(), detail.evaluation());
        format!(
            " {} {} {}{}",
            part.unwrap_or_default(),
            evaluation.map(|evaluation| evaluation.as_str()).unwrap_or_default(),
            source.map(|source| source.as_str()).unwrap_or_default(),
            detail.causing_entity().map(|cause| format!(" {cause}")).unwrap_or_default(),
        )
    });
    let details: Vec<String> = details.collect();
    format!(
        "{} {}{}{}{}",
        change.action().map(|action| action.as_str()).unwrap_or_default(),
        change.logical_resource_id().unwrap_or_default(),
        change.replacement().map(|it| format!(" {}", it.as_str())).unwrap_or_default(),
        change.policy_action().map(|it| format!(" {}", it.as_str())).unwrap_or_default(),
        details.join(","),
    )
}

pub(super) fn statuses(found: &DescribeChangeSetOutput) -> (&str, &str) {
    (
        found.status().map(|status| status.as_str()).unwrap_or_default(),
        found.execution_status().map(|status| status.as_str()).unwrap_or_default(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_change_set_tells_what_an_update_would_do_and_why() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    let seen = stacks.story("app").await.len();
    let found = change_set(&stacks, "second", AFTER, ChangeSetType::Update).await;
    assert_eq!(statuses(&found), ("CREATE_COMPLETE", "AVAILABLE"));
    assert_eq!(
        told(&found),
        [
            "Remove Kept Retain",
            "Modify Name False Value Static ResourceAttribute Queue.Arn",
            "Add New",
            "Remove Old Delete",
            "Modify Queue True ReplaceAndDelete QueueName Static DirectModification",
        ]
    );
    let parameters = found.parameters().iter().find(|p| p.parameter_key() == Some("Password"));
    assert_eq!(parameters.and_then(Parameter::parameter_value), Some("****"));
    assert_eq!(stacks.story("app").await.len(), seen, "nothing was done");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_names_the_parameter_or_the_tags_behind_a_change() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    let delay = Parameter::builder().parameter_key("Delay").parameter_value("2").build();
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("delay");
    create.use_previous_template(true).parameters(delay).send().await.expect("accepted");
    let found = made(&stacks, "delay").await;
    assert_eq!(
        told(&found),
        [
            "Modify Name False Value Dynamic ResourceAttribute Queue.Arn",
            "Modify Queue False DelaySeconds Static ParameterReference Delay, DelaySeconds Dynamic \
             DirectModification",
        ]
    );
    let tag = aws_sdk_cloudformation::types::Tag::builder().key("a").value("b").build();
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("tags");
    create.use_previous_template(true).tags(tag).send().await.expect("accepted");
    let tagged = told(&made(&stacks, "tags").await);
    assert!(
        tagged.contains(&"Modify Topic False Tags Static DirectModification".to_owned()),
        "{tagged:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_names_a_resource_that_is_replaced_and_recreates_is_replaced_as_well() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |name: &str| {
        format!(
            "Resources:\n  Topic: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: {name} }} }}\n  \
             Mail: {{ Type: AWS::SNS::Subscription, Properties: {{ TopicArn: !Ref Topic, Protocol: \
             email, Endpoint: a@example.com }} }}\n"
        )
    };
    stacks.create("app", &template("one")).await;
    let found = change_set(&stacks, "second", &template("two"), ChangeSetType::Update).await;
    assert_eq!(
        told(&found),
        [
            "Modify Mail True ReplaceAndDelete TopicArn Static ResourceReference Topic",
            "Modify Topic True ReplaceAndDelete TopicName Static DirectModification",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_set_without_changes_fails_and_says_so() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    let found = change_set(&stacks, "same", BEFORE, ChangeSetType::Update).await;
    assert_eq!(statuses(&found), ("FAILED", "UNAVAILABLE"));
    assert_eq!(
        found.status_reason(),
        Some(
            "The submitted information didn't contain changes. Submit different information to \
             create a change set."
        )
    );
    let execute = stacks.0.execute_change_set().stack_name("app").change_set_name("same");
    let refused = words(&execute.send().await.expect_err("it cannot be executed"));
    assert!(refused.starts_with("InvalidChangeSetStatus: ChangeSet [arn:"), "{refused}");
    assert!(refused.ends_with("cannot be executed in its current status of [FAILED]"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_takes_its_time_and_is_not_deleted_before() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("second");
    create.template_body(AFTER).send().await.expect("accepted");
    assert_eq!(statuses(&described(&stacks, "second").await), ("CREATE_PENDING", "UNAVAILABLE"));
    let delete = || stacks.0.delete_change_set().stack_name("app").change_set_name("second").send();
    let refused = words(&delete().await.expect_err("it is being made"));
    assert!(refused.starts_with("InvalidChangeSetStatus: "), "{refused}");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let half = described(&stacks, "second").await;
    assert_eq!(statuses(&half), ("CREATE_IN_PROGRESS", "UNAVAILABLE"));
    assert!(half.changes().is_empty());
    made(&stacks, "second").await;
    delete().await.expect("it is deleted");
    delete().await.expect("what is not there is deleted already");
    let describe = stacks.0.describe_change_set().stack_name("app").change_set_name("second");
    assert_eq!(
        words(&describe.send().await.expect_err("it is gone")),
        "ChangeSetNotFound: ChangeSet [second] does not exist"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_stack_waits_under_its_change_set_until_that_is_executed() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let found = change_set(&stacks, "first", BEFORE, ChangeSetType::Create).await;
    assert!(told(&found).iter().all(|line| line.starts_with("Add ")), "{found:?}");
    assert_eq!(found.changes().len(), 5);
    let waiting = stacks.describe("app").await;
    assert_eq!(
        waiting.stack_status.map(|s| s.as_str().to_owned()),
        Some("REVIEW_IN_PROGRESS".into())
    );
    let execute = stacks.0.execute_change_set().stack_name("app").change_set_name("first");
    execute.send().await.expect("it is executed");
    assert_eq!(statuses(&described(&stacks, "first").await).1, "EXECUTE_IN_PROGRESS");
    assert_eq!(stacks.settled("app").await, "CREATE_COMPLETE");
    assert_eq!(statuses(&described(&stacks, "first").await).1, "EXECUTE_COMPLETE");
    let again = stacks.0.create_change_set().stack_name("app").change_set_name("again");
    let again = again.template_body(BEFORE).change_set_type(ChangeSetType::Create).send().await;
    assert_eq!(
        words(&again.expect_err("it stands")),
        "ValidationError: Stack [app] already exists and cannot be created again with the \
         changeSet [again]."
    );
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_only_waits_is_deleted_at_once() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    change_set(&stacks, "first", BEFORE, ChangeSetType::Create).await;
    let delete = stacks.0.delete_change_set().stack_name("app").change_set_name("first");
    delete.send().await.expect("it is deleted");
    let waiting = stacks.describe("app").await.stack_status;
    assert_eq!(waiting.map(|status| status.as_str().to_owned()), Some("REVIEW_IN_PROGRESS".into()));
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn an_executed_change_set_is_the_update_it_told() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    change_set(&stacks, "other", AFTER, ChangeSetType::Update).await;
    change_set(&stacks, "second", AFTER, ChangeSetType::Update).await;
    let execute = || {
        let execute = stacks.0.execute_change_set().stack_name("app").change_set_name("second");
        execute.client_request_token("once").send()
    };
    execute().await.expect("it is executed");
    execute().await.expect("a repeated token is answered alike");
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    let listed = stacks.0.list_change_sets().stack_name("app").send().await.expect("a list");
    let names: Vec<_> = listed.summaries().iter().filter_map(|it| it.change_set_name()).collect();
    assert_eq!(names, ["second"], "the others are forgotten");
    let same = change_set(&stacks, "third", AFTER, ChangeSetType::Update).await;
    assert_eq!(statuses(&same).0, "FAILED");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_of_before_another_update_is_obsolete() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("app", BEFORE).await;
    change_set(&stacks, "second", AFTER, ChangeSetType::Update).await;
    stacks
        .update(
            "app",
            &BEFORE
                .replace("Delay: { Type: Number, Default: 1", "Delay: { Type: Number, Default: 3"),
        )
        .await;
    assert_eq!(statuses(&described(&stacks, "second").await), ("CREATE_COMPLETE", "OBSOLETE"));
    let execute = stacks.0.execute_change_set().stack_name("app").change_set_name("second");
    let refused = words(&execute.send().await.expect_err("it is obsolete"));
    assert!(refused.ends_with("in its current status of [OBSOLETE]"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_is_refused_where_its_update_would_be() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let ask = |name: &'static str| {
        let create = stacks.0.create_change_set().stack_name("app").change_set_name(name);
        create.template_body(BEFORE)
    };
    let absent = ask("second").send().await.expect_err("there is no stack");
    assert_eq!(words(&absent), "ValidationError: Stack [app] does not exist");
    let create = stacks.0.create_stack().stack_name("app").template_body(BEFORE);
    create.send().await.expect("accepted");
    let moving = words(&ask("second").send().await.expect_err("it moves"));
    assert!(moving.ends_with("is in CREATE_IN_PROGRESS state and can not be updated."), "{moving}");
    stacks.settled("app").await;
    let odd = words(&ask("no_name").send().await.expect_err("the name is none"));
    assert!(odd.contains("'changeSetName' failed to satisfy constraint"), "{odd}");
    let first = ask("second").client_token("one").send().await.expect("accepted");
    let same = ask("second").client_token("one").send().await.expect("the same once more");
    assert_eq!(first.id(), same.id());
    let taken = ask("second").client_token("two").send().await.expect_err("the name is taken");
    assert_eq!(words(&taken), "AlreadyExistsException: ChangeSet second already exists");
    ask("third").include_nested_stacks(true).send().await.expect("there is none");
}

#[tokio::test(start_paused = true)]
async fn many_changes_come_in_pages() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topics = |count: usize| {
        let topics = (0..count).map(|n| format!("  T{n:03}: {{ Type: AWS::SNS::Topic }}\n"));
        format!("Resources:\n{}", topics.collect::<String>())
    };
    stacks.create("app", &topics(1)).await;
    let first = change_set(&stacks, "more", &topics(151), ChangeSetType::Update).await;
    assert_eq!(first.changes().len(), 100);
    let describe = stacks.0.describe_change_set().stack_name("app").change_set_name("more");
    let second = describe.set_next_token(first.next_token).send().await.expect("a page");
    assert_eq!((second.changes().len(), second.next_token()), (50, None));
}

#[tokio::test(start_paused = true)]
async fn a_value_of_the_parameter_store_is_read_anew_by_every_update() {
    const TEMPLATE: &str = "
Parameters: { Value: { Type: AWS::SSM::Parameter::Value<String>, Default: /own/name } }
Resources: { Copy: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Value } } }
Outputs: { Value: { Value: !GetAtt Copy.Value } }
";
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let put = |value: &str| {
        let input =
            json!({ "Name": "/own/name", "Value": value, "Type": "String", "Overwrite": true });
        let cloud = &cloud;
        async move { cloud.ssm(&Keys::root(DEV), "PutParameter", input).await.expect("it is put") }
    };
    put("one").await;
    assert_eq!(stacks.create("app", TEMPLATE).await, "CREATE_COMPLETE");
    put("two").await;
    let found = change_set(&stacks, "again", TEMPLATE, ChangeSetType::Update).await;
    assert_eq!(told(&found), ["Modify Copy False Value Static DirectModification"]);
    let update = stacks.0.update_stack().stack_name("app").use_previous_template(true);
    update.send().await.unwrap_or_else(|error| panic!("{}", words(&error)));
    assert_eq!(stacks.settled("app").await, "UPDATE_COMPLETE");
    assert_eq!(stacks.output("app", "Value").await, "two");
    let update = stacks.0.update_stack().stack_name("app").use_previous_template(true);
    let refused = words(&update.send().await.expect_err("nothing has changed"));
    assert_eq!(refused, "ValidationError: No updates are to be performed.");
}
