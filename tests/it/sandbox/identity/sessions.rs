//! Sessions: second factors, session policies, tags and source identities.

use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use serde_json::{Value as Json, json};

use super::*;

const DEVICE: &str = "arn:aws:iam::999999999999:mfa/ann";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag has both")
}

/// Returns a trust policy that lets an account in with tags and a source identity.
fn open_trust(account: &str) -> String {
    open_trust_if(account, &json!({}))
}

/// Returns the same for who meets a condition.
fn open_trust_if(account: &str, condition: &Json) -> String {
    let actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    json!({ "Statement": [{
        "Effect": "Allow", "Action": actions, "Principal": { "AWS": account },
        "Condition": { "StringEquals": condition },
    }] })
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn a_second_factor_opens_what_asks_for_one() {
    let cloud = Embedded::new();
    let condition = json!({ "Bool": { "aws:MultiFactorAuthPresent": true } });
    let role = make_role(&cloud, DEV, "guarded", &trust(HUB, &condition)).await;
    let ann = make_user(&cloud, HUB, "ann", &allow("sts:AssumeRole", "*")).await;
    let refused = enter(&cloud, &ann, &role).await.unwrap_err();
    assert!(refused.starts_with("AccessDenied: User: "), "{refused}");
    let with = |serial: &str, code: &str| {
        entered(assume(&cloud, &ann, &role).serial_number(serial).token_code(code))
    };
    let device = "Resources: { Device: { Type: AWS::IAM::VirtualMFADevice, Properties: { \
                  VirtualMfaDeviceName: ann, Users: [ann] } } }\nOutputs: { Serial: { Value: !Ref \
                  Device } }";
    let stacks = cloud.stacks(HUB);
    assert_eq!(stacks.create("device", device).await, "CREATE_COMPLETE");
    assert_eq!(stacks.output("device", "Serial").await, DEVICE);
    assert!(with(DEVICE, "123456").await.is_ok());
    assert_eq!(
        with(DEVICE, "654321").await.unwrap_err(),
        "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
    );
    assert_eq!(
        with("arn:aws:iam::100000000001:mfa/ann", "123456").await.unwrap_err(),
        "AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please \
         verify your MFA serial number is valid and associated with this user."
    );
    assert_eq!(
        entered(assume(&cloud, &ann, &role).serial_number(DEVICE)).await.unwrap_err(),
        "AccessDenied: MultiFactorAuthentication failed, must provide both MFA serial number and \
         one time pass code."
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_of_a_user_keeps_its_second_factor() {
    let cloud = Embedded::new();
    let condition = json!({
        "Bool": { "aws:MultiFactorAuthPresent": "true" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" },
    });
    let role = make_role(&cloud, DEV, "guarded", &trust(HUB, &condition)).await;
    let ann = make_user(&cloud, HUB, "ann", &allow("*", "*")).await;
    let sts = cloud.sts(&ann);
    let get = sts.get_session_token().serial_number(DEVICE).token_code("123456");
    let given = get.send().await.unwrap().credentials.unwrap();
    let keys = Keys { id: given.access_key_id, token: Some(given.session_token) };
    assert_eq!(whoami(&cloud, &keys).await.unwrap(), "arn:aws:iam::999999999999:user/ann");
    assert!(enter(&cloud, &keys, &role).await.is_ok());
    assert!(cloud.iam(&keys, "GetUser", &[]).await.is_ok());
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    assert!(enter(&cloud, &keys, &role).await.is_err());
    let again = cloud.sts(&keys).get_session_token().send().await.unwrap_err();
    assert_eq!(words(&again), "AccessDenied: Cannot call GetSessionToken with session credentials");

    let given = sts.get_session_token().send().await.unwrap().credentials.unwrap();
    let without = Keys { id: given.access_key_id, token: Some(given.session_token) };
    assert!(enter(&cloud, &without, &role).await.is_err());
    let refused = cloud.iam(&without, "GetUser", &[]).await.unwrap_err();
    assert!(refused.starts_with("InvalidClientTokenId: "), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_session_policy_narrows_the_session() {
    let cloud = seeded(|role| role);
    let hub = Keys::root(HUB);
    let narrow = allow("s3:*", "*");
    let keys = entered(assume(&cloud, &hub, DEPLOYER).policy(&narrow)).await.unwrap();
    assert_eq!(
        describe(&cloud, &keys).await.unwrap_err(),
        "AccessDenied: User: arn:aws:sts::100000000001:assumed-role/deployer/run is not authorized \
         to perform: cloudformation:DescribeStacks on resource: \
         arn:aws:cloudformation:eu-central-1:100000000001:stack/*/* because no session policy \
         allows the cloudformation:DescribeStacks action"
    );
    assert!(cloud.s3(&keys).create_bucket().bucket("artifacts").send().await.is_ok());
    let arn = "arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess";
    let arn = PolicyDescriptorType::builder().arn(arn).build();
    let wider = assume(&cloud, &hub, DEPLOYER).policy(&narrow).policy_arns(arn);
    let answer = wider.clone().send().await.unwrap();
    assert!(answer.session_token_utilization().is_some_and(|percent| percent > 0), "{answer:?}");
    let keys = entered(wider).await.unwrap();
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    let malformed = entered(assume(&cloud, &hub, DEPLOYER).policy("{}")).await.unwrap_err();
    assert_eq!(malformed, "MalformedPolicyDocument: Syntax errors in policy.");
}

#[tokio::test(start_paused = true)]
async fn session_tags_need_permission_and_go_on_where_they_are_transitive() {
    let cloud = seeded(|role| role);
    let hub = Keys::root(HUB);
    let tagged = assume(&cloud, &hub, DEPLOYER).tags(tag("stage", "prod"));
    assert_eq!(
        entered(tagged).await.unwrap_err(),
        format!(
            "AccessDenied: User: arn:aws:iam::999999999999:root is not authorized to perform: \
                 sts:TagSession on resource: {DEPLOYER}"
        )
    );
    let first = make_role(&cloud, DEV, "first", &open_trust(HUB)).await;
    let tagged = assume(&cloud, &hub, &first).tags(tag("stage", "prod")).tags(tag("team", "a"));
    let keys = entered(tagged.transitive_tag_keys("stage")).await.unwrap();
    // The session has both tags, whoever asks of it.
    for (name, condition) in [
        ("stage", json!({ "aws:PrincipalTag/stage": "prod" })),
        ("team", json!({ "aws:PrincipalTag/team": "a" })),
    ] {
        let trusting = open_trust_if(DEV, &condition);
        let second = make_role(&cloud, "100000000002", name, &trusting).await;
        assert!(enter(&cloud, &keys, &second).await.is_ok(), "{name}");
    }
    // Only the transitive tag is still there one session further.
    let second = make_role(&cloud, "100000000002", "chained", &open_trust(DEV)).await;
    let chained = enter(&cloud, &keys, &second).await.unwrap();
    for (name, condition, is_met) in [
        ("stage", json!({ "aws:PrincipalTag/stage": "prod" }), true),
        ("team", json!({ "aws:PrincipalTag/team": "a" }), false),
    ] {
        let trusting = open_trust_if("100000000002", &condition);
        let third = make_role(&cloud, "100000000003", name, &trusting).await;
        assert_eq!(enter(&cloud, &chained, &third).await.is_ok(), is_met, "{name}");
    }
    let taken = assume(&cloud, &keys, &second).tags(tag("Stage", "test"));
    let taken = entered(taken).await.unwrap_err();
    assert!(taken.starts_with("InvalidParameterValue: "), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn a_source_identity_stays_what_it_was() {
    let cloud = seeded(|role| role);
    let hub = Keys::root(HUB);
    let named = |role: &str| assume(&cloud, &hub, role).source_identity("ann");
    let refused = entered(named(DEPLOYER)).await.unwrap_err();
    assert!(refused.contains("perform: sts:SetSourceIdentity on resource"), "{refused}");
    let first = make_role(&cloud, DEV, "first", &open_trust(HUB)).await;
    let answer = named(&first).send().await.unwrap();
    assert_eq!(answer.source_identity(), Some("ann"));
    let keys = entered(named(&first)).await.unwrap();
    let second = make_role(&cloud, "100000000002", "second", &open_trust(DEV)).await;
    let carried = assume(&cloud, &keys, &second).send().await.unwrap();
    assert_eq!(carried.source_identity(), Some("ann"));
    let other = entered(assume(&cloud, &keys, &second).source_identity("bob")).await.unwrap_err();
    assert!(other.contains("sts:SetSourceIdentity"), "{other}");
    let closed = make_role(&cloud, "100000000002", "closed", &trust(DEV, &Json::Null)).await;
    assert!(enter(&cloud, &keys, &closed).await.is_err());
}
