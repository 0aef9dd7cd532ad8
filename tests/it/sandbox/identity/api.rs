//! IAM's own calls.

use serde_json::{Value as Json, json};

use super::*;

#[tokio::test(start_paused = true)]
async fn what_stands_is_told_as_iam_tells_it() {
    let cloud = seeded(|role| role.with_path("/team/"));
    let root = Keys::root(DEV);
    let role = cloud.iam(&root, "GetRole", &[("RoleName", "deployer")]).await.unwrap();
    assert_eq!(part(&role, "Path"), "/team/");
    assert_eq!(part(&role, "MaxSessionDuration"), "43200");
    let document = part(&role, "AssumeRolePolicyDocument");
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert!(document.contains("arn%3Aaws%3Aiam%3A%3A999999999999%3Aroot"), "{document}");
    // An account's id stands for its root.
    make_role(&cloud, DEV, "plain", &trust(HUB, &Json::Null)).await;
    let plain = cloud.iam(&root, "GetRole", &[("RoleName", "plain")]).await.unwrap();
    let named = "%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A999999999999%3Aroot%22";
    assert!(part(&plain, "AssumeRolePolicyDocument").contains(named), "{plain}");
    let name = [("RoleName", "deployer")];
    let attached = cloud.iam(&root, "ListAttachedRolePolicies", &name).await.unwrap();
    assert_eq!(part(&attached, "PolicyArn"), "arn:aws:iam::aws:policy/AdministratorAccess");

    let keys = make_user(&cloud, DEV, "ann", &allow("iam:*", "*")).await;
    let me = cloud.iam(&keys, "GetUser", &[]).await.unwrap();
    assert_eq!(part(&me, "Arn"), "arn:aws:iam::100000000001:user/ann");
    let listed = cloud.iam(&keys, "ListUserPolicies", &[]).await.unwrap();
    assert!(listed.contains("<PolicyNames><member>own</member></PolicyNames>"), "{listed}");
    let get = [("UserName", "ann"), ("PolicyName", "own")];
    let policy = cloud.iam(&keys, "GetUserPolicy", &get).await.unwrap();
    assert!(part(&policy, "PolicyDocument").contains("iam%3A%2A"), "{policy}");
    let listed = cloud.iam(&keys, "ListAccessKeys", &[]).await.unwrap();
    assert_eq!((part(&listed, "AccessKeyId"), part(&listed, "Status")), (keys.id, "Active".into()));
}

#[tokio::test(start_paused = true)]
async fn a_managed_policy_is_told_in_its_latest_version() {
    let cloud = Embedded::new();
    let template = r#"
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: enter
      PolicyDocument: { Version: "2012-10-17", Statement: { Effect: Allow, Action: sts:AssumeRole, Resource: "*" } }
"#;
    let stacks = cloud.stacks(HUB);
    stacks.create("policy", template).await;
    stacks.update("policy", &template.replace("sts:AssumeRole", "sts:*")).await;
    let root = Keys::root(HUB);
    let arn = "arn:aws:iam::999999999999:policy/enter";
    let policy = cloud.iam(&root, "GetPolicy", &[("PolicyArn", arn)]).await.unwrap();
    assert_eq!(part(&policy, "DefaultVersionId"), "v2");
    let version = [("PolicyArn", arn), ("VersionId", "v2")];
    let version = cloud.iam(&root, "GetPolicyVersion", &version).await.unwrap();
    assert!(part(&version, "Document").contains("sts%3A%2A"), "{version}");
    let of_aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let policy = cloud.iam(&root, "GetPolicy", &[("PolicyArn", of_aws)]).await.unwrap();
    assert_eq!(part(&policy, "DefaultVersionId"), "v1");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_in_iam_is_no_such_entity() {
    let cloud = Embedded::new();
    let root = Keys::root(DEV);
    make_user(&cloud, DEV, "ann", &allow("*", "*")).await;
    let arn = "arn:aws:iam::100000000001:policy/x";
    for (action, parameters, message) in [
        ("GetRole", vec![("RoleName", "x")], "The role with name x cannot be found."),
        ("GetUser", vec![("UserName", "x")], "The user with name x cannot be found."),
        ("ListGroupPolicies", vec![("GroupName", "x")], "The group with name x cannot be found."),
        (
            "GetUserPolicy",
            vec![("UserName", "ann"), ("PolicyName", "x")],
            "The user policy with name x cannot be found.",
        ),
        (
            "GetPolicy",
            vec![("PolicyArn", arn)],
            "Policy arn:aws:iam::100000000001:policy/x was not found.",
        ),
        (
            "DeleteAccessKey",
            vec![("UserName", "ann"), ("AccessKeyId", "AKIAX")],
            "The Access Key with id AKIAX cannot be found.",
        ),
    ] {
        let refused = cloud.iam(&root, action, &parameters).await.unwrap_err();
        assert_eq!(refused, format!("NoSuchEntity: {message}"), "{action}");
    }
    let again = cloud.iam(&root, "CreateUser", &[("UserName", "ann")]).await.unwrap_err();
    assert_eq!(again, "EntityAlreadyExists: User with name ann already exists.");
}

#[tokio::test(start_paused = true)]
async fn a_user_is_made_and_ended_by_calls() {
    let cloud = Embedded::new();
    let root = Keys::root(DEV);
    let keys = make_user(&cloud, DEV, "ann", &allow("iam:GetUser", "*")).await;
    cloud.iam(&root, "CreateGroup", &[("GroupName", "all")]).await.unwrap();
    let put = allow("cloudformation:*", "*");
    let put = [("GroupName", "all"), ("PolicyName", "p"), ("PolicyDocument", put.as_str())];
    cloud.iam(&root, "PutGroupPolicy", &put).await.unwrap();
    let both = [("GroupName", "all"), ("UserName", "ann")];
    cloud.iam(&root, "AddUserToGroup", &both).await.unwrap();
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    let groups = cloud.iam(&root, "ListGroupsForUser", &[("UserName", "ann")]).await.unwrap();
    assert_eq!(part(&groups, "GroupName"), "all");
    cloud.iam(&root, "RemoveUserFromGroup", &both).await.unwrap();
    assert!(describe(&cloud, &keys).await.is_err());
    let own = [("UserName", "ann"), ("PolicyName", "own")];
    cloud.iam(&root, "DeleteUserPolicy", &own).await.unwrap();
    let refused = cloud.iam(&root, "DeleteUser", &[("UserName", "ann")]).await.unwrap_err();
    assert_eq!(refused, "DeleteConflict: Cannot delete entity, must delete access keys first.");
    let key = [("UserName", "ann"), ("AccessKeyId", keys.id.as_str())];
    cloud.iam(&root, "DeleteAccessKey", &key).await.unwrap();
    cloud.iam(&root, "DeleteUser", &[("UserName", "ann")]).await.unwrap();
    assert!(whoami(&cloud, &keys).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_simulation_says_what_a_call_would_meet() {
    let cloud = Embedded::new();
    let root = Keys::root(DEV);
    let role = make_role(&cloud, DEV, "made", &trust(HUB, &Json::Null)).await;
    let document = json!({ "Statement": [
        { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*" },
        { "Effect": "Deny", "Action": "iam:*", "Resource": "*",
          "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } },
    ] });
    let document = document.to_string();
    let put = [("RoleName", "made"), ("PolicyName", "d"), ("PolicyDocument", document.as_str())];
    cloud.iam(&root, "PutRolePolicy", &put).await.unwrap();
    let simulate = [
        ("PolicySourceArn", role.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "iam:GetRole"),
        ("ResourceArns.member.1", "arn:aws:s3:::secret/a"),
        ("ResourceArns.member.2", "arn:aws:s3:::open/a"),
    ];
    let simulated = cloud.iam(&root, "SimulatePrincipalPolicy", &simulate).await.unwrap();
    let decisions: Vec<String> =
        simulated.split("<member>").skip(1).map(|member| part(member, "EvalDecision")).collect();
    let decisions: Vec<&str> =
        decisions.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    assert_eq!(decisions, ["explicitDeny", "allowed", "allowed", "allowed"]);
    assert!(simulated.contains("<member>aws:multifactorauthpresent</member>"), "{simulated}");

    let ann = make_user(&cloud, DEV, "ann", &allow("iam:SimulatePrincipalPolicy", "*")).await;
    let simulate = [
        ("PolicySourceArn", "arn:aws:iam::100000000001:user/ann"),
        ("ActionNames.member.1", "sts:AssumeRole"),
    ];
    let simulated = cloud.iam(&ann, "SimulatePrincipalPolicy", &simulate).await.unwrap();
    assert_eq!(part(&simulated, "EvalDecision"), "implicitDeny");
}
