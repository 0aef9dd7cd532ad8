//! Odd variables, config files and keys, with the real binary: each works as in the AWS CLI, or is
//! refused by its name and never its value.

use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001" }
stacks:
  app: { template: app.yaml }
"#;

fn scene() -> (Desk, Served) {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    let served = Served::new(&desk, "prod.yaml", &[]);
    (desk, served)
}

fn command(desk: &Desk, served: &Served, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    command
        .env("PATH", std::env::var_os("PATH").expect("the shell needs one"))
        .env("AWS_CONFIG_FILE", desk.path().join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", desk.path().join("credentials"))
        .env("AWS_ENDPOINT_URL", &served.endpoint);
    command
}

fn run(mut command: Command) -> Printed {
    Printed::from(command.output().expect("the binary can be started"))
}

const ASSUME: [&str; 5] = ["assume", "prod.yaml", "a1", "--format", "json"];
const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "999999999999"), ("AWS_SECRET_ACCESS_KEY", "test")];

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let (desk, served) = scene();
    for name in [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_REGION",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_CLOUDFORMATION",
        "AWS_EXECUTION_ENV",
        "AWS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_ROLE_ARN",
        "AWS_USE_FIPS_ENDPOINT",
    ] {
        let mut command = command(&desk, &served, &ASSUME);
        command.envs(KEYS).env(name, "");
        let printed = run(command);
        assert_eq!(printed.code, 0, "{name}: {}", printed.stderr);
    }
    // The general one counts where that of the service says nothing.
    let mut command = command(&desk, &served, &ASSUME);
    command.envs(KEYS).env("AWS_EXECUTION_ENV", "two\nlines").env("AWS_ENDPOINT_URL_IAM", "");
    run(command).expect_code(0);
}

#[test]
fn a_variable_that_nobody_could_heed_is_refused_by_its_name_and_never_its_value() {
    let (desk, served) = scene();
    for (name, value, code) in [
        ("AWS_ACCESS_KEY_ID", "999999999999\n", 2),
        ("AWS_ACCESS_KEY_ID", "999999999999\r", 2),
        ("AWS_ACCESS_KEY_ID", "ä999", 3),
        ("AWS_ACCESS_KEY_ID", "9999 9999", 3),
        ("AWS_SECRET_ACCESS_KEY", "sesame\n", 2),
        ("AWS_SECRET_ACCESS_KEY", "sesame ", 3),
        ("AWS_SESSION_TOKEN", "open\nsesame", 2),
        ("AWS_SESSION_TOKEN", "öpen-sesame", 3),
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566", 2),
        ("AWS_ENDPOINT_URL_STS", "\"http://127.0.0.1:1\"", 2),
        ("AWS_ENDPOINT_URL_STS", "   ", 2),
        ("AWS_PROFILE", "odd-name\n", 2),
        ("AWS_CONFIG_FILE", "~somebody/config", 2),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "sesame\n", 2),
    ] {
        let mut command = command(&desk, &served, &ASSUME);
        command.envs(KEYS).env(name, value);
        let printed = run(command);
        let said = printed.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(printed.code, code, "{name}={value:?}: {said}");
        assert!(said.contains(name), "{name}={value:?}: {said}");
        assert!(value.trim().is_empty() || !said.contains(value.trim()), "{name}: {said}");
    }
}

#[test]
fn older_names_of_variables_say_what_they_say_to_the_aws_cli() {
    let (desk, served) = scene();
    desk.write(
        "credentials",
        "[mine]\naws_access_key_id = 999999999999\naws_secret_access_key = test\naws_session_token =\n",
    );
    let mut old = command(&desk, &served, &ASSUME);
    old.env("AWS_DEFAULT_PROFILE", "mine");
    run(old).expect_code(0);
    let mut both = command(&desk, &served, &ASSUME);
    both.env("AWS_DEFAULT_PROFILE", "mine").env("AWS_PROFILE", "other");
    let refused = run(both).expect_code(2);
    assert!(refused.stderr.contains("name different profiles"), "{}", refused.stderr);
}

/// Profiles that are refused, each with what is said of it.
const REFUSED: [(&str, &str); 7] = [
    (
        "role_arn = arn:aws:iam::999999999999:role/x\nsource_profile = keys\n\
         mfa_serial = arn:aws:iam::999999999999:mfa/me\n",
        "profile `mine` says `mfa_serial`",
    ),
    ("services = lost\ncredential_process = sh keys.sh\n", "no section `[services lost]`"),
    (
        "endpoint_url = nowhere\ncredential_process = sh keys.sh\n",
        "`endpoint_url` of profile `mine`",
    ),
    (
        "aws_access_key_id = 999999999999\naws_secret_access_key = x\naws_security_token = sesame\n",
        "`aws_session_token`",
    ),
    ("aws_access_key_id = ä99\naws_secret_access_key = x\n", "the access key id holds a letter"),
    ("credential_process = sh broken.sh\n", "the access key id holds a line break"),
    (
        "role_arn = arn:aws:iam::999999999999:role/x\nsource_profile = broken\n",
        "the credentials that lead to them hold a line break",
    ),
];

#[test]
fn a_profile_that_can_be_neither_heeded_nor_ignored_is_refused_by_name() {
    let (desk, served) = scene();
    let keys = |id: &str| {
        format!(
            "echo '{{\"Version\": 1, \"AccessKeyId\": \"{id}\", \"SecretAccessKey\": \"sesame\"}}'"
        )
    };
    desk.write("keys.sh", keys("999999999999"));
    desk.write(
        "broken.sh",
        keys("999999999999\\\\n").replace("echo", "printf '%s'").replace("\\\\n", "\\n"),
    );
    for (lines, says) in REFUSED {
        let others = "[profile keys]\ncredential_process = sh keys.sh\n\
                      [profile broken]\ncredential_process = sh broken.sh\n";
        desk.write("config", format!("[profile mine]\n{lines}{others}"));
        let mut command = command(&desk, &served, &ASSUME);
        command.env("AWS_PROFILE", "mine");
        let printed = run(command).expect_code(3);
        let said = printed.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{lines}: {said}");
        assert!(!said.contains("sesame") && !said.contains("promise"), "{lines}: {said}");
    }
}

#[test]
fn an_endpoint_that_a_file_sets_to_nothing_is_not_set() {
    let (desk, served) = scene();
    desk.write(
        "keys.sh",
        "echo '{\"Version\": 1, \"AccessKeyId\": \"999999999999\", \"SecretAccessKey\": \"s\"}'",
    );
    desk.write(
        "config",
        "[profile mine]\nendpoint_url =\nservices = here\ncredential_process = sh keys.sh\n\
         [services here]\nsts =\n  endpoint_url =\n",
    );
    let mut command = command(&desk, &served, &ASSUME);
    command.env("AWS_PROFILE", "mine");
    run(command).expect_code(0);
}

#[test]
fn a_login_of_the_console_is_looked_for_and_not_refused_as_unknown() {
    let (desk, served) = scene();
    desk.write("config", "[profile mine]\nlogin_session = arn:aws:iam::999999999999:user/me\n");
    let mut command = command(&desk, &served, &ASSUME);
    command.env("AWS_PROFILE", "mine");
    let printed = run(command).expect_code(3);
    assert!(!printed.stderr.contains("feature"), "{}", printed.stderr);
}

#[test]
fn a_code_that_nobody_asked_for_is_told() {
    let (desk, served) = scene();
    let arguments = [&ASSUME[..], &["--mfa-code", "123456"]].concat();
    let mut command = command(&desk, &served, &arguments);
    command.envs(KEYS);
    let printed = run(command).expect_code(0);
    assert!(printed.stderr.contains("--mfa-code is not used"), "{}", printed.stderr);
}
