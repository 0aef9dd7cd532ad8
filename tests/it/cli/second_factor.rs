//! A person who may do nothing but assume one role, and that only with a second factor: made by
//! stacks, used, and taken away again, against the sandbox on loopback.

use serde_json::Value;

use crate::support::peers::Server;
use crate::support::workplace::Workplace;

/// Makes the person in the source account and the role in the other one.
const BOOTSTRAP: &str = "environment: bootstrap
source: { account: '999999999999' }
assume-role: { name: OrganizationAccountAccessRole }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks:
  person: { template: person.yaml, accounts: [source], capabilities: [CAPABILITY_NAMED_IAM] }
  entrance:
    template: entrance.yaml
    capabilities: [CAPABILITY_NAMED_IAM]
    parameters: { Person: '${output:person.Arn@source}' }
";

const PERSON: &str = r#"
Resources:
  Person:
    Type: AWS::IAM::User
    Properties:
      UserName: person
      Policies:
        - PolicyName: one-role
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: sts:AssumeRole
                Resource: arn:aws:iam::100000000001:role/entrance
  Key: { Type: AWS::IAM::AccessKey, Properties: { UserName: !Ref Person } }
Outputs:
  Arn: { Value: !GetAtt Person.Arn }
  KeyId: { Value: !Ref Key }
"#;

const ENTRANCE: &str = r#"
Parameters: { Person: { Type: String } }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: entrance
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: { AWS: !Ref Person }
            Condition: { Bool: { aws:MultiFactorAuthPresent: "true" } }
"#;

const WORK: &str = "environment: work
source: { account: '999999999999', mfa-serial: 'arn:aws:iam::999999999999:mfa/person' }
assume-role: { name: entrance }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks: { topic: { template: topic.yaml } }
";

fn workplace(server: &Server) -> Workplace {
    let workplace = Workplace::new(server.endpoint());
    workplace.write("bootstrap.yaml", BOOTSTRAP);
    workplace.write("person.yaml", PERSON);
    workplace.write("entrance.yaml", ENTRANCE);
    workplace.write("work.yaml", WORK);
    workplace.write("topic.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
    workplace
}

#[test]
fn a_person_enters_with_a_second_factor_and_not_without() {
    let files = Workplace::new("http://127.0.0.1:9");
    let bootstrap = files.write("bootstrap.yaml", BOOTSTRAP);
    files.write("person.yaml", PERSON);
    files.write("entrance.yaml", ENTRANCE);
    let server = Server::sandbox_of("0", &[bootstrap.to_str().expect("a path")]);
    let workplace = workplace(&server);
    let made = workplace.apply("bootstrap.yaml", 0);
    let outputs = &made.instance("source", "person")["outputs"];
    let key = outputs["KeyId"].as_str().expect("a key").to_owned();

    let apply = |codes: &[&str]| {
        let arguments = [&["apply", "work.yaml", "--yes", "--output", "json"], codes].concat();
        workplace.xdeploy_with(&key, &arguments)
    };
    let without = apply(&[]).expect_code(3);
    let message = without.instance("dev", "topic")["failure"].clone();
    assert!(text(&message, "message").contains("needs a code of the MFA device"), "{message}");
    assert!(text(&message, "help").contains("--mfa-code"), "{message}");

    let wrong = apply(&["--mfa-code", "000000"]).expect_code(3);
    let message = wrong.instance("dev", "topic")["failure"].clone();
    assert!(text(&message, "message").contains("does not take the code"), "{message}");

    apply(&["--mfa-code", "12345"]).expect_code(2);
    let right = apply(&["--mfa-code", "123456"]).expect_code(0);
    assert_eq!(right.outcomes(), ["dev/topic created"]);
    assert_eq!(right.json()["api_calls"]["sts:GetSessionToken"], 1);

    workplace
        .xdeploy_with(&key, &["destroy", "work.yaml", "--yes", "--mfa-code", "123456"])
        .expect_code(0);
    workplace.destroy("bootstrap.yaml", 0);
    apply(&["--mfa-code", "123456"]).expect_code(3);
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().expect("text")
}
