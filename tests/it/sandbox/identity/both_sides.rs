//! Entering a role: what the role says, and what the caller's own policies say.

use serde_json::{Value as Json, json};

use super::*;

#[tokio::test(start_paused = true)]
async fn another_account_is_entered_only_if_both_sides_agree() {
    let cloud = seeded(|role| role);
    let may = make_user(&cloud, HUB, "may", &allow("sts:AssumeRole", DEPLOYER)).await;
    let other = "arn:aws:iam::100000000001:role/other";
    let may_not = make_user(&cloud, HUB, "may-not", &allow("sts:AssumeRole", other)).await;
    let keys = enter(&cloud, &may, DEPLOYER).await.unwrap();
    let me = "arn:aws:sts::100000000001:assumed-role/deployer/run";
    assert_eq!(whoami(&cloud, &keys).await.unwrap(), me);
    // Nobody is told whose side refuses.
    for (keys, name, role) in [(&may_not, "may-not", DEPLOYER), (&may_not, "may-not", other)] {
        assert_eq!(
            enter(&cloud, keys, role).await.unwrap_err(),
            format!(
                "AccessDenied: User: arn:aws:iam::999999999999:user/{name} is not authorized \
                     to perform: sts:AssumeRole on resource: {role}"
            )
        );
    }
    let all = make_user(&cloud, "888888888888", "ann", &allow("*", "*")).await;
    assert!(enter(&cloud, &all, DEPLOYER).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn within_an_account_being_named_is_enough() {
    let cloud = Embedded::new();
    let nothing = allow("s3:GetObject", "*");
    let ann = make_user(&cloud, DEV, "ann", &nothing).await;
    let named = trust("arn:aws:iam::100000000001:user/ann", &Json::Null);
    let named = make_role(&cloud, DEV, "named", &named).await;
    let by_account = make_role(&cloud, DEV, "by-account", &trust(DEV, &Json::Null)).await;
    assert!(enter(&cloud, &ann, &named).await.is_ok());
    let me = "AccessDenied: User: arn:aws:iam::100000000001:user/ann is not authorized to perform: \
              sts:AssumeRole on resource: arn:aws:iam::100000000001:role";
    assert_eq!(
        enter(&cloud, &ann, &by_account).await.unwrap_err(),
        format!(
            "{me}/by-account because no identity-based policy allows the sts:AssumeRole action"
        )
    );
    let bob = make_user(&cloud, DEV, "bob", &allow("sts:*", "*")).await;
    assert!(enter(&cloud, &bob, &by_account).await.is_ok());
    let refused = enter(&cloud, &bob, &named).await.unwrap_err();
    // What the role itself refuses, it does not explain.
    assert_eq!(refused, format!("{}/named", me.replace("/ann", "/bob")));
    let deny = json!({ "Statement": { "Effect": "Deny", "Action": "sts:*", "Resource": "*" } });
    let put = [("UserName", "ann"), ("PolicyName", "deny"), ("PolicyDocument", &deny.to_string())];
    cloud.iam(&Keys::root(DEV), "PutUserPolicy", &put).await.unwrap();
    assert_eq!(
        enter(&cloud, &ann, &named).await.unwrap_err(),
        format!("{me}/named with an explicit deny in an identity-based policy")
    );
}

#[tokio::test(start_paused = true)]
async fn a_trust_policy_must_name_somebody_who_exists() {
    let cloud = Embedded::new();
    let template = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: ARN } }
"#;
    let naming = |arn: &str| template.replace("ARN", &format!("\"{arn}\""));
    let pipeline = naming("arn:aws:iam::999999999999:role/pipeline");
    let stacks = cloud.stacks(DEV);
    // Nothing is known of the hub yet.
    assert_eq!(stacks.create("unknown", &pipeline).await, "CREATE_COMPLETE");
    make_user(&cloud, HUB, "ann", &allow("*", "*")).await;
    assert_eq!(stacks.create("missing", &pipeline).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("missing").await.join("\n");
    let said = "Invalid principal in policy: \"AWS\":\"arn:aws:iam::999999999999:role/pipeline\" \
                (Service: Iam, Status Code: 400";
    assert!(story.contains(said), "{story}");
    let ann = naming("arn:aws:iam::999999999999:user/ann");
    assert_eq!(stacks.create("user", &ann).await, "CREATE_COMPLETE");
    make_role(&cloud, HUB, "pipeline", &trust(HUB, &Json::Null)).await;
    assert_eq!(stacks.create("role", &pipeline).await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn conditions_of_a_trust_policy_see_the_caller() {
    let cloud = Embedded::new();
    let ann = make_user(&cloud, HUB, "ann", &allow("sts:AssumeRole", "*")).await;
    for (number, (condition, is_met)) in [
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-sandbox0001" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other" } }), false),
        (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::999999999999:user/*" } }), true),
        (json!({ "StringLike": { "sts:RoleSessionName": "${aws:username}" } }), false),
        (json!({ "StringLike": { "sts:RoleSessionName": "r?n" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalTag/team": "a" } }), false),
        (json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }), false),
    ]
    .into_iter()
    .enumerate()
    {
        let role = make_role(&cloud, DEV, &format!("r{number}"), &trust(HUB, &condition)).await;
        assert_eq!(enter(&cloud, &ann, &role).await.is_ok(), is_met, "{condition}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_its_role() {
    let cloud = Embedded::new();
    let role = make_role(&cloud, DEV, "short", &trust(HUB, &Json::Null)).await;
    let keys = enter(&cloud, &Keys::root(HUB), &role).await.unwrap();
    let root = Keys::root(DEV);
    let refused = cloud.iam(&root, "DeleteRole", &[("RoleName", "short")]).await.unwrap_err();
    assert_eq!(refused, "DeleteConflict: Cannot delete entity, must detach all policies first.");
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let detach = [("RoleName", "short"), ("PolicyArn", policy)];
    cloud.iam(&root, "DetachRolePolicy", &detach).await.unwrap();
    cloud.iam(&root, "DeleteRole", &[("RoleName", "short")]).await.unwrap();
    make_role(&cloud, DEV, "short", &trust(HUB, &Json::Null)).await;
    let refused = whoami(&cloud, &keys).await.unwrap_err();
    assert!(refused.starts_with("InvalidClientTokenId: "), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn who_takes_over_a_name_is_not_trusted_for_it() {
    let cloud = Embedded::new();
    let policy = allow("sts:AssumeRole", "*");
    let ann = make_user(&cloud, HUB, "ann", &policy).await;
    let trusting = trust("arn:aws:iam::999999999999:user/ann", &Json::Null);
    let role = make_role(&cloud, DEV, "named", &trusting).await;
    assert!(enter(&cloud, &ann, &role).await.is_ok());
    let (hub, dev) = (Keys::root(HUB), Keys::root(DEV));
    let key = [("UserName", "ann"), ("AccessKeyId", ann.id.as_str())];
    cloud.iam(&hub, "DeleteAccessKey", &key).await.unwrap();
    let own = [("UserName", "ann"), ("PolicyName", "own")];
    cloud.iam(&hub, "DeleteUserPolicy", &own).await.unwrap();
    cloud.iam(&hub, "DeleteUser", &[("UserName", "ann")]).await.unwrap();
    let ann = make_user(&cloud, HUB, "ann", &policy).await;
    assert!(enter(&cloud, &ann, &role).await.is_err());
    let told = cloud.iam(&dev, "GetRole", &[("RoleName", "named")]).await.unwrap();
    let document = part(&told, "AssumeRolePolicyDocument");
    assert!(document.contains("%22AWS%22%3A%22AIDA"), "{document}");
    // Storing the same policy again names her who is there now.
    let again = [("RoleName", "named"), ("PolicyDocument", trusting.as_str())];
    cloud.iam(&dev, "UpdateAssumeRolePolicy", &again).await.unwrap();
    assert!(enter(&cloud, &ann, &role).await.is_ok());
}
