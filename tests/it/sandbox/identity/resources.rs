//! Whether who deploys a stack may have its resources made.

use std::time::Duration;

use serde_json::{Value as Json, json};
use xdeploy::clock::Clock;
use xdeploy::sandbox::{FaultRule, FaultSchedule, Sandbox, Settings};

use super::*;
use crate::support::embedded::Stacks;

const SESSION: &str = "arn:aws:sts::100000000001:assumed-role/deployer/run";

const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: made
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: "999999999999" } }]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: news } }
"#;

/// Returns a policy that allows all of CloudFormation, and some more.
pub(super) fn allowing(actions: &[&str]) -> Json {
    let all: Vec<&str> = actions.iter().copied().chain(["cloudformation:*"]).collect();
    json!({ "Statement": { "Effect": "Allow", "Action": all, "Resource": "*" } })
}

/// Returns the stacks of a session in `deployer`, which has these policies.
pub(super) async fn deployer(cloud: &Embedded, policies: impl IntoIterator<Item = Json>) -> Stacks {
    let role = SeededRole::new(&id(DEV), "deployer", &id(HUB)).with_policies(policies);
    cloud.sandbox.seed(&[role]).expect("an empty sandbox takes roles");
    stacks(cloud, &enter(cloud, &Keys::root(HUB), DEPLOYER).await.expect("the hub is trusted"))
}

fn stacks(cloud: &Embedded, keys: &Keys) -> Stacks {
    Stacks(aws_sdk_cloudformation::Client::new(&cloud.config(keys)))
}

fn with_settings(change: impl FnOnce(&mut Settings)) -> Embedded {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    let mut settings =
        Settings { resource_duration: Duration::from_secs(2), ..Settings::default() };
    change(&mut settings);
    Embedded::of(Sandbox::new(clock, settings), clock)
}

/// Returns the reasons of a stack's failed resources, without the ids of requests.
pub(super) async fn failures(stacks: &Stacks, name: &str) -> Vec<String> {
    let story = stacks.story(name).await;
    let failed =
        story.iter().filter(|line| line.contains("_FAILED ") && !line.contains("cancelled"));
    let without_ids = |line: &String| {
        let words = line.split(' ').map(|word| {
            let is_id = word.matches('-').count() == 4 && word.len() > 36;
            if is_id {
                word.replace(|c: char| c.is_ascii_hexdigit() || c == '-', "")
            } else {
                word.to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    failed.filter(|line| !line.starts_with(&format!("{name} "))).map(without_ids).collect()
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_made_only_if_who_deploys_it_may() {
    let cloud = Embedded::new();
    let deployer = deployer(&cloud, [allowing(&["sns:*"])]).await;
    assert_eq!(deployer.create("app", ROLE).await, "ROLLBACK_COMPLETE");
    assert_eq!(
        failures(&deployer, "app").await,
        [format!(
            "Role CREATE_FAILED Resource handler returned message: \"User: {SESSION} is not \
             authorized to perform: iam:CreateRole on resource: \
             arn:aws:iam::100000000001:role/made because no identity-based policy allows the \
             iam:CreateRole action (Service: Iam, Status Code: 403, Request ID: )\" \
             (RequestToken: , HandlerErrorCode: AccessDenied)"
        )]
    );
    let root = cloud.stacks(DEV);
    assert_eq!(root.create("by-root", ROLE).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn what_a_role_gets_besides_needs_its_permission_and_the_role_is_taken_back() {
    let cloud = Embedded::new();
    let making = ["sns:*", "iam:CreateRole", "iam:GetRole", "iam:DeleteRole"];
    let deployer = deployer(&cloud, [allowing(&making)]).await;
    assert_eq!(deployer.create("app", ROLE).await, "ROLLBACK_COMPLETE");
    let failed = failures(&deployer, "app").await;
    assert!(
        failed[0].contains("iam:AttachRolePolicy on resource: role made because no identity-based"),
        "{failed:?}"
    );
    let roles = cloud.iam(&Keys::root(DEV), "ListRoles", &[]).await.unwrap();
    assert!(!roles.contains(":role/made"), "{roles}");
}

#[tokio::test(start_paused = true)]
async fn the_role_of_a_serverless_function_has_policies_that_are_attached_and_judged() {
    let function = |policies: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources: {{ Hello: {{ Type: AWS::Serverless::Function, \
             Properties: {{ InlineCode: x, Handler: a.b, Runtime: python3.13, Policies: {policies} }} }} }}"
        )
    };
    let cloud = Embedded::new();
    let may =
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:GetRole", "iam:DeleteRole"];
    let stacks = deployer(&cloud, [allowing(&[&may[..], &["lambda:*"]].concat())]).await;
    let template = function("[{ S3ReadPolicy: { BucketName: b } }]");
    assert_eq!(stacks.create_expanded("app", &template).await, "ROLLBACK_COMPLETE");
    let failed = failures(&stacks, "app").await;
    assert!(failed.iter().any(|line| line.contains("iam:AttachRolePolicy")), "{failed:?}");

    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create_expanded("good", &template).await, "CREATE_COMPLETE");
    let wrong = function("[{ Statement: { Effect: Allow, Action: s3, Resource: '*' } }]");
    assert_eq!(stacks.create_expanded("wrong", &wrong).await, "ROLLBACK_COMPLETE");
    let failed = failures(&stacks, "wrong").await;
    assert!(failed.iter().any(|line| line.starts_with("HelloRole CREATE_FAILED")), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_and_a_deletion_need_their_permissions_too() {
    let cloud = Embedded::new();
    let making = ["sns:CreateTopic", "ssm:PutParameter"];
    let deployer = deployer(&cloud, [allowing(&making)]).await;
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: one } } }";
    assert_eq!(deployer.create("app", topic).await, "CREATE_COMPLETE");
    let other = topic.replace("one", "two");
    assert_eq!(deployer.update("app", &other).await, "UPDATE_ROLLBACK_COMPLETE");
    let failed = failures(&deployer, "app").await;
    assert!(failed[0].starts_with("Topic UPDATE_FAILED"), "{failed:?}");
    assert!(failed[0].contains("SNS:SetTopicAttributes"), "{failed:?}");
    assert_eq!(deployer.delete("app").await, "DELETE_FAILED");
    assert!(failures(&deployer, "app").await[1].contains("SNS:DeleteTopic"));

    let half = "Resources: { Topic: { Type: AWS::SNS::Topic }, \
                Queue: { Type: AWS::SQS::Queue, DependsOn: Topic } }";
    assert_eq!(deployer.create("half", half).await, "ROLLBACK_FAILED");
    let failed = failures(&deployer, "half").await;
    assert!(failed[0].contains("sqs:createqueue"), "{failed:?}");
    assert!(failed[1].starts_with("Topic DELETE_FAILED"), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_cancelled_beside_a_refused_one_needs_nothing_to_be_taken_back() {
    let cloud = Embedded::new();
    let deployer = deployer(&cloud, [allowing(&["sns:CreateTopic"])]).await;
    let topics = |name: &str| {
        format!(
            "Resources: {{ A: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {name} }} }}, \
             B: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {name} }} }} }}"
        )
    };
    assert_eq!(deployer.create("app", &topics("one")).await, "CREATE_COMPLETE");
    assert_eq!(deployer.update("app", &topics("two")).await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn calls_of_global_services_go_to_their_one_endpoint() {
    for (region, ends) in [("us-east-1", "CREATE_COMPLETE"), ("eu-central-1", "ROLLBACK_COMPLETE")]
    {
        let cloud = Embedded::new();
        let mut iam = json!({ "Statement": {
            "Effect": "Allow", "Action": ["iam:*"], "Resource": "*",
            "Condition": { "StringEquals": { "aws:RequestedRegion": region } },
        } });
        iam["Version"] = json!("2012-10-17");
        let deployer = deployer(&cloud, [iam, allowing(&["sns:*"])]).await;
        assert_eq!(deployer.create("app", ROLE).await, ends, "{region}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_role_makes_the_resources_in_place_of_who_deploys_them() {
    let cloud = Embedded::new();
    let caller = deployer(&cloud, [allowing(&["iam:PassRole"])]).await;
    let root = Keys::root(DEV);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"cloudformation.amazonaws.com"}}]}"#;
    let create = [("RoleName", "service"), ("AssumeRolePolicyDocument", trust)];
    cloud.iam(&root, "CreateRole", &create).await.unwrap();
    let put = |policy: String| {
        let (cloud, root) = (&cloud, root.clone());
        async move {
            let put = [("RoleName", "service"), ("PolicyName", "own"), ("PolicyDocument", &policy)];
            cloud.iam(&root, "PutRolePolicy", &put).await.unwrap();
        }
    };
    let service = "arn:aws:iam::100000000001:role/service";
    let create = |name: &str| {
        caller
            .0
            .create_stack()
            .stack_name(name)
            .role_arn(service)
            .template_body("Resources: { Topic: { Type: AWS::SNS::Topic } }")
    };
    create("narrow").send().await.unwrap();
    assert_eq!(caller.settled("narrow").await, "ROLLBACK_COMPLETE");
    let failed = failures(&caller, "narrow").await;
    let session = "User: arn:aws:sts::100000000001:assumed-role/service/AWSCloudFormation is not \
                   authorized to perform: SNS:CreateTopic";
    assert!(failed[0].contains(session), "{failed:?}");

    put(allow("sns:*", "*")).await;
    create("app").send().await.unwrap();
    assert_eq!(caller.settled("app").await, "CREATE_COMPLETE");
    let changed = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: x } } }";
    assert_eq!(caller.update("app", changed).await, "UPDATE_COMPLETE");
    assert_eq!(caller.delete("app").await, "DELETE_COMPLETE");

    create("left").send().await.unwrap();
    assert_eq!(caller.settled("left").await, "CREATE_COMPLETE");
    cloud
        .iam(&root, "DeleteRolePolicy", &[("RoleName", "service"), ("PolicyName", "own")])
        .await
        .unwrap();
    cloud.iam(&root, "DeleteRole", &[("RoleName", "service")]).await.unwrap();
    let refused = caller.0.delete_stack().stack_name("left").send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        format!("ValidationError: Role {service} is invalid or cannot be assumed")
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_is_passed_to_cloudformation_under_that_condition() {
    let cloud = Embedded::new();
    let pass = |service: &str| {
        json!({ "Statement": { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
                "Condition": { "StringEquals": { "iam:PassedToService": service } } } })
    };
    let caller = deployer(&cloud, [allowing(&[]), pass("cloudformation.amazonaws.com")]).await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"cloudformation.amazonaws.com"}}]}"#;
    let create = [("RoleName", "service"), ("AssumeRolePolicyDocument", trust)];
    cloud.iam(&Keys::root(DEV), "CreateRole", &create).await.unwrap();
    let created = caller.0.create_stack().stack_name("app");
    let created = created.role_arn("arn:aws:iam::100000000001:role/service");
    let template = "Resources: { Wait: { Type: AWS::CloudFormation::WaitConditionHandle } }";
    created.template_body(template).send().await.unwrap();
    assert_eq!(caller.settled("app").await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn conditions_on_boundaries_and_on_passed_roles_are_judged() {
    let cloud = Embedded::new();
    let bounded = json!({ "Statement": [
        { "Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Resource": "*",
          "Condition": { "StringEquals": {
              "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess" } } },
        { "Effect": "Allow", "Action": ["iam:GetRole", "iam:DeleteRole", "lambda:*"], "Resource": "*" },
        { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/app-*",
          "Condition": { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } } },
    ] });
    let deployer = deployer(&cloud, [allowing(&[]), bounded]).await;
    let role = |boundary: &str| {
        format!(
            r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      {boundary}
      AssumeRolePolicyDocument:
        Statement: [{{ Effect: Allow, Action: sts:AssumeRole, Principal: {{ Service: lambda.amazonaws.com }} }}]
      Policies:
        - PolicyName: own
          PolicyDocument: {{ Version: "2012-10-17", Statement: [{{ Effect: Allow, Action: "s3:*", Resource: "*" }}] }}
"#
        )
    };
    let set = "PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess";
    assert_eq!(deployer.create("app", &role(set)).await, "CREATE_COMPLETE");
    assert_eq!(deployer.create("other", &role("Description: none")).await, "ROLLBACK_COMPLETE");
    assert!(failures(&deployer, "other").await[0].contains("iam:CreateRole"));

    let function = |role: &str| {
        format!(
            "Resources: {{ Function: {{ Type: AWS::Lambda::Function, Properties: {{ \
             Code: {{ ZipFile: x }}, Handler: a.b, Runtime: python3.13, \
             Role: 'arn:aws:iam::100000000001:role/{role}' }} }} }}"
        )
    };
    assert_eq!(deployer.create("good", &function("app-run")).await, "CREATE_COMPLETE");
    assert_eq!(deployer.create("bad", &function("admin")).await, "ROLLBACK_COMPLETE");
    let failed = failures(&deployer, "bad").await;
    let refused = "iam:PassRole on resource: arn:aws:iam::100000000001:role/admin because no \
                   identity-based policy allows the iam:PassRole action (Service: Lambda, Status \
                   Code: 403";
    assert!(failed[0].contains(refused), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_policy_and_a_boundary_narrow_what_resources_are_made() {
    let cloud = seeded(|role| role);
    let narrowed =
        assume(&cloud, &Keys::root(HUB), DEPLOYER).policy(allowing(&["sqs:*"]).to_string());
    let narrowed = stacks(&cloud, &entered(narrowed).await.unwrap());
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    assert_eq!(narrowed.create("narrowed", topic).await, "ROLLBACK_COMPLETE");
    let failed = failures(&narrowed, "narrowed").await;
    assert!(
        failed[0].contains("because no session policy allows the SNS:CreateTopic"),
        "{failed:?}"
    );

    let root = Keys::root(DEV);
    let bound = [
        ("RoleName", "deployer"),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/AWSCloudFormationFullAccess"),
    ];
    cloud.iam(&root, "PutRolePermissionsBoundary", &bound).await.unwrap();
    let bounded = stacks(&cloud, &enter(&cloud, &Keys::root(HUB), DEPLOYER).await.unwrap());
    assert_eq!(bounded.create("bounded", topic).await, "ROLLBACK_COMPLETE");
    let failed = failures(&bounded, "bounded").await;
    assert!(failed[0].contains("because no permissions boundary allows"), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_sandbox_cannot_tell_is_not_refused() {
    let cloud = Embedded::new();
    let narrow = json!({ "Statement": [
        { "Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:vpc/vpc-0123456789" },
        { "Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "*",
          "Condition": { "StringEquals": { "aws:RequestTag/owner": "me" } } },
        { "Effect": "Deny", "Action": "sns:*", "Resource": "*",
          "Condition": { "StringNotEquals": { "aws:ResourceTag/owner": "me" } } },
        { "Effect": "Allow", "Action": "dynamodb:CreateTable", "Resource": "arn:aws:dynamodb:*:*:table/x*" },
    ] });
    let deployer = deployer(&cloud, [allowing(&[]), narrow]).await;
    let template = "
Resources:
  Network: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Topic: { Type: AWS::SNS::Topic }
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: x1, KeySchema: [{ AttributeName: id, KeyType: HASH }] }
";
    assert_eq!(deployer.create("app", template).await, "CREATE_COMPLETE");
    let other = "
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: y1, KeySchema: [{ AttributeName: id, KeyType: HASH }] }
";
    assert_eq!(deployer.create("other", other).await, "ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn each_type_needs_the_action_that_makes_it() {
    for (resource, action) in [
        (
            "AWS::S3::Bucket, Properties: { BucketName: b-1 }",
            "s3:CreateBucket on resource: arn:aws:s3:::b-1",
        ),
        (
            "AWS::SSM::Parameter, Properties: { Name: /a/b, Type: String, Value: x }",
            "ssm:PutParameter on resource: arn:aws:ssm:eu-central-1:100000000001:parameter/a/b",
        ),
        ("AWS::SQS::Queue", "sqs:createqueue"),
        ("AWS::Logs::LogGroup", "logs:CreateLogGroup"),
        ("AWS::KMS::Key", "kms:CreateKey on resource: *"),
        ("AWS::EC2::InternetGateway", "ec2:CreateInternetGateway"),
        ("AWS::Kinesis::Stream", "kinesis:CreateStream"),
        ("AWS::ECS::Cluster", "ecs:CreateCluster"),
        ("AWS::ApiGateway::RestApi", "apigateway:POST"),
        ("AWS::IAM::User", "iam:CreateUser"),
        (
            "AWS::IAM::ManagedPolicy, Properties: { ManagedPolicyName: p, PolicyDocument: \
          { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 's3:*', Resource: '*' }] } }",
            "iam:CreatePolicy on resource: policy p",
        ),
        (
            "Custom::Thing, Properties: { ServiceToken: 'arn:aws:lambda:eu-central-1:100000000001:function:f' }",
            "lambda:InvokeFunction on resource: arn:aws:lambda:eu-central-1:100000000001:function:f",
        ),
    ] {
        let cloud = Embedded::new();
        let deployer = deployer(&cloud, [allowing(&[])]).await;
        let template = format!("Resources: {{ Thing: {{ Type: {resource} }} }}");
        assert_eq!(deployer.create("app", &template).await, "ROLLBACK_COMPLETE", "{resource}");
        let failed = failures(&deployer, "app").await;
        assert!(failed[0].contains(action), "{resource}: {failed:?}");
        let service = action.split(':').next().expect("an action has a service");
        let named = failed[0].to_lowercase();
        let is_named = named.contains(&format!("(service: {service}"))
            || named.contains(&format!("(service: cloudwatch{service}"));
        assert!(is_named, "{resource}: {failed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_may_not_be_given_is_refused_as_tags_are() {
    let cloud = Embedded::new();
    let deployer = deployer(&cloud, [allowing(&["sqs:CreateQueue", "sqs:DeleteQueue"])]).await;
    let tagged = "Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { Tags: [{ Key: a, Value: b }] } } }";
    assert_eq!(deployer.create("app", tagged).await, "ROLLBACK_COMPLETE");
    let failed = failures(&deployer, "app").await;
    assert!(failed[0].contains("Encountered a permissions error performing a tagging operation"));
    assert!(failed[0].ends_with("HandlerErrorCode: UnauthorizedTaggingOperation)"), "{failed:?}");
    // The stack's own tags are left out where they may not be given.
    let create = deployer.0.create_stack().stack_name("tags");
    let tag = aws_sdk_cloudformation::types::Tag::builder().key("a").value("b").build();
    let template = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
    create.tags(tag).template_body(template).send().await.unwrap();
    assert_eq!(deployer.settled("tags").await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_fault_denies_the_calls_that_are_made_for_resources() {
    let fault = |text: &str| -> FaultRule { text.parse().expect("a fault") };
    let faults = FaultSchedule::new([
        fault("deny,action=iam:CreateRole,account=100000000001"),
        fault("deny,resource=Que*,times=1"),
    ]);
    let cloud = with_settings(|settings| settings.faults = faults);
    let root = cloud.stacks(DEV);
    assert_eq!(root.create("app", ROLE).await, "ROLLBACK_COMPLETE");
    let failed = failures(&root, "app").await;
    let denied = "iam:CreateRole on resource: arn:aws:iam::100000000001:role/made with an explicit \
                  deny in a service control policy (Service: Iam";
    assert!(failed[0].contains(denied), "{failed:?}");
    let queue = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
    assert_eq!(root.create("first", queue).await, "ROLLBACK_COMPLETE");
    assert_eq!(root.create("second", queue).await, "CREATE_COMPLETE");
    let other = cloud.stacks("100000000002");
    assert_eq!(other.create("app", ROLE).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_for_permissions_of_resources_where_that_is_set() {
    let cloud = with_settings(|settings| settings.resource_permissions = false);
    let deployer = deployer(&cloud, [allowing(&[])]).await;
    assert_eq!(deployer.create("app", ROLE).await, "CREATE_COMPLETE");
}
