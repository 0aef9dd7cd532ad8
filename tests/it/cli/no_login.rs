//! Logins that are missing, told by the real binary before anything is asked or begun: once each, to the
//! end of the chain, with what to do about that very cause.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;

const CHAIN: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001", a2: "100000000002" }
stacks:
  app: { template: app.yaml }
"#;

/// A machine that yields no credentials, and what is said of it.
struct Cause {
    /// Whether the environment file names the profile `hub`.
    names_profile: bool,
    config: &'static str,
    /// `HERE` stands for the folder.
    variables: &'static [(&'static str, &'static str)],
    message: &'static str,
    help: &'static str,
}

const CAUSES: &[Cause] = &[
    Cause {
        names_profile: false,
        config: "",
        variables: &[],
        message: "AWS_ACCESS_KEY_ID is not set, there is no profile `default` in HERE/config or \
                  ~/.aws/credentials (which is not there), and the instance's metadata \
                  (169.254.169.254) is switched off by AWS_EC2_METADATA_DISABLED",
        help: "`aws sso login`",
    },
    Cause {
        names_profile: false,
        config: "[profile hub]\nsso_session = corp\n",
        variables: &[],
        message: "AWS_ACCESS_KEY_ID is not set",
        help: "name a profile that is there (hub) as `source.profile` or in AWS_PROFILE",
    },
    Cause {
        names_profile: false,
        config: "",
        variables: &[("AWS_ACCESS_KEY_ID", "AKIA")],
        message: "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not",
        help: "set both",
    },
    Cause {
        names_profile: false,
        config: "[profile hub]\nregion = eu-central-1\n",
        variables: &[("AWS_PROFILE", "hubb")],
        message: "AWS_PROFILE names it, but there is no profile `hubb` in HERE/config",
        help: "did you mean `hub`?",
    },
    // Whatever else would yield credentials: somebody meant that profile.
    Cause {
        names_profile: false,
        config: "[profile hub]\nregion = eu-central-1\n",
        variables: &[
            ("AWS_PROFILE", "hubb"),
            ("AWS_ACCESS_KEY_ID", "999999999999"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ],
        message: "AWS_PROFILE names it, but there is no profile `hubb` in HERE/config",
        help: "did you mean `hub`?",
    },
    Cause {
        names_profile: false,
        config: "[profile hub]\nregion = eu-central-1\n",
        variables: &[
            ("AWS_PROFILE", "hubb"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "HERE/token"),
            ("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/x"),
        ],
        message: "AWS_PROFILE names it, but there is no profile `hubb` in HERE/config",
        help: "did you mean `hub`?",
    },
    Cause {
        names_profile: false,
        config: "[profile hub]\nregion = eu-central-1\n",
        variables: &[
            ("AWS_DEFAULT_PROFILE", "hubb"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/keys"),
        ],
        message: "AWS_PROFILE names it, but there is no profile `hubb` in HERE/config",
        help: "did you mean `hub`?",
    },
    Cause {
        names_profile: true,
        config: "[profile shared-services]\nregion = eu-central-1\n",
        variables: &[],
        message: "from profile `hub`: there is no profile `hub` in HERE/config",
        help: "name one that is there (shared-services)",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nnonsense\n",
        variables: &[],
        message: "HERE/config on line 2",
        help: "mend the file",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nregion = eu-central-1\n",
        variables: &[],
        message: "the profile `hub` says nothing of where credentials come from",
        help: "`aws configure --profile hub`",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\naws_access_key_id = AKIA\n",
        variables: &[],
        message: "the profile `hub` has `aws_access_key_id`, but no `aws_secret_access_key`",
        help: "`aws configure --profile hub`",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\ncredential_process = sh -c 'echo one >&2; echo last >&2; exit 3'\n",
        variables: &[],
        message: "the `credential_process` of the profile `hub` ended with exit code 3: last",
        help: "by hand",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\ncredential_process = echo '{}'\n",
        variables: &[],
        message: "the `credential_process` of the profile `hub` printed no keys: ",
        help: "it is to print keys as JSON",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nsso_session = corp\nsso_account_id = 999999999999\n\
                 sso_role_name = deploy\n[sso-session corp]\nsso_region = eu-central-1\n\
                 sso_start_url = https://corp.awsapps.com/start\n",
        variables: &[],
        message: "nobody has logged in to SSO for the profile `hub`",
        help: "`aws sso login --profile hub`",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nsso_session = corp\nsso_account_id = 999999999999\n\
                 sso_role_name = deploy\n",
        variables: &[],
        message: "there is no section `[sso-session corp]`",
        help: "`aws configure sso --profile hub`",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nrole_arn = arn:aws:iam::999999999999:role/x\n\
                 source_profile = base\n",
        variables: &[],
        message: "`source_profile` of the profile `hub`: there is no profile `base`",
        help: "aws configure sso --profile base",
    },
    Cause {
        names_profile: true,
        config: "[profile hub]\nrole_arn = arn:aws:iam::999999999999:role/x\n\
                 source_profile = base\n\
                 [profile base]\ncredential_process = sh -c 'echo shut >&2; exit 7'\n",
        variables: &[],
        message: "the `credential_process` of the profile `base` ended with exit code 7: shut",
        help: "--profile base",
    },
    Cause {
        names_profile: false,
        config: "",
        variables: &[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "HERE/token"),
            ("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/x"),
        ],
        message: "the token file HERE/token (AWS_WEB_IDENTITY_TOKEN_FILE) cannot be read: No such",
        help: "a CI job",
    },
    Cause {
        names_profile: false,
        config: "",
        variables: &[("AWS_WEB_IDENTITY_TOKEN_FILE", "HERE/token")],
        message: "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
        help: "set both",
    },
    Cause {
        names_profile: false,
        config: "",
        variables: &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/keys")],
        message: "the container's http://127.0.0.1:1/keys (AWS_CONTAINER_CREDENTIALS_FULL_URI) gives \
                  none: ",
        help: "outside of a container",
    },
];

/// Returns a desk with the files of a cause, and a command that meets it.
fn scene(cause: &Cause, arguments: &[&str]) -> (Desk, Command) {
    let desk = Desk::empty();
    let environment = match cause.names_profile {
        true => CHAIN.replace("source: {", "source: { profile: hub,"),
        false => CHAIN.to_owned(),
    };
    desk.write("prod.yaml", environment);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    desk.write("config", cause.config);
    let mut command = desk.command(arguments);
    command
        .env("PATH", std::env::var_os("PATH").expect("the shell needs one"))
        .env("AWS_CONFIG_FILE", desk.path().join("config"))
        .stdin(Stdio::null());
    for (name, value) in cause.variables {
        command.env(name, here(value, desk.path()));
    }
    (desk, command)
}

fn here(text: &str, folder: &Path) -> String {
    text.replace("HERE", folder.to_str().expect("a temporary folder is text"))
}

fn run(command: &mut Command) -> Printed {
    Printed::from(command.output().expect("the binary can be started"))
}

#[test]
fn a_login_that_is_missing_is_told_once_with_its_cause_and_nothing_is_begun() {
    for cause in CAUSES {
        let (desk, mut command) = scene(cause, &["apply", "prod.yaml", "--yes"]);
        let ran = run(&mut command).expect_code(3);
        let message = here(cause.message, desk.path());
        assert_eq!(ran.stderr.matches(&message).count(), 1, "{message}\n{}", ran.stderr);
        assert_eq!(ran.stderr.matches("× no credentials from ").count(), 1, "{}", ran.stderr);
        let help = ran.stderr.lines().find(|line| line.contains("help: ")).expect("a help");
        assert!(help.contains(cause.help), "{}\n{}", cause.help, ran.stderr);
        assert!(ran.stderr.contains("needed for 2 accounts (prod/a1, prod/a2)"), "{}", ran.stderr);
        for nonsense in ["other: ", "was not enabled", "an error occurred", "Failures"] {
            assert!(!ran.stderr.contains(nonsense), "{nonsense}: {}", ran.stderr);
        }
        assert_eq!(ran.stdout, "");
        let runs = desk.run(&["runs", "--output", "json"]);
        assert_eq!(runs.json()["runs"], serde_json::json!([]), "{runs:?}");
    }
}

#[test]
fn a_login_that_is_missing_is_a_report_with_a_failure_for_each_instance() {
    let report = ["--output", "json", "--junit", "junit.xml"];
    for operation in ["apply", "destroy", "plan"] {
        let told = if operation == "plan" { &report[..2] } else { &report[..] };
        let flags = if operation == "plan" { &[][..] } else { &["--yes"][..] };
        let arguments = [&[operation, "prod.yaml"][..], flags, told].concat();
        let (desk, mut command) = scene(&CAUSES[0], &arguments);
        let ran = run(&mut command).expect_code(3);
        let report = ran.json();
        assert_eq!(report["result"], "failed");
        assert_eq!(ran.outcomes(), ["a1/app failed", "a2/app failed"]);
        assert_eq!(ran.instance("a1", "app")["failure"]["kind"], "no-credentials");
        assert_eq!(report["failures"].as_array().map(Vec::len), Some(1), "{report}");
        assert_eq!(report["failures"][0]["accounts"], 2, "{report}");
        assert_eq!(report["api_calls"], serde_json::json!({}), "nothing was asked");
        assert_eq!(desk.path().join("junit.xml").exists(), operation != "plan");
    }
}

#[test]
fn environments_that_share_a_login_are_told_once() {
    let two = ["apply", "prod.yaml", "test.yaml", "--in-order", "--yes"];
    let (desk, mut command) = scene(&CAUSES[0], &two);
    desk.write(
        "test.yaml",
        CHAIN
            .replace("environment: prod", "environment: test")
            .replace("10000000000", "20000000000"),
    );
    let ran = run(&mut command).expect_code(3);
    assert_eq!(ran.stderr.matches("×").count(), 1, "{}", ran.stderr);
    let needed = "needed for 4 accounts (prod/a1, prod/a2, test/a1, test/a2)";
    assert!(ran.stderr.contains(needed), "{}", ran.stderr);
}

#[test]
fn an_accounts_own_profile_is_looked_for_before_anything_is_begun() {
    let (desk, mut command) =
        scene(&CAUSES[0], &["apply", "prod.yaml", "--yes", "--output", "json"]);
    let with_profile =
        CHAIN.replace("a2: \"100000000002\"", "a2: { id: \"100000000002\", profile: own }");
    desk.write("prod.yaml", with_profile);
    let served = Served::new(&desk, "prod.yaml", &[]);
    command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let ran = run(&mut command).expect_code(3);
    assert_eq!(ran.outcomes(), ["a1/app skipped", "a2/app failed"]);
    let failure = &ran.instance("a2", "app")["failure"];
    assert!(failure["message"].to_string().contains("no profile `own`"), "{failure}");
    let calls = &ran.json()["api_calls"];
    assert_eq!(calls, &serde_json::json!({ "sts:GetCallerIdentity": 1 }), "no role is assumed");
}

#[test]
fn a_login_that_was_found_is_used_by_every_environment_and_asked_for_once() {
    let two = ["plan", "prod.yaml", "test.yaml", "--output", "json"];
    let (desk, mut command) = scene(&CAUSES[0], &two);
    let other = CHAIN.replace("environment: prod", "environment: test").replace("app:", "apps:");
    desk.write("test.yaml", other);
    let served = Served::new(&desk, "prod.yaml", &[]);
    command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let ran = run(&mut command).expect_code(0);
    let calls = &ran.json()["api_calls"];
    assert_eq!(calls["sts:AssumeRole"], 4, "{calls}");
    // One for the login; each of the four sessions may prove itself once.
    assert!(calls["sts:GetCallerIdentity"].as_u64() <= Some(5), "{calls}");
}

#[test]
fn keys_that_aws_does_not_take_are_told_before_anything_is_begun() {
    let (desk, mut command) = scene(&CAUSES[0], &["apply", "prod.yaml", "--yes"]);
    let expired = ["--fault", "expire=0s,action=GetCallerIdentity"];
    let served = Served::new(&desk, "prod.yaml", &expired);
    command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let ran = run(&mut command).expect_code(3);
    let help = "they have ended: set AWS_ACCESS_KEY_ID and its companions to new ones";
    assert!(ran.stderr.contains(help), "{}", ran.stderr);
    let runs = desk.run(&["runs", "--output", "json"]);
    assert_eq!(runs.json()["runs"], serde_json::json!([]), "{runs:?}");
}

#[test]
fn status_and_outputs_tell_a_missing_login_once() {
    for command in [&["status", "prod.yaml"][..], &["outputs", "prod.yaml"]] {
        let (_desk, mut command) = scene(&CAUSES[0], command);
        let ran = run(&mut command).expect_code(3);
        let told = ran.stdout + &ran.stderr;
        assert_eq!(told.matches("AWS_ACCESS_KEY_ID is not set").count(), 1, "{told}");
        assert!(told.contains("a1 (100000000001), a2 (100000000002): no credentials"), "{told}");
    }
}
