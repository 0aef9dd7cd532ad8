//! Whether who deploys a stack may have parameters and secrets read for it.

use serde_json::json;

use super::resources::{allowing, deployer, failures};
use super::*;

const DENIED: &str =
    "ValidationError: AccessDenied. User doesn't have permission to call ssm:GetParameters";

const STORED: &str = "
Parameters: { Size: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /app/size } }
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Size } } }
";

const DYNAMIC: &str = "
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: '{{resolve:ssm:/app/size}}' } } }
";

/// Puts the parameter that the templates read.
async fn put_size(cloud: &Embedded) {
    let put = json!({ "Name": "/app/size", "Type": "String", "Value": "large" });
    cloud.ssm(&Keys::root(DEV), "PutParameter", put).await.expect("a root may");
}

fn reading(action: &str, resource: &str) -> serde_json::Value {
    serde_json::from_str(&allow(action, resource)).expect("a policy is JSON")
}

#[tokio::test(start_paused = true)]
async fn a_parameter_is_read_only_if_who_deploys_may() {
    let cloud = Embedded::new();
    put_size(&cloud).await;
    let caller = deployer(&cloud, [allowing(&["sns:*"])]).await;
    for template in [STORED, DYNAMIC] {
        assert_eq!(caller.refusal(template).await, DENIED);
        let missing = template.replace("/app/size", "/app/missing");
        assert_eq!(caller.refusal(&missing).await, DENIED, "what is there is not told");
    }
    let cloud = Embedded::new();
    put_size(&cloud).await;
    let own = "arn:aws:ssm:eu-central-1:100000000001:parameter/app/*";
    let caller = deployer(&cloud, [allowing(&["sns:*"]), reading("ssm:GetParameters", own)]).await;
    assert_eq!(caller.create("stored", STORED).await, "CREATE_COMPLETE");
    assert_eq!(caller.create("dynamic", DYNAMIC).await, "CREATE_COMPLETE");
    let public = STORED.replace("/app/size", "/aws/service/size");
    assert_eq!(caller.refusal(&public).await, DENIED, "what AWS publishes is no account's");
}

#[tokio::test(start_paused = true)]
async fn a_service_role_reads_parameters_in_place_of_who_deploys() {
    let cloud = Embedded::new();
    put_size(&cloud).await;
    let root = Keys::root(DEV);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"cloudformation.amazonaws.com"}}]}"#;
    let create = [("RoleName", "service"), ("AssumeRolePolicyDocument", trust)];
    cloud.iam(&root, "CreateRole", &create).await.unwrap();
    let stacks = cloud.stacks(DEV);
    let refused = stacks.0.create_stack().stack_name("app").template_body(STORED);
    let refused = refused.role_arn("arn:aws:iam::100000000001:role/service").send().await;
    assert_eq!(words(&refused.unwrap_err()), DENIED);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_may_not_be_read_fails_its_resource() {
    let cloud = Embedded::new();
    let secret = "Resources: { Secret: { Type: AWS::SecretsManager::Secret, Properties: { Name: app/word, \
                  SecretString: x } } }";
    assert_eq!(cloud.stacks(DEV).create("secret", secret).await, "CREATE_COMPLETE");
    let template = "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: \
                    '{{resolve:secretsmanager:app/word}}' } } }";
    let caller = deployer(&cloud, [allowing(&["sns:*"])]).await;
    assert_eq!(caller.create("app", template).await, "ROLLBACK_COMPLETE");
    assert_eq!(
        failures(&caller, "app").await,
        [
            "Topic CREATE_FAILED User: arn:aws:sts::100000000001:assumed-role/deployer/run is not authorized to \
          perform: secretsmanager:GetSecretValue on resource: app/word because no identity-based policy allows \
          the secretsmanager:GetSecretValue action (Service: AWSSecretsManager; Status Code: 400; Error Code: \
          AccessDeniedException; Request ID: ; Proxy: null)"
        ]
    );
    let cloud = Embedded::new();
    assert_eq!(cloud.stacks(DEV).create("secret", secret).await, "CREATE_COMPLETE");
    let own = "arn:aws:secretsmanager:eu-central-1:100000000001:secret:app/word-??????";
    let reading = reading("secretsmanager:GetSecretValue", own);
    let caller = deployer(&cloud, [allowing(&["sns:*"]), reading]).await;
    assert_eq!(caller.create("app", template).await, "CREATE_COMPLETE");
}
