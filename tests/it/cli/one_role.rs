//! `xdeploy assume --role-arn`: one role, and no file.

use std::process::Command;

use crate::support::binary::{Desk, Printed};

const ROLE: &str = "arn:aws:iam::100000000001:role/team/deployer";

fn assume(desk: &Desk, flags: &[&str]) -> Printed {
    desk.run(&[&["assume", "--sandbox", "--role-arn", ROLE], flags].concat())
}

#[test]
fn a_role_is_assumed_without_any_file() {
    let desk = Desk::empty();
    let printed =
        assume(&desk, &["--format", "json", "--external-id", "of-two", "--duration", "30m"]);
    let printed = printed.expect_code(0);
    let keys: serde_json::Value = serde_json::from_str(&printed.stdout).expect("JSON");
    assert!(keys["AccessKeyId"].as_str().is_some_and(|key| key.starts_with("ASIA")), "{keys}");
    let told = printed.stderr_on_one_line();
    assert!(
        told.contains(
            "100000000001 as arn:aws:sts::100000000001:assumed-role/deployer/xdeploy, until"
        ),
        "{told}"
    );
    assert!(told.contains("(30m") || told.contains("(29m"), "{told}");
    assert!(!told.contains("of-two"), "{told}");
}

#[test]
fn the_keys_of_a_role_go_into_a_profile() {
    let desk = Desk::empty();
    let file = desk.path().join("credentials");
    let arguments = ["assume", "--sandbox", "--role-arn", ROLE, "--profile", "by-hand"];
    let mut command: Command = desk.command(&arguments);
    command.env("AWS_SHARED_CREDENTIALS_FILE", &file);
    Printed::from(command.output().expect("the binary can be started")).expect_code(0);
    let text = std::fs::read_to_string(&file).expect("it was written");
    assert!(text.contains("[by-hand]") && text.contains("aws_session_token"), "{text}");
}

#[test]
fn what_the_command_line_says_wrong_is_told_before_anything_is_asked() {
    let desk = Desk::empty();
    for (flags, told) in [
        (&["--format", "env", "--external-id", "a b"][..], "this is not an external id"),
        (&["--format", "env", "--region", "cn-north-1"], "another partition than cn-north-1"),
        (&["--format", "env", "--session-name", "a b"], "2 to 64 letters, digits"),
        (&["--format", "env", "prod.yaml", "dev"], "cannot be used with"),
        (&[], "--profile <NAME>|--format <FORMAT>"),
    ] {
        let refused = assume(&desk, flags).expect_code(2);
        assert!(refused.stderr_on_one_line().contains(told), "{flags:?}: {}", refused.stderr);
    }
    let refused =
        desk.run(&["assume", "--external-id", "of-two", "--format", "env"]).expect_code(2);
    assert!(refused.stderr.contains("--role-arn <ARN>"), "{}", refused.stderr);
    let refused = desk.run(&["assume", "--role-arn", "deployer", "--format", "env"]).expect_code(2);
    assert!(refused.stderr.contains("a role ARN reads like"), "{}", refused.stderr);
}

#[test]
fn the_region_is_the_one_that_the_environment_names_or_one_that_is_always_enabled() {
    let desk = Desk::empty();
    for (variables, region) in [
        (&[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")][..], "eu-west-1"),
        (&[("AWS_DEFAULT_REGION", "eu-west-2")], "eu-west-2"),
        (&[], "us-east-1"),
    ] {
        let arguments = ["assume", "--sandbox", "--role-arn", ROLE, "--format", "env"];
        let mut command = desk.command(&arguments);
        command.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        command.envs(variables.iter().copied());
        let printed = Printed::from(command.output().expect("the binary can be started"));
        let printed = printed.expect_code(0);
        assert!(
            printed.stdout.contains(&format!("AWS_REGION='{region}'"))
                || printed.stdout.contains(&format!("AWS_REGION={region}")),
            "{}",
            printed.stdout
        );
    }
}
