//! Templates of types that the sandbox does not model, and what goes with them.

use aws_sdk_cloudformation::types::Capability;

use crate::support::embedded::{Embedded, words};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn any_type_of_awss_is_made_with_ids_and_attributes_in_its_form() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Resources:
  Network: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Part:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Network, CidrBlock: !Select [1, !Cidr [10.0.0.0/16, 2, 8]] }
  Orders:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: orders, KeySchema: [{ AttributeName: id, KeyType: HASH }] }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    CreationPolicy: { ResourceSignal: { Timeout: PT5M } }
    Properties: { MinSize: 1, MaxSize: 1 }
  Lookup: { Type: Custom::Lookup, Properties: { ServiceToken: !GetAtt Orders.Arn } }
Outputs:
  Network: { Value: !Ref Network }
  Part: { Value: !Ref Part }
  Orders: { Value: !GetAtt Orders.Arn }
  Blocks: { Value: !Join ["|", !GetAtt Network.CidrBlockAssociations] }
  Looked: { Value: !GetAtt Lookup.Anything }
"#;
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    assert!(stacks.output("app", "Network").await.starts_with("vpc-"));
    assert!(stacks.output("app", "Part").await.starts_with("subnet-"));
    let orders = "arn:aws:dynamodb:eu-central-1:100000000001:table/orders";
    assert_eq!(stacks.output("app", "Orders").await, orders);
    assert!(stacks.output("app", "Blocks").await.contains('|'));
    assert!(!stacks.output("app", "Looked").await.is_empty());
    let before = stacks.output("app", "Network").await;
    let renumbered = template.replace("CidrBlock: 10.0.0.0/16", "CidrBlock: 10.1.0.0/16");
    assert_eq!(stacks.update("app", &renumbered).await, "UPDATE_COMPLETE");
    assert_ne!(stacks.output("app", "Network").await, before, "its block recreates a network");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_is_newer_than_the_sandbox_is_made_and_a_slip_of_a_known_one_is_not() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { A: { Type: AWS::EC2::FlyingGateway, Properties: { Wings: 2 } }, B: { Type: \
                    AWS::Quantum::Thing } }\nOutputs: { Arn: { Value: !GetAtt B.Arn } }";
    assert_eq!(stacks.create("new", template).await, "CREATE_COMPLETE");
    assert!(stacks.output("new", "Arn").await.starts_with("arn:aws:quantum:eu-central-1:"));
    let transformed = format!("Transform: AWS::LanguageExtensions\n{template}");
    assert_eq!(stacks.create_expanded("transformed", &transformed).await, "CREATE_COMPLETE");
    let of_loop = "Transform: AWS::LanguageExtensions\nResources: { 'Fn::ForEach::Each': [Kind, [Queues], { \
                   'A${Kind}': { Type: 'AWS::SQS::${Kind}' } }] }";
    let create = stacks.0.create_stack().stack_name("refused").template_body(of_loop);
    let refused = create.capabilities(Capability::CapabilityAutoExpand).send().await;
    assert_eq!(
        words(&refused.expect_err("no type is called so")),
        "ValidationError: Template format error: Unrecognized resource types: [AWS::SQS::Queues]"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_template_gives_of_a_resource_can_be_asked_for() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: Orders } }
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { VersioningConfiguration: { Status: Enabled } }
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Wait: { Type: AWS::CloudFormation::WaitCondition, Properties: { Handle: !Ref Handle, Timeout: 60 } }
Outputs:
  Name: { Value: !GetAtt Topic.DisplayName }
  Seconds: { Value: !GetAtt Queue.VisibilityTimeout }
  Versioning: { Value: !GetAtt Bucket.VersioningConfiguration.Status }
  Table: { Value: !GetAtt Bucket.MetadataTableConfiguration.S3TablesDestination.TableArn }
  Said: { Value: !GetAtt Wait.Data }
"#;
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    for (key, value) in [("Name", "Orders"), ("Seconds", "60"), ("Versioning", "Enabled")] {
        assert_eq!(stacks.output("app", key).await, value);
    }
    assert!(stacks.output("app", "Table").await.starts_with("arn:aws:s3:"));
    let said: serde_json::Value =
        serde_json::from_str(&stacks.output("app", "Said").await).expect("what signals said");
    assert_eq!(said.as_object().map(serde_json::Map::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_slip_of_an_attribute_is_refused_with_the_request_and_a_newer_one_is_not() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let asking = |attribute: &str| {
        format!(
            "Resources: {{ Host: {{ Type: AWS::EC2::Instance, Properties: {{ ImageId: ami-1 }} }} }}\n\
             Outputs: {{ Asked: {{ Value: !GetAtt Host.{attribute} }} }}"
        )
    };
    assert_eq!(
        stacks.refusal(&asking("PublicIpp")).await,
        "ValidationError: Template error: resource Host does not support attribute type PublicIpp in \
         Fn::GetAtt"
    );
    assert_eq!(stacks.create("app", &asking("MoonPhase")).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn what_the_sandbox_made_up_is_held_against_no_rule() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Transform: AWS::LanguageExtensions
Resources:
  Key: { Type: Custom::Key, Properties: { ServiceToken: f } }
  Foreign: { Type: Acme::Kms::Key }
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: https://s3.amazonaws.com/foreign/x.yaml }
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Action: kms:Decrypt
          Resource: [!GetAtt Key.Key, !Ref Key, !GetAtt Foreign.KeyId, !GetAtt Nested.Outputs.Key]
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !GetAtt Key.Role
      ManagedPolicyArns: [!GetAtt Key.PolicyArn, !GetAtt Nested.Outputs.PolicyArn]
      AssumeRolePolicyDocument: !GetAtt Key.Trust
  Trusting:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: { Effect: Allow, Principal: { AWS: !GetAtt Key.Arn }, Action: "sts:AssumeRole" }
  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub "logs-${Key.Suffix}" } }
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Select [1, { "Fn::Transform": { Name: Look } }] }
  Kept:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Value: { "Fn::Transform": { Name: Look } } }
Outputs:
  Kept: { Value: !GetAtt Kept.Value, Export: { Name: kept } }
  Path: { Value: !Select [2, !Split ["/", !GetAtt Nested.Outputs.Path]] }
"#;
    assert_eq!(stacks.create_expanded("app", template).await, "CREATE_COMPLETE");
    let importing = r#"
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: { Effect: Allow, Action: kms:Decrypt, Resource: !ImportValue kept }
"#;
    assert_eq!(stacks.create("other", importing).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn what_a_published_type_requires_must_be_given() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = "Resources: { Group: { Type: AWS::EC2::SecurityGroup } }";
    assert_eq!(stacks.create("app", template).await, "ROLLBACK_COMPLETE");
    let story = stacks.events("app").await;
    let reasons: Vec<&str> = story.iter().filter_map(|it| it.resource_status_reason()).collect();
    let missing = "#: required key [GroupDescription] not found";
    assert!(reasons.iter().any(|reason| reason.contains(missing)), "{reasons:?}");
}

#[tokio::test(start_paused = true)]
async fn a_parameter_may_name_one_of_the_parameter_store() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let store = r#"
Resources:
  Kept: { Type: AWS::SSM::Parameter, Properties: { Name: /app/size, Type: String, Value: large } }
"#;
    stacks.create("store", store).await;
    let template = r#"
Parameters:
  Size: { Type: "AWS::SSM::Parameter::Value<String>", Default: /app/size }
  Image:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Size } }
Outputs: { Size: { Value: !Ref Size }, Image: { Value: !Ref Image } }
"#;
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("app", "Size").await, "large");
    assert!(stacks.output("app", "Image").await.starts_with("ami-"));
    let stack = stacks.describe("app").await;
    let size = stack.parameters().iter().find(|it| it.parameter_key() == Some("Size"));
    let size = size.expect("it has the parameter");
    assert_eq!((size.parameter_value(), size.resolved_value()), (Some("/app/size"), Some("large")));
    assert_eq!(
        stacks.refusal(&template.replace("/app/size", "/app/nothing")).await,
        "ValidationError: Unable to fetch parameters [/app/nothing] from parameter store for this \
         account."
    );
}

#[tokio::test(start_paused = true)]
async fn rules_are_asserted_before_anything_is_made() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Parameters: { Stage: { Type: String, Default: prod }, Size: { Type: String, Default: small } }
Rules:
  Large:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - { Assert: { "Fn::Contains": [[large, huge], !Ref Size] }, AssertDescription: prod is large }
Resources: { Topic: { Type: AWS::SNS::Topic } }
"#;
    assert_eq!(stacks.refusal(template).await, "ValidationError: prod is large");
    let large = template.replace("Default: small", "Default: large");
    assert_eq!(stacks.create("large", &large).await, "CREATE_COMPLETE");
    let test = template.replace("Default: prod", "Default: test");
    assert_eq!(stacks.create("test", &test).await, "CREATE_COMPLETE");
}
