//! The parameter store of Systems Manager.

use serde_json::json;

use crate::support::embedded::{Embedded, Keys};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn a_setting_is_read_as_it_was_put() {
    let cloud = Embedded::new();
    let keys = Keys::root(DEV);
    let put = |value: &str, overwrite: bool| json!({ "Name": "/app/url", "Type": "String", "Value": value, "Overwrite": overwrite });
    cloud.ssm(&keys, "PutParameter", put("one", false)).await.unwrap();
    let taken = cloud.ssm(&keys, "PutParameter", put("two", false)).await.unwrap_err();
    assert!(taken.starts_with("ParameterAlreadyExists: "), "{taken}");
    let put = cloud.ssm(&keys, "PutParameter", put("two", true)).await.unwrap();
    assert_eq!(put["Version"], 2);
    let name = || json!({ "Name": "/app/url" });
    let read = cloud.ssm(&keys, "GetParameter", name()).await.unwrap();
    assert_eq!(read["Parameter"]["Value"], "two");
    let arn = "arn:aws:ssm:eu-central-1:100000000001:parameter/app/url";
    assert_eq!(read["Parameter"]["ARN"], arn);
    cloud.ssm(&keys, "DeleteParameter", name()).await.unwrap();
    let gone = cloud.ssm(&keys, "GetParameter", name()).await.unwrap_err();
    assert_eq!(gone, "ParameterNotFound: ");
    let other = cloud.ssm(&keys, "LabelParameterVersion", json!({})).await.unwrap_err();
    assert!(other.starts_with("UnknownOperationException: the sandbox does not offer"), "{other}");
}

#[tokio::test(start_paused = true)]
async fn a_setting_that_a_stack_made_is_read_and_goes_with_it() {
    let cloud = Embedded::new();
    let keys = Keys::root(DEV);
    let template = "
Resources:
  Url: { Type: AWS::SSM::Parameter, Properties: { Name: /app/url, Type: String, Value: one } }
";
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    let read = || cloud.ssm(&keys, "GetParameter", json!({ "Name": "/app/url" }));
    assert_eq!(read().await.unwrap()["Parameter"]["Value"], "one");
    assert_eq!(stacks.update("app", &template.replace("one", "two")).await, "UPDATE_COMPLETE");
    let changed = read().await.unwrap();
    assert_eq!(
        (&changed["Parameter"]["Value"], &changed["Parameter"]["Version"]),
        (&"two".into(), &2.into())
    );
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    assert!(read().await.is_err());
    let put = json!({ "Name": "/app/url", "Type": "String", "Value": "by hand" });
    cloud.ssm(&keys, "PutParameter", put).await.unwrap();
    assert_eq!(stacks.create("again", template).await, "ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_setting_has_a_name_and_a_value_that_the_store_takes() {
    let cloud = Embedded::new();
    let keys = Keys::root(DEV);
    for (input, said) in [
        (json!({ "Value": "v", "Type": "String" }), "ValidationException: "),
        (json!({ "Name": "a/b", "Value": "v", "Type": "String" }), "ValidationException: "),
        (json!({ "Name": "/aws/b", "Value": "v", "Type": "String" }), "ValidationException: "),
        (json!({ "Name": "b", "Value": "v" }), "ValidationException: A parameter type is required"),
    ] {
        let refused = cloud.ssm(&keys, "PutParameter", input).await.unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    let nobody = Keys { id: "AKIAIOSFODNN7EXAMPLE".into(), token: None };
    let refused = cloud.ssm(&nobody, "GetParameter", json!({ "Name": "b" })).await.unwrap_err();
    assert!(refused.starts_with("UnrecognizedClientException: "), "{refused}");
}
