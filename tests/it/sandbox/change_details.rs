//! What change sets tell of resources, and what they leave on stacks, as AWS was recorded.

use aws_sdk_cloudformation::types::{
    Capability, Change, ChangeSetType, OnStackFailure, Parameter, ResourceChange, TemplateStage,
};

use super::change_sets::{change_set, made, told};
use crate::support::embedded::{Embedded, Keys, Stacks, words};

const DEV: &str = "100000000001";

/// Returns each change of a change set of `app` with its values: a line a detail, such as
/// `Queue /Properties/DelaySeconds Modify 1 → 2 Static DirectModification`.
async fn values(stacks: &Stacks, name: &str) -> (Vec<String>, Vec<ResourceChange>) {
    let describe = stacks.0.describe_change_set().stack_name("app").change_set_name(name);
    let found = describe.include_property_values(true).send().await.expect("it is told");
    let changes: Vec<ResourceChange> =
        found.changes().iter().filter_map(Change::resource_change).cloned().collect();
    let lines = changes.iter().flat_map(|change| {
        change.details().iter().map(|detail| {
            let target = detail.target().expect("a target");
            let kind = target.attribute_change_type().map(|kind| kind.as_str());
            format!(
                "{} {} {} {} → {} {} {}{}",
                change.logical_resource_id().unwrap_or_default(),
                target.path().unwrap_or_default(),
                kind.unwrap_or_default(),
                target.before_value().unwrap_or_default(),
                target.after_value().unwrap_or_default(),
                detail.evaluation().map(|it| it.as_str()).unwrap_or_default(),
                detail.change_source().map(|it| it.as_str()).unwrap_or_default(),
                detail.causing_entity().map(|it| format!(" {it}")).unwrap_or_default(),
            )
        })
    });
    (lines.collect(), changes)
}

/// Returns topics, what names one and what reads an attribute of the other, and a queue with a parameter.
fn topics_and_readers(topic: &str, display: &str, tags: &str) -> String {
    format!(
        "Parameters: {{ Delay: {{ Type: Number, Default: 1 }} }}\n\
             Resources:\n  \
               Topic: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: {topic}, Tags: [{tags}] }} }}\n  \
               Calm: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {display} }} }}\n  \
               Reads: {{ Type: AWS::SSM::Parameter, Properties: {{ Type: String, Value: !GetAtt Calm.TopicName }} }}\n  \
               Name: {{ Type: AWS::SSM::Parameter, Properties: {{ Type: String, Value: !Sub 'to ${{Topic}}' }} }}\n  \
               Queue: {{ Type: AWS::SQS::Queue, Properties: {{ DelaySeconds: !Ref Delay }} }}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn with_values_each_place_is_told_as_it_is_and_as_it_would_be() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let before = topics_and_readers("one", "a", "{ Key: k, Value: v }");
    let after = topics_and_readers("two", "b", "{ Key: k, Value: w }, { Key: l, Value: x }")
        + "  New: { Type: AWS::SNS::Topic, Properties: { DisplayName: !GetAtt Topic.TopicName } }\n";
    stacks.create("app", &before).await;
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("second");
    let delay = Parameter::builder().parameter_key("Delay").parameter_value("2").build();
    create.template_body(after).parameters(delay).send().await.expect("accepted");
    let plain = told(&made(&stacks, "second").await);
    assert!(
        plain.contains(
            &"Modify Reads False Value Dynamic ResourceAttribute Calm.TopicName".to_owned()
        ),
        "{plain:?}"
    );
    let (lines, changes) = values(&stacks, "second").await;
    let arn = "arn:aws:sns:eu-central-1:100000000001:one";
    let later = "{{changeSet:KNOWN_AFTER_APPLY}}";
    assert_eq!(
        lines,
        [
            "Calm /Properties/DisplayName Modify a → b Static DirectModification".to_owned(),
            format!(
                "Name /Properties/Value Modify to {arn} → to {later} Static ResourceReference Topic"
            ),
            format!(
                "Name /Properties/Value Modify to {arn} → to {later} Dynamic DirectModification"
            ),
            "Queue /Properties/DelaySeconds Modify 1 → 2 Static ParameterReference Delay"
                .to_owned(),
            "Queue /Properties/DelaySeconds Modify 1 → 2 Dynamic DirectModification".to_owned(),
            "Topic /Properties/Tags/0/Value Modify v → w Static DirectModification".to_owned(),
            "Topic /Properties/Tags/1 Add  → {\"Key\":\"l\",\"Value\":\"x\"} Static \
             DirectModification"
                .to_owned(),
            "Topic /Properties/TopicName Modify one → two Static DirectModification".to_owned(),
        ]
    );
    let of = |name: &str| {
        let found = changes.iter().find(|it| it.logical_resource_id() == Some(name));
        found.unwrap_or_else(|| panic!("{name} changes"))
    };
    let replacement = |name: &str| of(name).replacement().map(|it| it.as_str());
    assert_eq!((replacement("New"), replacement("Topic")), (Some("True"), Some("True")));
    assert_eq!(
        of("New").after_context(),
        Some(format!("{{\"Properties\":{{\"DisplayName\":\"{later}\"}}}}").as_str())
    );
    assert_eq!(of("New").before_context(), None);
    assert_eq!(of("Queue").before_context(), Some("{\"Properties\":{\"DelaySeconds\":\"1\"}}"));
    assert_eq!(of("Queue").after_context(), Some("{\"Properties\":{\"DelaySeconds\":\"2\"}}"));
    assert!(changes.iter().all(|it| it.logical_resource_id() != Some("Reads")), "{changes:?}");
}

#[tokio::test(start_paused = true)]
async fn values_that_are_not_to_be_shown_are_not_told_by_change_sets() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |secret: &str| {
        format!(
            "Parameters: {{ Secret: {{ Type: String, NoEcho: true, Default: {secret} }} }}\n\
             Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
             Metadata: {{ Known: !Ref Secret }}\n    Properties: {{ DisplayName: !Sub 'a-${{Secret}}' }}\n"
        )
    };
    stacks.create("app", &template("first-secret")).await;
    change_set(&stacks, "second", &template("other-secret"), ChangeSetType::Update).await;
    let (lines, changes) = values(&stacks, "second").await;
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(
        lines[0],
        "Topic /Properties/DisplayName Modify a-**** → a-**** Static ParameterReference Secret"
    );
    assert_eq!(
        lines[2],
        "Topic /Metadata/Known Modify **** → **** Static ParameterReference Secret"
    );
    let all = format!("{changes:?}");
    assert!(!all.contains("first-secret") && !all.contains("other-secret"), "{all}");
    assert_eq!(
        changes[0].after_context(),
        Some("{\"Properties\":{\"DisplayName\":\"a-****\"},\"Metadata\":{\"Known\":\"****\"}}")
    );
}

#[tokio::test(start_paused = true)]
async fn metadata_and_policies_are_changes_of_a_resource() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |name: &str, note: &str, policy: &str| {
        format!(
            "Resources:\n  Topic: {{ Type: AWS::SNS::Topic, DeletionPolicy: {policy}, Metadata: {{ Note: {note}, \
             Sandbox: {{ Seconds: {} }} }} }}\n  Other: {{ Type: AWS::SNS::Topic, Properties: {{ \
             DisplayName: {name} }} }}\n",
            note.len(),
        )
    };
    stacks.create("app", &template("a", "one", "Delete")).await;
    let alone = &template("a", "two", "Retain");
    let alone = change_set(&stacks, "alone", alone, ChangeSetType::Update).await;
    let topic = "Modify Topic False DeletionPolicy Static DirectModification, Metadata Static DirectModification";
    assert_eq!(told(&alone), [topic]);
    let both = &template("b", "other", "Retain");
    let both = change_set(&stacks, "both", both, ChangeSetType::Update).await;
    assert_eq!(told(&both), ["Modify Other False DisplayName Static DirectModification", topic,]);
    let (lines, changes) = values(&stacks, "both").await;
    assert_eq!(
        lines[1..],
        [
            "Topic /DeletionPolicy Modify Delete → Retain Static DirectModification",
            "Topic /Metadata/Note Modify one → other Static DirectModification",
        ]
    );
    let scope: Vec<&str> = changes[1].scope().iter().map(|it| it.as_str()).collect();
    assert_eq!(scope, ["DeletionPolicy", "Metadata"]);
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_changes_automatically() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("templates").send().await.expect("a bucket");
    let nested = b"Resources: { Inner: { Type: AWS::SNS::Topic } }".to_vec();
    let put = s3.put_object().bucket("templates").key("t").body(nested.into());
    put.send().await.expect("an object");
    let template = |name: &str| {
        format!(
            "Resources:\n  Nested: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: \
             https://templates.s3.amazonaws.com/t }} }}\n  Topic: {{ Type: AWS::SNS::Topic, Properties: {{ \
             DisplayName: {name} }} }}\n"
        )
    };
    stacks.create("app", &template("a")).await;
    let found = change_set(&stacks, "second", &template("b"), ChangeSetType::Update).await;
    assert_eq!(
        told(&found),
        [
            "Modify Nested False Properties Dynamic Automatic",
            "Modify Topic False DisplayName Static DirectModification",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_goes_is_deleted_kept_or_saved_as_its_policies_say() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let policies = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
    let goes = |policy: &&str| {
        format!("  Goes{policy}: {{ Type: AWS::SNS::Topic, DeletionPolicy: {policy} }}\n")
    };
    let replaced = |name: &str| {
        let policies = policies.iter().filter(|policy| **policy != "RetainExceptOnCreate");
        let topic = |policy: &&str| {
            format!(
                "  New{policy}: {{ Type: AWS::SNS::Topic, UpdateReplacePolicy: {policy}, Properties: {{ \
                 TopicName: {policy}-{name} }} }}\n"
            )
        };
        policies.map(topic).collect::<String>()
    };
    let before: String = policies.iter().map(goes).collect();
    stacks.create("app", &format!("Resources:\n{before}{}", replaced("one"))).await;
    let after = format!("Resources:\n{}", replaced("two"));
    let found = change_set(&stacks, "second", &after, ChangeSetType::Update).await;
    let told = told(&found);
    let words: Vec<String> =
        told.iter().map(|line| line.split(' ').take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        words,
        [
            "Remove GoesDelete Delete",
            "Remove GoesRetain Retain",
            "Remove GoesRetainExceptOnCreate Retain",
            "Remove GoesSnapshot Snapshot",
            "Modify NewDelete True ReplaceAndDelete",
            "Modify NewRetain True ReplaceAndRetain",
            "Modify NewSnapshot True ReplaceAndSnapshot",
        ]
        .map(|line| line.to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_stack_names_the_change_set_that_made_it_what_it_is() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = |name: &str| {
        format!(
            "Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {name} }} }} }}"
        )
    };
    let named = async |name: &str| {
        let stack = stacks.describe(name).await;
        (stack.change_set_id, stack.last_updated_time.is_some())
    };
    let execute = async |name: &str| {
        let execute = stacks.0.execute_change_set().stack_name("app").change_set_name(name);
        execute.send().await.expect("it is executed");
        stacks.settled("app").await
    };
    let first = change_set(&stacks, "first", &template("a"), ChangeSetType::Create).await;
    assert_eq!(named("app").await, (None, false), "it only waits");
    assert_eq!(execute("first").await, "CREATE_COMPLETE");
    assert_eq!(named("app").await, (first.change_set_id, true));
    let second = change_set(&stacks, "second", &template("b"), ChangeSetType::Update).await;
    assert_eq!(execute("second").await, "UPDATE_COMPLETE");
    assert_eq!(named("app").await, (second.change_set_id, true));
    stacks.update("app", &template("c")).await;
    assert_eq!(named("app").await, (None, true), "no change set made it so");
    let failing = "Resources:\n  Topic: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: update } }, \
                   Properties: { DisplayName: d } }\n";
    change_set(&stacks, "third", failing, ChangeSetType::Update).await;
    assert_eq!(execute("third").await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(named("app").await, (None, true), "it went back");
    let fourth = change_set(&stacks, "fourth", &template("e"), ChangeSetType::Update).await;
    execute("fourth").await;
    let id = stacks.describe("app").await.stack_id.expect("an ARN");
    assert_eq!(named(&id).await, (fourth.change_set_id, true));
    stacks.delete("app").await;
    assert_eq!(named(&id).await, (None, true));
}

#[tokio::test(start_paused = true)]
async fn the_template_of_a_change_set_is_read_before_it_is_executed() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let first = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    stacks.create("app", first).await;
    let second = "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::All: [N, [A, B], { 'T${N}': { Type: \
                  AWS::SNS::Topic } }]\n";
    let create = stacks.0.create_change_set().stack_name("app").change_set_name("second");
    let create = create.template_body(second).capabilities(Capability::CapabilityAutoExpand);
    create.send().await.expect("accepted");
    let read = async |change_set: Option<&str>, stage: TemplateStage| {
        let get = stacks.0.get_template().stack_name("app").template_stage(stage);
        let got = get.set_change_set_name(change_set.map(str::to_owned)).send().await;
        got.map(|found| found.template_body.unwrap_or_default()).map_err(|error| words(&error))
    };
    assert_eq!(read(None, TemplateStage::Original).await.as_deref(), Ok(first));
    assert_eq!(read(None, TemplateStage::Processed).await.as_deref(), Ok(first));
    assert_eq!(read(Some("second"), TemplateStage::Original).await.as_deref(), Ok(second));
    let processed = read(Some("second"), TemplateStage::Processed).await.expect("a template");
    assert!(processed.contains("\"TA\":{\"Type\":\"AWS::SNS::Topic\"}"), "{processed}");
    let missing = read(Some("third"), TemplateStage::Original).await;
    assert_eq!(missing.unwrap_err(), "ChangeSetNotFound: ChangeSet [third] does not exist");
}

#[tokio::test(start_paused = true)]
async fn a_change_set_says_beforehand_what_happens_if_its_execution_fails() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let failing = "Resources: { Topic: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: create } } } }";
    let drawn_up = async |stack: &str, policy: OnStackFailure, kind: ChangeSetType| {
        let create = stacks.0.create_change_set().stack_name(stack).change_set_name("first");
        let create = create.template_body(failing).change_set_type(kind);
        create.on_stack_failure(policy).send().await
    };
    for (policy, end) in [
        (OnStackFailure::Rollback, "ROLLBACK_COMPLETE"),
        (OnStackFailure::DoNothing, "CREATE_FAILED"),
        (OnStackFailure::Delete, "DELETE_COMPLETE"),
    ] {
        let created = drawn_up("app", policy.clone(), ChangeSetType::Create).await;
        let id = created.expect("accepted").stack_id.expect("an ARN");
        assert_eq!(made(&stacks, "first").await.on_stack_failure, Some(policy));
        let execute = || stacks.0.execute_change_set().stack_name("app").change_set_name("first");
        let both = execute().disable_rollback(true).send().await.expect_err("only one counts");
        assert!(words(&both).starts_with("ValidationError: "), "{}", words(&both));
        execute().send().await.expect("it is executed");
        assert_eq!(stacks.settled(&id).await, end);
        if end != "DELETE_COMPLETE" {
            stacks.delete("app").await;
        }
    }
    stacks.create("app", "Resources: { Other: { Type: AWS::SNS::Topic } }").await;
    let refused = drawn_up("app", OnStackFailure::Delete, ChangeSetType::Update).await;
    let refused = words(&refused.expect_err("a stack that stands is not deleted"));
    assert!(refused.starts_with("ValidationError: OnStackFailure DELETE"), "{refused}");
}
