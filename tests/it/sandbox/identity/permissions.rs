//! What policies allow, forbid and leave out.

use serde_json::json;

use super::*;

const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: made
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: "999999999999" } }
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement: { Effect: Allow, Action: iam:GetRole, Resource: "*" }
"#;

const GRANT: &str = r#"
Resources:
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: grant
      Roles: [made]
      PolicyDocument:
        Statement: [{ Effect: Allow, Action: "cloudformation:Describe*", Resource: "*" }]
"#;

const MADE: &str = "arn:aws:iam::100000000001:role/made";
const REFUSED: &str = "AccessDenied: User: arn:aws:sts::100000000001:assumed-role/made/run is not \
                       authorized to perform: cloudformation:DescribeStacks on resource: \
                       arn:aws:cloudformation:eu-central-1:100000000001:stack/*/*";

#[tokio::test(start_paused = true)]
async fn a_policy_counts_from_its_settling_until_it_goes() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("role", ROLE).await;
    let keys = enter(&cloud, &Keys::root(HUB), MADE).await.unwrap();
    let no_policy = format!(
        "{REFUSED} because no identity-based policy allows the cloudformation:DescribeStacks action"
    );
    assert_eq!(describe(&cloud, &keys).await.unwrap_err(), no_policy);
    assert_eq!(stacks.create("grant", GRANT).await, "CREATE_COMPLETE");
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    let denying = GRANT.replace("Effect: Allow", "Effect: Deny");
    assert_eq!(stacks.update("grant", &denying).await, "UPDATE_COMPLETE");
    let denied = format!("{REFUSED} with an explicit deny in an identity-based policy");
    assert_eq!(describe(&cloud, &keys).await.unwrap_err(), denied);
    assert_eq!(stacks.update("grant", GRANT).await, "UPDATE_COMPLETE");
    assert_eq!(stacks.delete("grant").await, "DELETE_COMPLETE");
    assert_eq!(describe(&cloud, &keys).await.unwrap_err(), no_policy);
}

#[tokio::test(start_paused = true)]
async fn a_role_keeps_what_others_gave_it_when_its_own_policies_change() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("role", ROLE).await;
    stacks.create("grant", GRANT).await;
    let other =
        ROLE.replace("iam:GetRole", "iam:GetUser").replace("PolicyName: own", "PolicyName: new");
    assert_eq!(stacks.update("role", &other).await, "UPDATE_COMPLETE");
    let keys = enter(&cloud, &Keys::root(HUB), MADE).await.unwrap();
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    let listed = cloud.iam(&Keys::root(DEV), "ListRolePolicies", &[("RoleName", "made")]).await;
    let listed = listed.unwrap();
    assert!(listed.contains("<member>grant</member><member>new</member>"), "{listed}");
    let refused = cloud.iam(&keys, "GetRole", &[("RoleName", "made")]).await.unwrap_err();
    assert_eq!(
        refused,
        "AccessDenied: User: arn:aws:sts::100000000001:assumed-role/made/run is not authorized to \
         perform: iam:GetRole on resource: role made because no identity-based policy allows the \
         iam:GetRole action"
    );
}

#[tokio::test(start_paused = true)]
async fn a_boundary_limits_what_is_allowed() {
    let cloud = Embedded::new();
    let template = r#"
Resources:
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: boundary
      PolicyDocument: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:*", Resource: "*" } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: made
      PermissionsBoundary: !Ref Boundary
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: "999999999999" } }
"#;
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("role", template).await, "CREATE_COMPLETE");
    let keys = enter(&cloud, &Keys::root(HUB), MADE).await.unwrap();
    assert_eq!(
        describe(&cloud, &keys).await.unwrap_err(),
        format!(
            "{REFUSED} because no permissions boundary allows the \
                 cloudformation:DescribeStacks action"
        )
    );
    let wider = template.replace("\"s3:*\"", "[\"s3:*\", \"cloudformation:*\"]");
    assert_eq!(stacks.update("role", &wider).await, "UPDATE_COMPLETE");
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn every_call_needs_its_permission() {
    let policy = json!({ "Statement": [
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/app/*" },
        { "Effect": "Allow", "Action": "cloudformation:DescribeStacks",
          "Resource": "arn:aws:cloudformation:*:*:stack/app/*" },
    ] });
    let cloud = seeded(|role| role.with_policies([policy]));
    let keys = enter(&cloud, &Keys::root(HUB), DEPLOYER).await.unwrap();
    assert!(whoami(&cloud, &keys).await.is_ok());
    let owner = cloud.s3(&Keys::root(DEV));
    owner.create_bucket().bucket("artifacts").send().await.unwrap();
    for key in ["app/a", "b"] {
        let put = owner.put_object().bucket("artifacts").key(key).body(b"x".to_vec().into());
        put.send().await.unwrap();
    }
    let s3 = cloud.s3(&keys);
    assert!(s3.get_object().bucket("artifacts").key("app/a").send().await.is_ok());
    let user = "User: arn:aws:sts::100000000001:assumed-role/deployer/run is not authorized to \
                perform:";
    let refused = s3.get_object().bucket("artifacts").key("b").send().await.unwrap_err();
    assert_eq!(
        words(&refused),
        format!(
            "AccessDenied: {user} s3:GetObject on resource: \"arn:aws:s3:::artifacts/b\" \
                 because no identity-based policy allows the s3:GetObject action"
        )
    );
    let put = s3.put_object().bucket("artifacts").key("app/a").send().await.unwrap_err();
    assert!(words(&put).contains("s3:PutObject"), "{put:?}");

    let stacks =
        crate::support::embedded::Stacks(aws_sdk_cloudformation::Client::new(&cloud.config(&keys)));
    let missing = stacks.0.describe_stacks().stack_name("app").send().await.unwrap_err();
    assert_eq!(words(&missing), "ValidationError: Stack with id app does not exist");
    let created = stacks.refusal("Resources: { Topic: { Type: AWS::SNS::Topic } }").await;
    assert_eq!(
        created,
        format!(
            "AccessDenied: {user} cloudformation:CreateStack on resource: \
                 arn:aws:cloudformation:eu-central-1:100000000001:stack/refused/* because no \
                 identity-based policy allows the cloudformation:CreateStack action"
        )
    );
}
