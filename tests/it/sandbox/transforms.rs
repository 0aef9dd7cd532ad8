//! What transforms make of a template: loops, serverless resources, macros of which nothing is known.

use aws_sdk_cloudformation::types::{Capability, ChangeSetType};

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn loops_are_expanded_in_every_section() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Transform: AWS::LanguageExtensions
Parameters: { Names: { Type: CommaDelimitedList, Default: "Orders, Bills" } }
Mappings: { Of: { eu-central-1: { Stages: [test, prod] } } }
Conditions:
  "Fn::ForEach::Stages": [Stage, [prod], { "Is${Stage}": !Equals [!Ref Stage, prod] }]
Resources:
  "Fn::ForEach::Topics":
    - Name
    - !Ref Names
    - "Topic${Name}":
        Type: AWS::SNS::Topic
        Condition: Isprod
        Properties:
          TopicName: !Sub "${AWS::StackName}-${Name}"
          "Fn::ForEach::Tags": [Key, [x], { "Tags": [{ Key: !Ref Key, Value: !Ref Name }] }]
  "Fn::ForEach::Queues":
    - Stage
    - !FindInMap [Of, !Ref "AWS::Region", Stages]
    - "Queue&{Stage}": { Type: AWS::SQS::Queue, DependsOn: TopicOrders }
Outputs:
  "Fn::ForEach::Outs": [Name, !Ref Names, { "Arn${Name}": { Value: !Ref { "Fn::Sub": "Topic${Name}" } } }]
"#;
    assert_eq!(stacks.create_expanded("app", template).await, "CREATE_COMPLETE");
    assert!(stacks.output("app", "ArnOrders").await.ends_with(":app-Orders"));
    assert!(stacks.output("app", "ArnBills").await.ends_with(":app-Bills"));
    let resources = stacks.0.describe_stack_resources().stack_name("app").send().await.unwrap();
    let mut names: Vec<&str> =
        resources.stack_resources().iter().filter_map(|it| it.logical_resource_id()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Queueprod", "Queuetest", "TopicBills", "TopicOrders"]);
    let dangling = template.replace("Topic${Name}\" }", "Other${Name}\" }");
    let refused = stacks.0.update_stack().stack_name("app").template_body(dangling);
    let refused = refused.capabilities(Capability::CapabilityAutoExpand).send().await;
    let refused = words(&refused.expect_err("its outputs refer to nothing"));
    assert!(refused.contains("dependencies [OtherOrders] in the Outputs block"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_cannot_be_carried_out_fails_the_stack_or_the_change_set() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Transform: AWS::LanguageExtensions
Resources:
  Topic: { Type: AWS::SNS::Topic }
  "Fn::ForEach::Topics": [Name, !Ref "AWS::StackName", { "Topic${Name}": { Type: AWS::SNS::Topic } }]
"#;
    let reason = "Transform AWS::LanguageExtensions failed with: Could not find a collection or could not be \
                  resolved for Fn::ForEach";
    assert_eq!(stacks.create_expanded("app", template).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("app").await;
    let told = format!("{reason}. Rollback requested by user.");
    assert!(story.iter().any(|line| line.contains(&told)), "{story:?}");
    let change_set = stacks.0.create_change_set().stack_name("other").change_set_name("first");
    let drawn = change_set.template_body(template).change_set_type(ChangeSetType::Create);
    drawn.capabilities(Capability::CapabilityAutoExpand).send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let described = stacks.0.describe_change_set().stack_name("other").change_set_name("first");
    let described = described.send().await.unwrap();
    assert_eq!(described.status_reason(), Some(reason));
    assert_eq!(described.status().map(|status| status.as_str()), Some("FAILED"));
}

#[tokio::test(start_paused = true)]
async fn a_part_that_a_macro_is_called_on_stays_as_it_is() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Resources:
  Included: { "Fn::Transform": { Name: AWS::Include, Parameters: { Location: s3://some/where.yaml } } }
  Function:
    Type: AWS::Lambda::Function
    Properties: { "Fn::Transform": { Name: AWS::Include, Parameters: { Location: s3://some/where.yaml } } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Join ["-", [made, !Transform { Name: Company::Upper, Parameters: { Text: !Ref Topic } }]]
      AssumeRolePolicyDocument: !Transform { Name: Company::Trust, Parameters: {} }
  Topic: { Type: AWS::SNS::Topic }
"#;
    let without = template.lines().filter(|line| !line.contains("Included"));
    let without = without.collect::<Vec<_>>().join("\n");
    let create = stacks.0.create_stack().stack_name("refused").template_body(&without);
    let refused = create.capabilities(Capability::CapabilityIam).send().await;
    assert_eq!(
        words(&refused.expect_err("a capability is missing")),
        "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    );
    assert_eq!(stacks.create_expanded("app", &without).await, "CREATE_COMPLETE");
    let whole = template
        .replace("  Included: { ", "  ")
        .replace("where.yaml } } }\n  Function", "where.yaml } }\n  Function");
    assert_eq!(stacks.create_expanded("whole", &whole).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_serverless_template_becomes_what_its_transform_makes_of_it() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.13, Handler: index.handler } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return 1"
      Events: { Get: { Type: Api, Properties: { Path: /, Method: get } } }
Outputs:
  Function: { Value: !GetAtt Hello.Arn }
  Role: { Value: !GetAtt HelloRole.Arn }
  Api: { Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod" }
"#;
    let create = stacks.0.create_stack().stack_name("refused").template_body(template);
    let refused = create.capabilities(Capability::CapabilityIam).send().await;
    assert_eq!(
        words(&refused.expect_err("a capability is missing")),
        "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    );
    assert_eq!(stacks.create_expanded("app", template).await, "CREATE_COMPLETE");
    assert!(stacks.output("app", "Function").await.contains(":function:app-Hello-"));
    assert!(stacks.output("app", "Role").await.contains(":role/app-HelloRole-"));
    assert!(stacks.output("app", "Api").await.ends_with("/Prod"));
}

#[tokio::test(start_paused = true)]
async fn another_macro_leaves_the_template_as_it_is() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Transform: [Company::Macro]
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Role: { Type: AWS::IAM::Role, Properties: { Trust: lambda } }
Outputs: { Made: { Value: !GetAtt Hidden.Arn } }
"#;
    assert_eq!(stacks.create_expanded("app", template).await, "CREATE_COMPLETE");
    assert!(!stacks.output("app", "Made").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_serverless_template_refers_to_is_called_after_what_it_has() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let asking = |name: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources: {{ Hello: {{ Type: AWS::Serverless::Function, \
             Properties: {{ InlineCode: x, Handler: a.b, Runtime: python3.13 }} }} }}\nOutputs: {{ Asked: {{ \
             Value: !Ref {name} }} }}"
        )
    };
    assert_eq!(stacks.create_expanded("app", &asking("HelloEveryDay")).await, "CREATE_COMPLETE");
    let create = stacks.0.create_stack().stack_name("refused").template_body(asking("Nonsense"));
    let create = create.capabilities(Capability::CapabilityAutoExpand);
    let refused = create.capabilities(Capability::CapabilityIam).send().await;
    assert_eq!(
        words(&refused.expect_err("nothing is called so")),
        "ValidationError: Template format error: Unresolved resource dependencies [Nonsense] in the Outputs \
         block of the template"
    );
}
