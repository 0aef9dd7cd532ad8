//! What early validation and hooks find wrong, and where CloudFormation tells it.

use std::time::Duration;

use aws_sdk_cloudformation::types::{
    ChangeSetType, EventFilter, EventType, HookStatus, ListHookResultsTargetType, OperationEvent,
};

use crate::support::embedded::{Embedded, Stacks, words};

const DEV: &str = "100000000001";

const GOOD: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

/// Two faults of early validation, a warning, and what a hook refuses.
const INVALID: &str = r#"
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata:
      Sandbox:
        Invalid:
          - { Property: TopicName, Reason: "must be of type String." }
          - { Reason: "an account may have no more", Mode: WARN }
    Properties: { DisplayName: new }
  Queue:
    Type: AWS::SQS::Queue
    Metadata: { Sandbox: { Invalid: "Resource of type 'AWS::SQS::Queue' already exists." } }
"#;

const REFUSED: &str = r#"
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata:
      Sandbox:
        Hooks:
          - Type: Acme::Guard::Hook
            Reason: "no encryption"
            Annotations:
              - Name: Encryption
                Message: "the topic has no key"
                Remediation: "set KmsMasterKeyId"
                Link: "https://acme.example/sns"
          - { Type: Acme::Cost::Hook, Reason: "rather dear", Mode: WARN }
    Properties: { DisplayName: new }
"#;

/// Returns each event as `VALIDATION_ERROR Topic: reason`.
fn lines(events: &[OperationEvent]) -> Vec<String> {
    let line = |event: &OperationEvent| {
        let reason = event.validation_status_reason().or(event.hook_status_reason());
        let reason = reason.or(event.resource_status_reason()).unwrap_or_default();
        format!(
            "{} {}: {reason}",
            event.event_type().map_or("", |it| it.as_str()),
            event.logical_resource_id().unwrap_or_default()
        )
    };
    events.iter().map(line).collect()
}

async fn change_set(stacks: &Stacks, template: &str) -> (String, String) {
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("change");
    let create = create.template_body(template).change_set_type(ChangeSetType::Update);
    let arn = create.send().await.expect("it is accepted").id.expect("it has an ARN");
    loop {
        let found = stacks.0.describe_change_set().change_set_name(&arn).send().await;
        let found = found.expect("it is there");
        let status = found.status().map(|status| status.as_str()).unwrap_or_default();
        if !["CREATE_PENDING", "CREATE_IN_PROGRESS"].contains(&status) {
            return (arn, format!("{status} {}", found.status_reason().unwrap_or_default()));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn failed() -> EventFilter {
    EventFilter::builder().failed_events(true).build()
}

#[tokio::test(start_paused = true)]
async fn early_validation_fails_an_operation_before_any_resource_and_tells_all_it_found() {
    let stacks = Embedded::new().stacks(DEV);
    let created = stacks.0.create_stack().stack_name("app").template_body(INVALID).send().await;
    let id = created.expect("it is accepted").stack_id.expect("it has an ARN");
    stacks.settled("app").await;
    let events = stacks.0.describe_stack_events().stack_name(&id).send().await.expect("events");
    let events = events.stack_events();
    assert!(events.iter().all(|event| event.physical_resource_id() == Some(&id)), "{events:?}");
    let rolled_back = &events[events.len() - 2];
    let reason = rolled_back.resource_status_reason().unwrap_or_default();
    assert!(reason.contains("[AWS::EarlyValidation::PropertyValidation]"), "{reason}");
    let operation = events[events.len() - 1].operation_id().expect("an operation has an id");
    assert_ne!(Some(operation), rolled_back.operation_id(), "the way back is one of its own");
    let told = stacks.0.describe_events().operation_id(operation).filters(failed()).send().await;
    let told = told.expect("they are told");
    assert_eq!(
        lines(told.operation_events()),
        [
            "VALIDATION_ERROR Topic: must be of type String.",
            "VALIDATION_ERROR Queue: Resource of type 'AWS::SQS::Queue' already exists.",
        ]
    );
    let path = told.operation_events()[0].validation_path();
    assert_eq!(path, Some("/Resources/Topic/Properties/TopicName"));
    let all = stacks.0.describe_events().stack_name("app").send().await.expect("they are told");
    assert_eq!(all.operation_events().len(), events.len() + 2);
    let nothing = stacks.0.describe_events().change_set_name("change").send().await;
    let refused = words(&nothing.expect_err("a name is not enough"));
    assert!(refused.contains("One of ChangeSetName, OperationId or StackName"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_hook_fails_its_resource_and_its_result_tells_what_mends_that() {
    let stacks = Embedded::new().stacks(DEV);
    let create = stacks.0.create_stack().stack_name("app").template_body(REFUSED);
    create.send().await.expect("it is accepted");
    stacks.settled("app").await;
    let events = stacks.0.describe_stack_events().stack_name("app").send().await.expect("events");
    let failed = events.stack_events().iter().find(|event| {
        event.resource_status().is_some_and(|status| status.as_str() == "CREATE_FAILED")
    });
    let reason = failed.and_then(|event| event.resource_status_reason());
    assert_eq!(reason, Some("The following hook(s) failed: [Acme::Guard::Hook]"));
    let hooks = events.stack_events().iter().filter(|event| event.hook_type().is_some());
    let hooks: Vec<_> = hooks.collect();
    assert_eq!(hooks.len(), 2, "the warning is told as well");
    let guard = hooks.iter().find(|event| event.hook_type() == Some("Acme::Guard::Hook"));
    let guard = guard.expect("it is told");
    assert_eq!(guard.hook_status(), Some(&HookStatus::HookCompleteFailed));
    let id = guard.hook_invocation_id().expect("it has a result");
    let result = stacks.0.get_hook_result().hook_result_id(id).send().await.expect("a result");
    assert_eq!(result.hook_status_reason(), Some("no encryption"));
    let link = result.annotations()[0].remediation_link();
    assert_eq!(link, Some("https://acme.example/sns"));
}

#[tokio::test(start_paused = true)]
async fn a_change_set_that_is_found_wrong_fails_and_one_with_warnings_does_not() {
    let stacks = Embedded::new().stacks(DEV);
    stacks.0.create_stack().stack_name("app").template_body(GOOD).send().await.expect("accepted");
    stacks.settled("app").await;
    let (arn, told) = change_set(&stacks, REFUSED).await;
    assert!(
        told.starts_with("FAILED The following hook(s)/validation failed: [Acme::Guard"),
        "{told}"
    );
    let events = stacks.0.describe_events().change_set_name(&arn).filters(failed()).send().await;
    let events = events.expect("they are told");
    let found = lines(events.operation_events());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&"HOOK_INVOCATION_ERROR Topic: no encryption".to_owned()), "{found:?}");
    let kinds = events.operation_events().iter().map(OperationEvent::event_type);
    assert!(kinds.into_iter().all(|it| it == Some(&EventType::HookInvocationError)));
    let listed = stacks.0.list_hook_results().target_type(ListHookResultsTargetType::ChangeSet);
    let listed = listed.target_id(&arn).send().await.expect("results");
    assert_eq!(listed.hook_results().len(), 2);
    stacks.0.delete_change_set().change_set_name(&arn).send().await.expect("it is deleted");
    let only_warned = REFUSED.replace("Reason: \"no encryption\"", "Mode: WARN");
    let (_, told) = change_set(&stacks, &only_warned).await;
    assert_eq!(told, "CREATE_COMPLETE ");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_fails_on_properties_that_are_none_or_missing_and_on_names_that_are_taken() {
    let stacks = Embedded::new().stacks(DEV);
    let taken =
        "Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: orders } } }";
    assert_eq!(stacks.create("other", taken).await, "CREATE_COMPLETE");
    assert_eq!(stacks.create("app", GOOD).await, "CREATE_COMPLETE");
    let faulty = r#"
Parameters: { Name: { Type: String, Default: orders } }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayNam: new } }
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Name } }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { VpcId: !GetAtt Queue.Arn } }
"#;
    let (arn, told) = change_set(&stacks, faulty).await;
    let failed_in = "FAILED The following hook(s)/validation failed: \
                     [AWS::EarlyValidation::PropertyValidation, AWS::EarlyValidation::ResourceExistenceCheck].";
    assert!(told.starts_with(failed_in), "{told}");
    let events = stacks.0.describe_events().change_set_name(&arn).filters(failed()).send().await;
    let events = events.expect("they are told");
    assert_eq!(
        lines(events.operation_events()),
        [
            "VALIDATION_ERROR Topic: Unsupported property [DisplayNam]",
            "VALIDATION_ERROR Queue: Resource of type 'AWS::SQS::Queue' with identifier 'orders' already \
             exists.",
            "VALIDATION_ERROR Group: Required property [GroupDescription] not found",
        ]
    );
    let names = events.operation_events().iter().filter_map(|it| it.validation_name());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["PROPERTY_VALIDATION", "NAME_CONFLICT_VALIDATION", "PROPERTY_VALIDATION"]
    );
    assert_eq!(events.operation_events()[2].validation_path(), Some("/Resources/Group/Properties"));
    let own = "Resources: { Topic: { Type: AWS::SNS::Topic }, More: { Type: AWS::SQS::Queue, Properties: { \
               QueueName: bills } } }";
    stacks.0.delete_change_set().change_set_name(&arn).send().await.expect("it is deleted");
    assert_eq!(change_set(&stacks, own).await.1, "CREATE_COMPLETE ");
}
