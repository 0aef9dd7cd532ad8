//! Exports and imports between stacks of one account and Region.

use aws_sdk_cloudformation::types::Capability;

use crate::support::embedded::{Embedded, Keys, Stacks};

const DEV: &str = "100000000001";

fn exporter(value: &str, export: &str) -> String {
    format!(
        "Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {value} }} }} \
         }}\nOutputs: {{ Name: {{ Value: {value}, Export: {{ Name: {export} }} }} }}"
    )
}

const IMPORTER: &str = r#"
Parameters: { Prefix: { Type: String, Default: shared } }
Resources:
  Copy:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: !ImportValue { "Fn::Sub": "${Prefix}-name" } }
Outputs: { Value: { Value: !GetAtt Copy.Value } }
"#;

#[tokio::test(start_paused = true)]
async fn an_import_reads_the_export_of_its_account_and_region() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("exporter", &exporter("one", "shared-name")).await;
    assert_eq!(stacks.create("importer", IMPORTER).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("importer", "Value").await, "one");
    let elsewhere = cloud.stacks("100000000002");
    assert_eq!(elsewhere.create("importer", IMPORTER).await, "ROLLBACK_COMPLETE");
    let story = elsewhere.story("importer").await;
    assert_eq!(
        story[1],
        "importer ROLLBACK_IN_PROGRESS No export named shared-name found. Rollback requested by \
         user."
    );
}

#[tokio::test(start_paused = true)]
async fn an_export_name_is_taken_once() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("first", &exporter("one", "shared-name")).await;
    assert_eq!(stacks.create("second", &exporter("two", "shared-name")).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("second").await;
    let told = story.iter().any(|line| {
        line.contains("Export with name shared-name is already exported by stack first.")
    });
    assert!(told, "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn an_export_in_use_is_neither_changed_nor_deleted() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("exporter", &exporter("one", "shared-name")).await;
    stacks.create("importer", IMPORTER).await;
    for (template, verb) in
        [(exporter("two", "shared-name"), "update"), (exporter("one", "other"), "delete")]
    {
        assert_eq!(stacks.update("exporter", &template).await, "UPDATE_ROLLBACK_COMPLETE");
        let told = format!(
            "exporter UPDATE_ROLLBACK_IN_PROGRESS Update canceled. Cannot {verb} export \
             shared-name as it is in use by importer."
        );
        let story = stacks.story("exporter").await;
        assert!(story.contains(&told), "{story:?}");
    }
    assert_eq!(stacks.delete("exporter").await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        stacks.describe("exporter").await.stack_status_reason.unwrap(),
        "Delete canceled. Cannot delete export shared-name as it is in use by importer."
    );
    // As recorded of CloudFormation: the deletion begins, and ends with the status of before.
    let story = stacks.story("exporter").await;
    assert_eq!(
        story[story.len() - 2..],
        [
            "exporter DELETE_IN_PROGRESS User Initiated",
            "exporter UPDATE_ROLLBACK_COMPLETE Delete canceled. Cannot delete export shared-name as it \
             is in use by importer.",
        ]
    );
    stacks.delete("importer").await;
    assert_eq!(stacks.delete("exporter").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn exports_are_listed() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("exporter", &exporter("one", "shared-name")).await;
    let listed = stacks.0.list_exports().send().await.unwrap().exports.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_deref(), Some("shared-name"));
    assert_eq!(listed[0].value.as_deref(), Some("one"));
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_never_stood_holds_no_export_in_place() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("importer", IMPORTER).await, "ROLLBACK_COMPLETE");
    stacks.create("exporter", &exporter("one", "shared-name")).await;
    assert_eq!(stacks.delete("exporter").await, "DELETE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn an_output_is_read_from_a_stack_of_any_region_of_the_account() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("exporter", &exporter("one", "shared-name")).await;
    let reader = |more: &str| {
        format!(
            "Parameters: {{ Name: {{ Type: String, Default: exporter }} }}
Resources:
  Copy:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: {{ Fn::GetStackOutput: {{ StackName: !Ref Name, OutputName: Name{more} }} }}
Outputs: {{ Value: {{ Value: !GetAtt Copy.Value }} }}
"
        )
    };
    assert_eq!(stacks.create("near", &reader("")).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("near", "Value").await, "one");
    let config = cloud.config_in("eu-west-1", &Keys::root(DEV));
    let far = Stacks(aws_sdk_cloudformation::Client::new(&config));
    assert_eq!(far.create("far", &reader(", Region: eu-central-1")).await, "CREATE_COMPLETE");
    assert_eq!(far.output("far", "Value").await, "one");
    for (more, told) in [
        ("", "Stack with id exporter does not exist"),
        (
            ", Region: eu-central-1, RoleArn: 'arn:aws:iam::100000000002:role/reader'",
            "the sandbox does not offer Fn::GetStackOutput from another account; on AWS it may well work",
        ),
    ] {
        let name = if more.is_empty() { "missing" } else { "foreign" };
        assert_eq!(far.create(name, &reader(more)).await, "ROLLBACK_COMPLETE");
        let story = far.story(name).await;
        assert!(story.contains(&format!("Copy CREATE_FAILED {told}")), "{story:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_comes_to_nothing_says_so_in_words_of_its_own() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }\nOutputs: ";
    for (number, (outputs, reason)) in [
        (
            "{ Empty: { Value: ' ', Export: { Name: empty } } }",
            "Cannot export output Empty. Exported values must not be empty or whitespace-only.",
        ),
        ("{ Copy: { Value: !ImportValue nothing } }", "No export named nothing found."),
        (
            "{ Far: { Value: !GetStackOutput { StackName: none, OutputName: X, Region: eu-central-1 } } }",
            "none",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("app{number}");
        let create = stacks.0.create_stack().stack_name(&name);
        let template = match number {
            2 => format!("Transform: AWS::LanguageExtensions\n{topic}{outputs}"),
            _ => format!("{topic}{outputs}"),
        };
        let create = create.template_body(template);
        let create = create.capabilities(Capability::CapabilityAutoExpand);
        create.send().await.unwrap();
        assert_eq!(stacks.settled(&name).await, "ROLLBACK_COMPLETE", "{outputs}");
        let story = stacks.story(&name).await;
        let told = |line: &String| line.contains(reason) && !line.contains("malformed");
        assert!(story.iter().any(told), "{story:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_of_an_export_or_an_import_is_known_with_the_request() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = "Parameters: { Domain: { Type: String, Default: example.com } }\n\
                 Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: x } } }\nOutputs: ";
    for (outputs, refused) in [
        (
            "{ Ip: { Value: x, Export: { Name: !Sub 'a-${Domain}' } } }",
            "ValidationError: Template format error: Output Ip is malformed. The Name field of every Export member \
             must be specified and consist only of alphanumeric characters, colons, or hyphens.",
        ),
        (
            "{ Ip: { Value: x, Export: { Name: !Sub 'a-${Topic}' } } }",
            "ValidationError: Template format error: Output Ip is malformed.  The Name field of Export must not \
             depend on any resources, imported values, or Fn::GetAZs.",
        ),
        (
            "{ Ip: { Value: !ImportValue { Ref: Topic } } }",
            "ValidationError: Template error: the attribute in Fn::ImportValue must not depend on any resources, \
             imported values, or Fn::GetAZs",
        ),
    ] {
        assert_eq!(stacks.refusal(&format!("{topic}{outputs}")).await, refused);
    }
}
