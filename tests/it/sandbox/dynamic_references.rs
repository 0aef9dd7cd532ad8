//! Dynamic references, resolved for the services of resources and shown nowhere.

use serde_json::json;

use crate::support::embedded::{Embedded, Keys};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn references_to_parameters_and_secrets_are_resolved_for_the_service_alone() {
    let cloud = Embedded::new();
    let (stacks, keys) = (cloud.stacks(DEV), Keys::root(DEV));
    let put = json!({ "Name": "/app/size", "Type": "String", "Value": "large" });
    cloud.ssm(&keys, "PutParameter", put).await.unwrap();
    let template = r#"
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: app/database
      GenerateSecretString:
        { SecretStringTemplate: '{"user": "admin"}', GenerateStringKey: word, PasswordLength: 12, ExcludeNumbers: true }
  Plain: { Type: AWS::SecretsManager::Secret, Properties: { SecretString: open sesame } }
  Copy:
    Type: AWS::SSM::Parameter
    Properties:
      Name: /app/copy
      Type: String
      Value: !Join
        - "|"
        - - "{{resolve:ssm:/app/size}} {{resolve:ssm-secure:/app/size:1}}"
          - !Sub "{{resolve:secretsmanager:${Secret}:SecretString:user}}"
          - !Sub "{{resolve:secretsmanager:${Secret}:SecretString:word}}"
          - !Sub "{{resolve:secretsmanager:${Plain}}}"
Outputs: { Shown: { Value: "{{resolve:ssm:/app/size}}" } }
"#;
    assert_eq!(stacks.create("app", template).await, "CREATE_COMPLETE");
    let copy = cloud.ssm(&keys, "GetParameter", json!({ "Name": "/app/copy" })).await.unwrap();
    let value = copy["Parameter"]["Value"].as_str().unwrap();
    let [sizes, user, word, plain] = value.split('|').collect::<Vec<_>>()[..] else {
        panic!("{value}")
    };
    assert_eq!((sizes, user, plain), ("large large", "admin", "open sesame"));
    assert!(word.len() == 12 && word.chars().all(|letter| letter.is_ascii_alphabetic()), "{word}");
    assert_eq!(stacks.output("app", "Shown").await, "{{resolve:ssm:/app/size}}");
    let events = stacks.events("app").await;
    assert!(!format!("{events:?}").contains(word), "a secret is shown");
    let by_name = template.replace("${Plain}", "app/database");
    assert_eq!(stacks.update("app", &by_name).await, "UPDATE_COMPLETE");
    let copy = cloud.ssm(&keys, "GetParameter", json!({ "Name": "/app/copy" })).await.unwrap();
    assert!(copy["Parameter"]["Value"].as_str().unwrap().contains("{\"user\":\"admin\""));
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_is_missing_is_refused_and_a_secret_fails_its_resource() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let parameter = |value: &str| {
        format!(
            "Parameters: {{ Name: {{ Type: String, Default: nothing }} }}\nResources:\n  Plain: {{ Type: \
             AWS::SecretsManager::Secret, Properties: {{ Name: plain, SecretString: x }} }}\n  Copy:\n    \
             Type: AWS::SSM::Parameter\n    DependsOn: Plain\n    Properties: {{ Type: String, Value: {value} }}\n"
        )
    };
    assert_eq!(
        stacks.refusal(&parameter(r#"!Sub "{{resolve:ssm:/app/${Name}:2}}""#)).await,
        "ValidationError: Parameters: [ssm:/app/nothing:2] cannot be found."
    );
    for (number, (reference, reason)) in [
        (
            "secretsmanager:nothing",
            "Secrets Manager can't find the specified secret. (Service: AWSSecretsManager;",
        ),
        ("secretsmanager:plain:SecretString:key", "Could not parse SecretString JSON"),
        (
            "secretsmanager:plain:SecretString::AWSPREVIOUS",
            "Secrets Manager can't find the specified secret.",
        ),
        ("ssm-secure:/nothing", "Parameters: [ssm-secure:/nothing] cannot be found."),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("app{number}");
        let template = parameter(&format!("\"{{{{resolve:{reference}}}}}\""));
        let template = template.replace("Name: plain,", "");
        let template = match number {
            0 => template,
            _ => template.replace("SecretString: x", "Name: plain, SecretString: x"),
        };
        assert_eq!(stacks.create(&name, &template).await, "ROLLBACK_COMPLETE");
        let story = stacks.story(&name).await;
        let failed = story.iter().find(|line| line.starts_with("Copy CREATE_FAILED")).unwrap();
        assert!(failed.contains(reason), "{failed}");
    }
}
