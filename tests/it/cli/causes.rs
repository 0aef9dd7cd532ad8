//! What a person or a program is told of a run in which many accounts fail alike.

use std::process::Stdio;

use crate::support::binary::{Desk, Printed};

const DENIED: &str = "Resource handler returned message: \"User: \
    arn:aws:sts::999999999999:assumed-role/deployer/x is not authorized to perform: \
    iam:CreateRole on resource: arn:aws:iam::999999999999:role/app-Role-30U2WSAK4KID with an \
    explicit deny in a service control policy (Service: Iam, Status Code: 403, Request ID: \
    b1bb91a6-005f-4b5e-a3bf-d8bed38bdfab)\" (RequestToken: \
    97cd1be4-fb19-c351-1288-81b9dc831d27, HandlerErrorCode: AccessDenied)";

const TITLE: &str = "iam:CreateRole denied by a service control policy (Role)";

/// Returns a folder with an environment of seven accounts in two waves, in each of which a role is
/// denied.
fn denied() -> Desk {
    let desk = Desk::empty();
    let template = serde_json::json!({ "Resources": { "Role": {
        "Type": "AWS::IAM::Role",
        "Metadata": { "Sandbox": { "FailOn": ["create"], "Reason": DENIED } },
        "Properties": { "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "ec2.amazonaws.com" },
                "Action": "sts:AssumeRole"
            }]
        } }
    } } });
    desk.write("app.yaml", template.to_string());
    let accounts: String = (1..=7).map(|n| format!("  team-{n}: \"20000000000{n}\"\n")).collect();
    let environment = format!(
        "environment: prod\nsource: {{ account: \"999999999999\" }}\n\
         assume-role: {{ name: deployer }}\nregions: [eu-central-1]\naccounts:\n{accounts}\
         stacks:\n  app: {{ template: app.yaml }}\n\
         rollout: {{ waves: [[team-1], [\"*\"]], failure-tolerance: 7 }}\n"
    );
    desk.write("prod.yaml", environment);
    desk
}

const APPLY: [&str; 5] =
    ["apply", "prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0.01"];

#[test]
fn accounts_that_fail_alike_are_one_entry_with_every_name_in_json() {
    let ran = denied().run(&[&APPLY[..], &["--output", "json"]].concat()).expect_code(1);
    let failures = ran.json()["failures"].clone();
    assert_eq!(failures.as_array().map(Vec::len), Some(1), "{failures}");
    assert_eq!(failures[0]["accounts"], 7);
    assert_eq!(failures[0]["resource"], "Role");
    let mut names: Vec<String> =
        serde_json::from_value(failures[0]["stack_instances"].clone()).expect("names");
    names.sort();
    let expected: Vec<String> =
        (1..=7).map(|n| format!("prod/team-{n}/eu-central-1/app")).collect();
    assert_eq!(names, expected);
    // Nothing else tells them where stdout is for a program.
    assert!(ran.stderr.contains(&format!("\nFailures\n  7 accounts: {TITLE}\n")), "{ran:?}");
    assert!(ran.stderr.contains("\n    and 4 more\n"), "{ran:?}");
}

#[test]
fn failures_are_not_told_twice_in_one_place() {
    let desk = denied();
    let log = std::fs::File::create(desk.path().join("log")).expect("a file");
    let mut command = desk.command(&APPLY);
    command.stdout(log.try_clone().expect("a second handle")).stderr(log).stdin(Stdio::null());
    let status = command.status().expect("the binary can be started");
    assert_eq!(status.code(), Some(1));
    let told = std::fs::read_to_string(desk.path().join("log")).expect("the log");
    assert_eq!(told.matches("\nFailures\n").count(), 1, "{told}");
    assert_eq!(told.matches(&format!("7 accounts: {TITLE}")).count(), 1, "{told}");
}

#[test]
fn github_gets_a_group_for_each_wave_and_an_annotation_for_each_cause() {
    let desk = denied();
    let output = desk.command(&APPLY).env("GITHUB_ACTIONS", "true").output();
    let ran = Printed::from(output.expect("the binary can be started")).expect_code(1);
    let commands: Vec<&str> =
        ran.stderr.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    let annotation = commands.last().expect("an annotation");
    assert_eq!(
        &commands[..commands.len() - 1],
        [
            "::group::wave 1/2: 1 stack instance in 1 account",
            "::endgroup::",
            "::group::wave 2/2: 6 stack instances in 6 accounts",
            "::endgroup::",
        ]
    );
    let start =
        "::error title=iam%3ACreateRole denied by a service control policy (Role)::7 accounts: ";
    assert!(annotation.starts_with(start), "{annotation}");
}

#[test]
fn a_role_that_may_do_too_little_is_rehearsed_by_a_fault_and_by_a_session_policy() {
    let desk = denied();
    let environment = std::fs::read_to_string(desk.path().join("prod.yaml")).expect("the file");
    let template = std::fs::read_to_string(desk.path().join("app.yaml")).expect("the template");
    desk.write("app.yaml", template.replace("\"create\"", ""));
    let fault =
        ["--sandbox-fault", "deny,action=iam:CreateRole,account=team-1", "--output", "json"];
    let ran = desk.run(&[&APPLY[..], &fault].concat()).expect_code(1);
    let failure = |ran: &Printed| ran.json()["stack_instances"][0]["failure"].clone();
    let told = failure(&ran);
    let text = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
    assert_eq!((text("kind").as_str(), text("resource").as_str()), ("resource-failed", "Role"));
    for part in [
        "User: arn:aws:sts::200000000001:assumed-role/deployer/",
        "iam:CreateRole on resource: arn:aws:iam::200000000001:role/app-Role-",
    ] {
        assert!(text("message").contains(part), "{told}");
    }
    assert_eq!(
        text("help"),
        "let the organization's service control policy allow iam:CreateRole, or except the role \
         deployer; then apply again: the stack is deleted and created anew"
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:*","iam:DeleteRole"],"Resource":"*"}]}"#;
    desk.write("policy.json", policy);
    desk.write(
        "prod.yaml",
        environment.replace("name: deployer", "name: deployer, session-policy: policy.json"),
    );
    desk.run(&["sandbox", "reset"]).expect_code(0);
    let ran = desk.run(&[&APPLY[..], &["--output", "json"]].concat()).expect_code(1);
    assert_eq!(
        failure(&ran)["help"],
        "allow iam:CreateRole in the session policy; then apply again: the stack is deleted and \
         created anew"
    );
    let ignored = ["--sandbox-resource-permissions", "ignored", "--output", "json"];
    desk.run(&[&APPLY[..], &ignored].concat()).expect_code(0);
}
