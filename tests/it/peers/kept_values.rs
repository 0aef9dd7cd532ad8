//! boto3 and the AWS CLI keep values in the sandbox, and runs read them there; moto is read as well.

use crate::support::files::SETTING;
use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;

const ACCOUNT: &str = "100000000001";

#[test]
fn boto3_keeps_values_in_the_sandbox_and_reads_them_back() {
    let server = Server::sandbox_with("0", &[], &[]);
    let workplace = Workplace::new(server.endpoint());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/values_that_are_kept.py");
    let output = workplace.command(program("python"), ACCOUNT).arg(script).output();
    let output = output.expect("Python is installed");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    insta::assert_snapshot!(said.trim(), @r#"
    2
    False
    SecureString open sesame
    /net/password
    vpc-3
    ParameterVersionNotFound: Systems Manager could not find version 9 of /net/a/vpc. Verify the version and try again.
    ParameterNotFound
    ['vpc-2'] ['/none']
    ['/net/password']
    ['/net/a/vpc', '/net/b/vpc', '/net/password']
    shared/db
    ResourceExistsException: The operation failed because the secret shared/db already exists.
    {"user":"eve"} True
    {"user":"eve"} True
    {"user":"eve"} True
    ResourceNotFoundException: Secrets Manager can't find the specified secret.
    InvalidRequestException: You must provide either SecretString or SecretBinary.
    ResourceNotFoundException: Secrets Manager can't find the specified secret.
    "#);
}

#[test]
fn a_run_reads_what_the_aws_cli_put_into_the_sandbox() {
    let server = Server::sandbox_with("0", &[], &[]);
    let workplace = Workplace::new(server.endpoint());
    let aws = |arguments: &[&str]| {
        let output = workplace.command(program("aws"), "999999999999").args(arguments).output();
        let output = output.expect("the AWS CLI is installed");
        assert!(output.status.success(), "{output:?}");
    };
    let put = ["ssm", "put-parameter", "--name", "/shared/vpc", "--type", "String", "--value"];
    aws(&[&put[..], &["vpc-of-the-cli"]].concat());
    workplace.write("setting.yaml", SETTING);
    let text = "environment: e\nsource: { account: '999999999999' }\nregions: [eu-central-1]\naccounts: { dev: '100000000001' }\nassume-role: { name: deployer }\nstacks: { app: { \
                template: setting.yaml, accounts: [source], parameters: { Value: '${ssm:/shared/vpc}' } } }\n";
    workplace.write("e.yaml", text);
    let run = workplace.apply("e.yaml", 0);
    assert_eq!(run.instance("source", "app")["outputs"]["Value"], "vpc-of-the-cli");
}

const KEPT: &str = r#"
Parameters:
  Vpc: { Type: String }
  Password: { Type: String, NoEcho: true }
Resources:
  Setting: { Type: AWS::SSM::Parameter, Properties: { Type: String, Name: /made, Value: !Ref Password } }
Outputs:
  Vpc: { Value: !Ref Vpc }
"#;

#[test]
fn a_run_reads_the_values_that_moto_keeps() {
    let server = Server::moto();
    let workplace = Workplace::new(server.endpoint());
    let aws = |arguments: &[&str]| {
        let output = workplace.command(program("aws"), "123456789012").args(arguments).output();
        let output = output.expect("the AWS CLI is installed");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let put = ["ssm", "put-parameter", "--name"];
    aws(&[&put[..], &["/shared/vpc", "--type", "String", "--value", "vpc-1"]].concat());
    aws(&[&put[..], &["/shared/salt", "--type", "SecureString", "--value", "and-salt"]].concat());
    let secret = r#"{"password":"correct-horse"}"#;
    aws(&["secretsmanager", "create-secret", "--name", "db", "--secret-string", secret]);
    workplace.write("kept.yaml", KEPT);
    let text = "environment: e\nsource: { account: '123456789012' }\nregions: [eu-central-1]\naccounts: { dev: '100000000001' }\nassume-role: { name: deployer }\nstacks: { app: { \
                template: kept.yaml, accounts: [source], parameters: { Vpc: '${ssm:/shared/vpc}', Password: \
                '${secret:db#password}-${ssm:/shared/salt}' } } }\n";
    workplace.write("e.yaml", text);
    let run = workplace.apply("e.yaml", 0);
    assert_eq!(run.instance("source", "app")["outputs"]["Vpc"], "vpc-1");
    assert!(!format!("{run:?}").contains("correct-horse"), "{run:?}");
    let made = aws(&["ssm", "get-parameter", "--name", "/made", "--query", "Parameter.Value"]);
    assert_eq!(made.trim(), "\"correct-horse-and-salt\"");
    workplace.write("e.yaml", &text.replace("/shared/vpc", "/none"));
    let failed = workplace.apply("e.yaml", 1);
    let failure = failed.instance("source", "app")["failure"]["message"].clone();
    assert_eq!(failure, "`${ssm:/none}` of 123456789012/eu-central-1 is not there");
}
