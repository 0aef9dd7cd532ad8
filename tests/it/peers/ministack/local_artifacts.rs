//! What local paths lead to arrives: a function's code runs, a nested template is deployed.

use std::fs;

use super::two_accounts;
use crate::support::files::HEAD;
use crate::support::peers::AwsCli;

const DEV: &str = "100000000001";

const APP: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }]
  Worker:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: worker, Code: ../src, Role: !GetAtt Role.Arn, Runtime: python3.13, Handler: app.main }
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: queue.yaml } }
"#;

#[tokio::test]
async fn the_code_that_was_packed_runs_and_a_template_that_was_nested_by_path_is_deployed() {
    let (server, workplace) = two_accounts().await;
    fs::create_dir_all(workplace.path().join("src/lib")).expect("made");
    let file = format!(
        "{HEAD}artifacts: {{ bucket: 'code-${{account.id}}' }}\nstacks: {{ app: {{ template: stacks/packed.yaml, accounts: [dev] }} }}\n"
    );
    workplace.write("prod.yaml", &file);
    workplace.write("stacks/packed.yaml", APP);
    let queue = "Resources: { Q: { Type: AWS::SQS::Queue, Properties: { QueueName: nested } } }\n";
    workplace.write("stacks/queue.yaml", queue);
    workplace.write(
        "src/app.py",
        "import lib.sum\n\ndef main(event, context):\n    return lib.sum.of(event)\n",
    );
    workplace.write(
        "src/lib/sum.py",
        "def of(event):\n    return {\"sum\": event[\"a\"] + event[\"b\"]}\n",
    );
    let aws = AwsCli::with_key(&workplace, DEV, "test");
    let location = "LocationConstraint=eu-central-1";
    let bucket = format!("code-{DEV}");
    let make = ["s3api", "create-bucket", "--bucket", &bucket];
    aws.says(&[&make[..], &["--create-bucket-configuration", location]].concat());

    let created = workplace.apply("prod.yaml", 0);
    assert_eq!(created.outcomes(), ["dev/app created"]);
    assert!(
        aws.says(&["sqs", "list-queues", "--endpoint-url", &server.endpoint()])
            .contains("/nested\"")
    );
    let invoke = ["lambda", "invoke", "--function-name", "worker", "--payload", r#"{"a":2,"b":3}"#];
    aws.says(&[&invoke[..], &["answer.json"]].concat());
    let answer = fs::read_to_string(workplace.path().join("answer.json")).expect("it answers");
    assert_eq!(answer, r#"{"sum": 5}"#);

    assert_eq!(workplace.apply("prod.yaml", 0).outcomes(), ["dev/app unchanged"]);
    workplace.write("src/lib/sum.py", "def of(event):\n    return {\"sum\": 0}\n");
    assert_eq!(workplace.apply("prod.yaml", 0).outcomes(), ["dev/app updated"]);
    aws.says(&[&invoke[..], &["answer.json"]].concat());
    let answer = fs::read_to_string(workplace.path().join("answer.json")).expect("it answers");
    assert_eq!(answer, r#"{"sum": 0}"#);
}
