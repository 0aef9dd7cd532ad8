//! What is found wrong with a template, and what its functions come to.

use crate::support::embedded::Embedded;

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn a_template_is_refused_in_the_words_that_aws_was_recorded_with() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    for (template, refusal) in [
        (
            "Resources: { A: { Type: AWS::SNS::Topic } }\nOutputs: { B: { Value: [a, ~] } }",
            "[/Outputs/B/Value/1] 'null' values are not allowed in templates",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic, Properties: { TopicName: !GetAtt B } } }",
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource \
             name and the resource attribute",
        ),
        (
            "Resources: { A: &A { Type: AWS::SNS::Topic }, B: *A }",
            "Template error: YAML aliases are not allowed in CloudFormation templates",
        ),
    ] {
        assert_eq!(stacks.refusal(template).await, format!("ValidationError: {refusal}"));
    }
    let select = "Template error: Fn::Select requires a list argument with two elements: an integer index \
                  and a list";
    for (value, refusal) in [
        ("!Select [bad, [test]]", select),
        ("!Select [0, 2]", select),
        ("!Select [100, [test]]", select),
        (
            "!FindInMap [Suffixes, C, Suffix]",
            "Template error: Unable to get mapping for Suffixes::C::Suffix",
        ),
        (
            "!FindInMap [Suffixes, A, NotValid]",
            "Template error: Unable to get mapping for Suffixes::A::NotValid",
        ),
        (
            "!Join ['-', [!Split ['_', a]]]",
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a \
             list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) \
             to be joined.",
        ),
        (
            "[a]",
            "Template format error: The Value field of every Outputs member must evaluate to a String and \
             not a List.",
        ),
    ] {
        let template = format!(
            "Mappings: {{ Suffixes: {{ A: {{ Suffix: a }} }} }}\nResources: {{ A: {{ Type: AWS::SNS::Topic }} \
             }}\nOutputs: {{ B: {{ Value: {value} }} }}"
        );
        assert_eq!(stacks.refusal(&template).await, format!("ValidationError: {refusal}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_faulty_template_is_refused_before_anything_is_made() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    for (template, refusal) in [
        ("Resources: {}", "Template format error: At least one Resources member must be defined."),
        (
            "Resources: { A: { Type: AWS::SQS::Queues } }",
            "Template format error: Unrecognized resource types: [AWS::SQS::Queues]",
        ),
        (
            "Resources: { A: { Properties: {} } }",
            "Template format error: [/Resources/A] Every Resources object must contain a Type \
             member.",
        ),
        (
            "Resources: { A-B: { Type: AWS::SNS::Topic } }",
            "Template format error: Resource name A-B is non alphanumeric.",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Missing } } }",
            "Template format error: Unresolved resource dependencies [Missing] in the Resources \
             block of the template",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic } }\nOutputs: { B: { Value: !Ref C } }",
            "Unresolved resource dependencies [C] in the Outputs block of \
             the template",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic } }\nOutputs: { B: { Value: !GetAtt A.Arn } }",
            "Template error: resource A does not support attribute type Arn in Fn::GetAtt",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic, DependsOn: B }, B: { Type: AWS::SNS::Topic, \
             Properties: { DisplayName: !Ref A } } }",
            "Circular dependency between resources: [A, B]",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic, Colour: red } }",
            "Invalid template resource property 'Colour'",
        ),
        (
            "Resources: { A: { Type: AWS::SNS::Topic, Condition: Missing } }",
            "Template format error: Unresolved condition dependency Missing in the Resources block \
             of the template",
        ),
    ] {
        assert_eq!(stacks.refusal(template).await, format!("ValidationError: {refusal}"));
    }
    assert!(stacks.0.describe_stacks().send().await.unwrap().stacks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn functions_come_to_what_aws_makes_of_them() {
    let template = r#"
Parameters: { Stage: { Type: String, Default: prod } }
Mappings: { Sizes: { prod: { Count: 3 } } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsOther: !Not [!Condition IsProd]
  Both: !And [!Condition IsProd, !Condition IsOther]
  Either: !Or [!Condition IsProd, !Condition IsOther]
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: topic } }
  Never: { Type: AWS::SNS::Topic, Condition: IsOther }
Outputs:
  Ref: { Value: !Ref Topic }
  GetAtt: { Value: !GetAtt Topic.TopicName }
  Sub: { Value: !Sub ["${Topic.TopicName}-${Own}-${!Kept}", { Own: !Ref Stage }] }
  Join: { Value: !Join ["/", [a, !Ref "AWS::Region"]] }
  Select: { Value: !Select [1, !Split [",", "a,b,c"]] }
  Map: { Value: !FindInMap [Sizes, !Ref Stage, Count] }
  If: { Value: !If [IsProd, "yes", "no"] }
  Base64: { Value: !Base64 hello }
  Zone: { Value: !Select [0, !GetAZs ""] }
  Partition: { Value: !Sub "${AWS::Partition} ${AWS::URLSuffix}" }
  Either: { Condition: Either, Value: shown }
  Both: { Condition: Both, Value: hidden }
"#;
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    for (key, value) in [
        ("Ref", "arn:aws:sns:eu-central-1:100000000001:topic"),
        ("GetAtt", "topic"),
        ("Sub", "topic-prod-${Kept}"),
        ("Join", "a/eu-central-1"),
        ("Select", "b"),
        ("Map", "3"),
        ("If", "yes"),
        ("Base64", "aGVsbG8="),
        ("Zone", "eu-central-1a"),
        ("Partition", "aws amazonaws.com"),
        ("Either", "shown"),
    ] {
        assert_eq!(stacks.output("app", key).await, value, "{key}");
    }
    let outputs = stacks.describe("app").await.outputs.unwrap();
    assert!(outputs.iter().all(|output| output.output_key.as_deref() != Some("Both")));
    let resources = stacks.0.describe_stack_resources().stack_name("app").send().await.unwrap();
    assert_eq!(resources.stack_resources().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_template_can_be_json() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"{
	"Resources": { "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": "t" } } },
	"Outputs": { "Name": { "Value": { "Fn::GetAtt": ["Topic", "TopicName"] } } }
}"#;
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("app", "Name").await, "t");
    let kept = stacks.0.get_template().stack_name("app").send().await.unwrap();
    assert_eq!(kept.template_body.as_deref(), Some(template));
}

#[tokio::test(start_paused = true)]
async fn a_template_is_summed_up() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Description: a role\nParameters: { Name: { Type: String, NoEcho: true } }\n\
                    Resources: { Group: { Type: AWS::IAM::Group } }";
    let summary = stacks.0.get_template_summary().template_body(template).send().await.unwrap();
    assert_eq!(summary.description.as_deref(), Some("a role"));
    assert_eq!(summary.resource_types(), ["AWS::IAM::Group"]);
    assert_eq!(summary.capabilities()[0].as_str(), "CAPABILITY_IAM");
    assert_eq!(summary.parameters()[0].no_echo, Some(true));
    let valid = stacks.0.validate_template().template_body(template).send().await.unwrap();
    assert_eq!(valid.parameters()[0].parameter_key.as_deref(), Some("Name"));
}

#[tokio::test(start_paused = true)]
async fn what_is_outside_ascii_is_answered_as_question_marks() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Parameters: { Value: { Type: String, Default: Größe } }\nResources: { A: { Type: \
                    AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Value } } }\n\
                    Outputs: { Value: { Value: !GetAtt A.Value, Description: äh } }";
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("app", "Value").await, "Gr??e");
    let stack = stacks.describe("app").await;
    assert_eq!(stack.parameters()[0].parameter_value(), Some("Gr??e"));
    assert_eq!(stack.outputs()[0].description(), Some("?h"));
    let events = stacks.events("app").await;
    let holds = |event: &aws_sdk_cloudformation::types::StackEvent| {
        event.resource_properties().is_some_and(|properties| properties.contains("Größe"))
    };
    assert!(events.iter().any(holds), "the resource holds what was sent");
}

#[tokio::test(start_paused = true)]
async fn what_is_known_with_the_request_is_refused_with_it() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let topic = |value: &str| {
        format!(
            "Parameters: {{ Names: {{ Type: CommaDelimitedList, Default: 'a, b' }} }}\n\
             Mappings: {{ Zones: {{ us-east-1: {{ Zone: a }} }} }}\nConditions: {{ Never: !Equals [a, b] }}\n\
             Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {value} }} }} }}"
        )
    };
    let lookup = "!FindInMap [Zones, !Ref 'AWS::Region', Zone]";
    for (value, refused) in [
        (
            lookup.to_owned(),
            "ValidationError: Template error: Unable to get mapping for Zones::eu-central-1::Zone",
        ),
        (
            "!Ref 'AWS::Zip'".to_owned(),
            "ValidationError: Template format error: Unresolved resource dependencies [AWS::Zip] in the \
             Resources block of the template",
        ),
        (
            "!Sub 'a ${AWS::Zip}'".to_owned(),
            "ValidationError: Template format error: Unresolved resource dependencies [AWS::Zip] in the \
             Resources block of the template",
        ),
        (
            "!Select [2, !Split [',', !Select [0, !Ref Names]]]".to_owned(),
            "ValidationError: Template error: Fn::Select cannot select nonexistent value at index 2",
        ),
        (
            "!Select [5, !Ref Names]".to_owned(),
            "ValidationError: Template error: Fn::Select cannot select nonexistent value at index 5",
        ),
    ] {
        assert_eq!(stacks.refusal(&topic(&value)).await, refused);
    }
    let untaken = topic(&format!("!If [Never, {lookup}, x]"));
    assert_eq!(stacks.create("app", &untaken).await, "CREATE_COMPLETE");
}
