//! Logins that end while the real binary works: a program that yields keys once, and again only
//! after somebody logged in.

use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::served::Served;
use crate::support::tmux::{Manner, Pane};

const FILE: &str = r#"
environment: prod
source: { account: "999999999999", profile: hub }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001", a2: "100000000002" }
rollout: { waves: [[a1], [a2]] }
stacks:
  app: { template: app.yaml }
"#;

/// Yields keys the first time, and once there is a file `login`.
const PROCESS: &str = r#"
if [ -e used ] && [ ! -e login ]; then echo "no login" >&2; exit 1; fi
touch used
echo '{"Version": 1, "AccessKeyId": "999999999999", "SecretAccessKey": "test"}'
"#;

/// What the source account's keys are refused with, once, when wave 2 begins.
const ENDED: [&str; 4] =
    ["--fault", "expire=0s,action=AssumeRole,account=a2,times=1", "--seconds-per-resource", "0.1"];

fn scene() -> (Desk, Served) {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    desk.write("process.sh", PROCESS);
    let process = desk.path().join("process.sh");
    let profile = format!("[profile hub]\ncredential_process = sh {}\n", process.display());
    desk.write("config", profile);
    let served = Served::new(&desk, "prod.yaml", &ENDED);
    (desk, served)
}

fn command(desk: &Desk, served: &Served, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    command
        .env("PATH", std::env::var_os("PATH").expect("the shell needs one"))
        .env("AWS_CONFIG_FILE", desk.path().join("config"))
        .env("AWS_ENDPOINT_URL", &served.endpoint);
    command
}

fn run(desk: &Desk, served: &Served, arguments: &[&str]) -> Printed {
    Printed::from(command(desk, served, arguments).output().expect("the binary can be started"))
}

const APPLY: [&str; 5] = ["apply", "prod.yaml", "--yes", "--output", "json"];

#[test]
fn a_login_that_ended_is_told_with_what_goes_on_and_resume_does() {
    let (desk, served) = scene();
    let ended = run(&desk, &served, &APPLY).expect_code(3);
    assert_eq!(ended.outcomes(), ["a1/app created", "a2/app failed"]);
    let help = ended.instance("a2", "app")["failure"]["help"].to_string();
    assert!(help.contains("log in") && help.contains("xdeploy resume"), "{help}");

    desk.write("login", "");
    let resumed = run(&desk, &served, &["resume", "--yes", "--output", "json"]).expect_code(0);
    assert_eq!(resumed.outcomes(), ["a1/app created", "a2/app created"]);
}

#[test]
fn a_resume_without_a_login_leaves_the_run_as_it_was() {
    let (desk, served) = scene();
    run(&desk, &served, &APPLY).expect_code(3);
    let journals = || {
        let folder = std::fs::read_dir(desk.path().join(".xdeploy/runs")).expect("it was kept");
        let mut files: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
            .into_iter()
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).expect("it can be read")))
            .collect::<Vec<_>>()
    };
    let before = journals();
    let refused = run(&desk, &served, &["resume", "--yes", "--output", "json"]).expect_code(3);
    assert!(refused.stderr.contains("ended with exit code 1: no login"), "{}", refused.stderr);
    assert_eq!(refused.outcomes(), ["a1/app created", "a2/app failed"]);
    assert!(before == journals(), "nothing was written");
    let back = run(&desk, &served, &["rollback", "latest", "--yes"]).expect_code(3);
    assert!(back.stderr.contains("ended with exit code 1: no login"), "{}", back.stderr);
    assert!(before == journals(), "nothing was written");
}

#[test]
fn keys_that_were_renewed_meanwhile_are_found_without_a_word() {
    let (desk, served) = scene();
    desk.write("login", "");
    let ran = run(&desk, &served, &APPLY).expect_code(0);
    assert_eq!(ran.outcomes(), ["a1/app created", "a2/app created"]);
    assert!(!ran.stderr.contains("login"), "{}", ran.stderr);
}

#[test]
fn a_person_logs_in_again_and_the_run_goes_on() {
    let (desk, served) = scene();
    let manner = Manner::sized(100, 24);
    let Some(pane) = Pane::open(desk, manner) else { return };
    let config = pane.folder().join("config");
    pane.type_line(&format!(
        "AWS_CONFIG_FILE={} AWS_ENDPOINT_URL={} ./xdeploy apply prod.yaml --yes",
        config.display(),
        served.endpoint
    ));
    pane.until("the dashboard's word", |screen| screen.contains("waiting for a new login"));
    let history = pane.history();
    assert!(history.contains("the login of account 999999999999 (profile `hub`) has ended"));
    assert!(history.contains("aws sso login --profile hub"), "{history}");
    pane.desk().write("login", "");
    pane.until("the end", |screen| screen.contains("Applied 2 stack instances"));
    let history = pane.history();
    assert_eq!(history.matches("has ended").count(), 1, "{history}");
    assert!(history.contains("there is a new login"), "{history}");
}
