//! Users, their access keys and their groups.

use super::*;

const TEAM: &str = r#"
Resources:
  Group:
    Type: AWS::IAM::Group
    Properties:
      GroupName: readers
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess]
  User:
    Type: AWS::IAM::User
    Properties: { UserName: ann, Path: /team/, Groups: [] }
  Key:
    Type: AWS::IAM::AccessKey
    Properties: { UserName: !Ref User, Status: Active }
  Membership:
    Type: AWS::IAM::UserToGroupAddition
    Properties: { GroupName: !Ref Group, Users: [!Ref User] }
Outputs:
  Key: { Value: !Ref Key }
  Secret: { Value: !GetAtt Key.SecretAccessKey }
"#;

#[tokio::test(start_paused = true)]
async fn a_user_calls_with_an_access_key_until_it_goes() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(HUB);
    assert_eq!(stacks.create("team", TEAM).await, "CREATE_COMPLETE");
    let keys = Keys { id: stacks.output("team", "Key").await, token: None };
    assert!(keys.id.starts_with("AKIA") && keys.id.len() == 20, "{keys:?}");
    assert_eq!(whoami(&cloud, &keys).await.unwrap(), "arn:aws:iam::999999999999:user/team/ann");
    let sts = cloud.sts(&keys);
    let identity = sts.get_caller_identity().send().await.unwrap();
    assert!(identity.user_id().unwrap().starts_with("AIDA"), "{identity:?}");
    let told = sts.get_access_key_info().access_key_id(&keys.id).send().await.unwrap();
    assert_eq!(told.account(), Some(HUB));

    let nobody = "InvalidClientTokenId: The security token included in the request is invalid.";
    let inactive = TEAM.replace("Status: Active", "Status: Inactive");
    assert_eq!(stacks.update("team", &inactive).await, "UPDATE_COMPLETE");
    assert_eq!(whoami(&cloud, &keys).await.unwrap_err(), nobody);
    assert_eq!(stacks.update("team", TEAM).await, "UPDATE_COMPLETE");
    assert!(whoami(&cloud, &keys).await.is_ok());
    assert_eq!(stacks.delete("team").await, "DELETE_COMPLETE");
    assert_eq!(whoami(&cloud, &keys).await.unwrap_err(), nobody);
}

#[tokio::test(start_paused = true)]
async fn a_user_may_do_what_its_groups_may() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(HUB);
    stacks.create("team", TEAM).await;
    let keys = Keys { id: stacks.output("team", "Key").await, token: None };
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    let without = TEAM.replace("Users: [!Ref User]", "Users: []");
    assert_eq!(stacks.update("team", &without).await, "UPDATE_COMPLETE");
    let refused = describe(&cloud, &keys).await.unwrap_err();
    assert!(refused.starts_with("AccessDenied: "), "{refused}");
    let member = TEAM.replace("Groups: []", "Groups: [!Ref Group]");
    assert_eq!(stacks.update("team", &member).await, "UPDATE_COMPLETE");
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_user_with_a_key_that_was_made_by_hand_stays() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(HUB);
    stacks.create("team", TEAM).await;
    let root = Keys::root(HUB);
    let made = cloud.iam(&root, "CreateAccessKey", &[("UserName", "ann")]).await.unwrap();
    assert_eq!(stacks.delete("team").await, "DELETE_FAILED");
    let story = stacks.story(&stacks.describe("team").await.stack_id.unwrap()).await.join("\n");
    let said =
        "Cannot delete entity, must delete access keys first. (Service: Iam, Status Code: 409";
    assert!(story.contains(said), "{story}");
    let key = part(&made, "AccessKeyId");
    let key = [("UserName", "ann"), ("AccessKeyId", key.as_str())];
    cloud.iam(&root, "DeleteAccessKey", &key).await.unwrap();
    assert_eq!(stacks.delete("team").await, "DELETE_COMPLETE");
}
