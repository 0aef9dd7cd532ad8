//! The program against moto's server, for what moto can be asked: it knows no failing resources and
//! no trust, and keeps accounts apart.

use crate::support::caller::Caller;
use crate::support::files::{HEAD, ROLE};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

/// A setting with a name: moto makes none up.
const SETTING: &str = r#"
Parameters:
  Value: { Type: String }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: !Sub "/${AWS::StackName}", Value: !Ref Value }
Outputs:
  Value: { Value: !Ref Value }
  Where: { Value: !Sub "${AWS::AccountId}/${AWS::Region}/${AWS::StackName}" }
"#;

/// A chain of three, in two accounts. Moto takes every key for account 123456789012.
fn environment() -> String {
    let head = HEAD.replace("999999999999", "123456789012");
    format!(
        r#"{head}
stacks:
  role: {{ template: role.yaml }}
  setting:
    template: setting.yaml
    parameters: {{ Value: "${{output:role.RoleArn}}" }}
  all:
    template: setting.yaml
    accounts: [prod]
    parameters: {{ Value: "${{output:setting.Where@*}}" }}
"#
    )
}

fn two_accounts() -> (Server, Workplace) {
    let server = Server::moto();
    let workplace = Workplace::new(server.endpoint());
    workplace.write("role.yaml", ROLE);
    workplace.write("setting.yaml", SETTING);
    workplace.write("prod.yaml", &environment());
    (server, workplace)
}

#[tokio::test]
async fn outputs_of_one_account_are_parameters_in_another() {
    let (_server, workplace) = two_accounts();

    let applied = workplace.apply("prod.yaml", 0);

    assert!(applied.outcomes().iter().all(|line| line.ends_with(" created")), "{applied:?}");
    for (account, id) in [("dev", "100000000001"), ("prod", "100000000002")] {
        let role = applied.instance(account, "role")["outputs"]["RoleArn"].clone();
        assert!(role.as_str().expect("an ARN").starts_with(&format!("arn:aws:iam::{id}:role/")));
        assert_eq!(applied.instance(account, "setting")["outputs"]["Value"], role);
    }
    assert_eq!(
        applied.instance("prod", "all")["outputs"]["Value"],
        "100000000001/eu-central-1/setting,100000000002/eu-central-1/setting"
    );
}

#[tokio::test]
async fn a_second_apply_changes_nothing_where_parameters_are_named() {
    let (_server, workplace) = two_accounts();
    workplace.apply("prod.yaml", 0);

    let again = workplace.apply("prod.yaml", 0);

    assert_eq!(again.instance("dev", "setting")["outcome"], "unchanged");
    assert_eq!(again.instance("prod", "all")["outcome"], "unchanged");
}

#[tokio::test]
async fn destroy_empties_the_accounts() {
    let (server, workplace) = two_accounts();
    let applied = workplace.apply("prod.yaml", 0);
    assert_eq!(applied.outcomes().len(), 5);

    let destroyed = workplace.destroy("prod.yaml", 0);

    assert!(destroyed.outcomes().iter().all(|line| line.ends_with(" deleted")), "{destroyed:?}");
    let status = workplace.xdeploy(["status", "prod.yaml", "--output", "json"]).expect_code(0);
    assert!(!status.stdout.contains("COMPLETE"), "{status:?}");
    assert!(Caller::root(&server.endpoint(), "123456789012").stacks().await.is_empty());
}
