//! The keys that AWS services give what they run.

use http::Request;
use serde_json::{Value as Json, json};

use super::*;

const BUILD: &str = "codebuild.amazonaws.com";

/// Reads the keys of a service's session in a role; what is said with another status is an error.
async fn ask(cloud: &Embedded, service: &str, role: &str) -> Result<Keys, String> {
    let address = format!("http://127.0.0.1/_sandbox/credentials/{service}/{role}");
    let request = Request::get(address).body(bytes::Bytes::new()).expect("an address");
    let response = cloud.sandbox.respond(&request).await.expect("no fault");
    let said: Json = serde_json::from_slice(response.body()).expect("JSON is answered");
    let text = |member: &str| said[member].as_str().unwrap_or_default().to_owned();
    match response.status().as_u16() {
        200 => Ok(Keys { id: text("AccessKeyId"), token: Some(text("Token")) }),
        status => Err(format!("{status} {}: {}", text("Code"), text("Message"))),
    }
}

/// A role that a service may assume, which may list one bucket and put settings under one path.
const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: build
      Path: /team/
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: codebuild.amazonaws.com } }]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: "s3:ListBucket", Resource: "arn:aws:s3:::artifacts", Condition: { StringEquals: { "s3:prefix": "a/" } } }
              - { Effect: Allow, Action: "ssm:PutParameter", Resource: "arn:aws:ssm:*:*:parameter/app/*" }
Outputs:
  Arn: { Value: !GetAtt Role.Arn }
"#;

#[tokio::test(start_paused = true)]
async fn a_service_gets_keys_of_the_roles_that_trust_it() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("build", ROLE).await, "CREATE_COMPLETE");
    let role = stacks.output("build", "Arn").await;
    let keys = ask(&cloud, BUILD, &role).await.unwrap();
    let me = whoami(&cloud, &keys).await.unwrap();
    assert_eq!(me, "arn:aws:sts::100000000001:assumed-role/build/codebuild");
    let other = ask(&cloud, "ecs-tasks.amazonaws.com", &role).await.unwrap_err();
    assert!(other.starts_with("403 AccessDenied: ecs-tasks.amazonaws.com may not"), "{other}");
    let without_path = role.replace("/team", "");
    assert!(ask(&cloud, BUILD, &without_path).await.is_err());
    assert!(ask(&cloud, BUILD, "build").await.unwrap_err().starts_with("400 "));
    assert_eq!(stacks.delete("build").await, "DELETE_COMPLETE");
    assert!(ask(&cloud, BUILD, &role).await.is_err());
    assert!(whoami(&cloud, &keys).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn objects_and_settings_need_their_permission() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    stacks.create("build", ROLE).await;
    let root = cloud.s3(&Keys::root(DEV));
    root.create_bucket().bucket("artifacts").send().await.unwrap();
    let keys = ask(&cloud, BUILD, &stacks.output("build", "Arn").await).await.unwrap();
    let s3 = cloud.s3(&keys);
    assert!(s3.list_objects_v2().bucket("artifacts").prefix("a/").send().await.is_ok());
    let refused = s3.list_objects_v2().bucket("artifacts").send().await.unwrap_err();
    assert!(words(&refused).starts_with("AccessDenied: "), "{refused:?}");
    let refused = s3.list_buckets().send().await.unwrap_err();
    assert!(words(&refused).contains("s3:ListAllMyBuckets"), "{refused:?}");
    let put = |name: &str| json!({ "Name": name, "Type": "String", "Value": "v" });
    assert!(cloud.ssm(&keys, "PutParameter", put("/app/one")).await.is_ok());
    let refused = cloud.ssm(&keys, "PutParameter", put("/other")).await.unwrap_err();
    assert_eq!(
        refused,
        "AccessDeniedException: User: arn:aws:sts::100000000001:assumed-role/build/codebuild is \
         not authorized to perform: ssm:PutParameter on resource: \
         arn:aws:ssm:eu-central-1:100000000001:parameter/other because no identity-based policy \
         allows the ssm:PutParameter action"
    );
}

#[tokio::test(start_paused = true)]
async fn conditions_of_objects_need_their_permission() {
    let statements = r#"{ Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::artifacts/new/*", Condition: { StringEquals: { "s3:if-none-match": "*" } } }
              - { Effect: Allow, Action: ["s3:PutObject", "s3:DeleteObject"], Resource: "arn:aws:s3:::artifacts/known/*" }
              - { Effect: Allow, Action: "ssm:PutParameter""#;
    let role = ROLE.replace(r#"{ Effect: Allow, Action: "ssm:PutParameter""#, statements);
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("build", &role).await, "CREATE_COMPLETE");
    let root = cloud.s3(&Keys::root(DEV));
    root.create_bucket().bucket("artifacts").send().await.unwrap();
    let keys = ask(&cloud, BUILD, &stacks.output("build", "Arn").await).await.unwrap();
    let s3 = cloud.s3(&keys);
    let put = |key: &str| s3.put_object().bucket("artifacts").key(key).body(b"x".to_vec().into());
    let refused = put("new/one").send().await.unwrap_err();
    assert!(words(&refused).starts_with("AccessDenied: "), "{refused:?}");
    put("new/one").if_none_match("*").send().await.expect("that is what it may");
    let etag = put("known/one").send().await.unwrap().e_tag.expect("an ETag");
    let refused = put("known/one").if_match(&etag).send().await.unwrap_err();
    assert!(words(&refused).contains("s3:GetObject"), "{refused:?}");
    let delete = || s3.delete_object().bucket("artifacts").key("known/one");
    let refused = delete().if_match(&etag).send().await.unwrap_err();
    assert!(words(&refused).contains("s3:GetObject"), "{refused:?}");
    delete().if_match("*").send().await.expect("nothing of it is compared");
}
