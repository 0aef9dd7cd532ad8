//! What AWS refuses: exit code, first cause, remedy, and nothing else touched.

use serde_json::Value;

use super::two_accounts;
use crate::support::accounts::put_role;
use crate::support::binary::Printed;
use crate::support::caller::Caller;
use crate::support::files::{HEAD, SETTING};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const DEV: &str = "100000000001";
const PROD: &str = "100000000002";

const STACKS: &str = "\nstacks:\n  setting: { template: setting.yaml }\n";

async fn with_setting() -> (Server, Workplace) {
    let (server, workplace) = two_accounts().await;
    workplace.write("setting.yaml", SETTING);
    (server, workplace)
}

/// Checks what failed in an account: of which kind, with which words, and what helps.
#[track_caller]
fn assert_failure(printed: &Printed, account: &str, stack: &str, kind: &str, words: &[&str]) {
    let instance = printed.instance(account, stack);
    assert_eq!(instance["outcome"], "failed", "{instance:#}");
    let failure = &instance["failure"];
    assert_eq!(failure["kind"], kind, "{failure:#}");
    for word in words {
        assert!(failure["message"].as_str().is_some_and(|m| m.contains(word)), "{failure:#}");
    }
    assert!(failure["help"].as_str().is_some_and(|help| !help.is_empty()), "{failure:#}");
}

/// Returns the names of the stacks that stand in an account, without the test's own.
async fn stacks_in(server: &Server, account: &str) -> Vec<String> {
    let stacks = Caller::root(&server.endpoint(), account).stacks().await;
    let names = stacks.into_iter().filter_map(|stack| stack.stack_name);
    names.filter(|name| !name.starts_with("bootstrap-")).collect()
}

fn calls(printed: &Printed, call: &str) -> Value {
    printed.json()["api_calls"][call].clone()
}

const NAMED_ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: operator
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }]
"#;

#[tokio::test]
async fn a_named_role_needs_its_capability_before_any_call_is_made() {
    let (server, workplace) = with_setting().await;
    workplace.write("named-role.yaml", NAMED_ROLE);
    let file = |capabilities: &str| {
        format!("{HEAD}\nstacks:\n  named: {{ template: named-role.yaml{capabilities} }}\n")
    };

    workplace.write("prod.yaml", &file(""));
    let refused = workplace.apply("prod.yaml", 2);
    assert!(refused.stderr.contains("CAPABILITY_NAMED_IAM"), "{}", refused.stderr);
    assert_eq!(stacks_in(&server, DEV).await, [""; 0]);

    workplace.write("prod.yaml", &file(", capabilities: [CAPABILITY_NAMED_IAM]"));
    let applied = workplace.apply("prod.yaml", 0);
    assert_eq!(applied.outcomes(), ["dev/named created", "prod/named created"]);
}

#[tokio::test]
async fn the_right_external_id_opens_an_account_and_a_wrong_one_does_not() {
    let (server, workplace) = with_setting().await;
    put_role(&server.endpoint(), PROD, "guarded", Some("open-sesame")).await;
    let environment = |external_id: &str| {
        let guarded = format!(
            "prod: {{ id: \"{PROD}\", assume-role: {{ name: guarded, external-id: {external_id} }} }}"
        );
        format!("{}{STACKS}", HEAD.replace(&format!("prod: \"{PROD}\""), &guarded))
    };

    workplace.write("prod.yaml", &environment("wrong-word"));
    let refused = workplace.apply("prod.yaml", 3);
    let words = ["AccessDenied", "role/guarded", PROD];
    assert_failure(&refused, "prod", "setting", "role-refused", &words);
    assert!(!refused.stdout.contains("wrong-word") && !refused.stderr.contains("wrong-word"));
    assert_eq!(refused.instance("dev", "setting")["outcome"], "created");
    assert_eq!(stacks_in(&server, PROD).await, [""; 0]);

    workplace.write("prod.yaml", &environment("open-sesame"));
    let applied = workplace.apply("prod.yaml", 0);
    assert_eq!(applied.outcomes(), ["dev/setting unchanged", "prod/setting created"]);
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_told_with_what_the_account_needs() {
    let (server, workplace) = with_setting().await;
    let head = HEAD.replace("name: deployer", "name: nobody");
    workplace.write("prod.yaml", &format!("{head}{STACKS}"));

    let refused = workplace.apply("prod.yaml", 3);

    for (account, id) in [("dev", DEV), ("prod", PROD)] {
        let words = ["AccessDenied", "role/nobody", id];
        assert_failure(&refused, account, "setting", "role-refused", &words);
        assert_eq!(stacks_in(&server, id).await, [""; 0]);
    }
    assert_eq!(calls(&refused, "cloudformation:CreateStack"), Value::Null);
}

#[tokio::test]
async fn a_session_in_another_account_than_the_file_says_touches_neither() {
    let (server, workplace) = with_setting().await;
    workplace.write(
        "credentials",
        &format!("[break-glass]\naws_access_key_id = {PROD}\naws_secret_access_key = test\n"),
    );
    let head = HEAD.replace(
        &format!("dev: \"{DEV}\", prod: \"{PROD}\""),
        &format!("dev: {{ id: \"{DEV}\", profile: break-glass }}"),
    );
    workplace.write("prod.yaml", &format!("{head}{STACKS}"));

    let refused = workplace.apply("prod.yaml", 3);

    assert_failure(&refused, "dev", "setting", "wrong-account", &[DEV, PROD, "break-glass"]);
    for account in [DEV, PROD] {
        assert_eq!(stacks_in(&server, account).await, [""; 0]);
    }
}

#[tokio::test]
async fn source_credentials_of_another_account_assume_no_role() {
    let (server, workplace) = with_setting().await;
    workplace.write("prod.yaml", &format!("{HEAD}{STACKS}"));

    let apply = ["apply", "prod.yaml", "--yes", "--output", "json"];
    let refused = workplace.xdeploy_as("888888888888", apply).expect_code(3);

    for account in ["dev", "prod"] {
        let words = ["888888888888", "999999999999"];
        assert_failure(&refused, account, "setting", "wrong-account", &words);
    }
    assert_eq!(calls(&refused, "sts:AssumeRole"), Value::Null);
    assert_eq!(stacks_in(&server, DEV).await, [""; 0]);
}

#[tokio::test]
async fn a_profile_that_is_missing_is_not_replaced_by_keys_that_happen_to_be_at_hand() {
    let (server, workplace) = with_setting().await;
    let head = HEAD.replace("999999999999\" }", "999999999999\", profile: nowhere }");
    workplace.write("prod.yaml", &format!("{head}{STACKS}"));

    let refused = workplace.apply("prod.yaml", 3);

    assert_failure(&refused, "dev", "setting", "no-credentials", &["profile `nowhere`"]);
    assert_eq!(stacks_in(&server, DEV).await, [""; 0]);
}

#[tokio::test]
async fn a_profile_leads_into_its_account_although_the_environment_holds_other_keys() {
    let (server, workplace) = with_setting().await;
    workplace.write(
        "credentials",
        &format!("[break-glass]\naws_access_key_id = {DEV}\naws_secret_access_key = test\n"),
    );
    let head = HEAD.replace(
        &format!("dev: \"{DEV}\", prod: \"{PROD}\""),
        &format!("dev: {{ id: \"{DEV}\", profile: break-glass }}"),
    );
    workplace.write("prod.yaml", &format!("{head}{STACKS}"));

    let applied = workplace.apply("prod.yaml", 0);

    assert_eq!(applied.outcomes(), ["dev/setting created"]);
    assert_eq!(calls(&applied, "sts:AssumeRole"), Value::Null);
    assert_eq!(stacks_in(&server, DEV).await, ["setting"]);
}
