//! What is wrong with the state, or with who names it, is told where it stands and hides nothing else.

use super::team::{BUCKET, Team};
use crate::support::bucket::put_object;
use crate::support::kept::Followed;
use crate::support::world::SOURCE;

const RUNS: [&str; 5] = ["runs", "--of", "prod.yaml", "--output", "json"];

/// The first line of a journal, and the last one.
const START: &str = r#"{"sequence":1,"at":"2026-11-23T15:56:02Z","type":"run-started","schema":1,"run":"20261123-155602-k3f9","operation":"apply","environments":["prod"],"instances":[]}"#;
const CANCEL: &str =
    r#"{"sequence":2,"at":"2026-11-23T15:56:03Z","type":"cancel-requested","at_once":false}"#;

/// Returns a segment of that run with one line.
fn segment(number: u64, line: &str) -> String {
    let bytes = line.len() + 1;
    format!(
        "{{\"run\":\"20261123-155602-k3f9\",\"segment\":{number},\"writer\":\"w\",\"journal_bytes\":{bytes},\
         \"before_bytes\":0}}\n{line}\n"
    )
}

#[test]
fn a_damaged_run_and_a_damaged_lock_hide_no_other_run() {
    let team = Team::new("0.1");
    let machine = team.machine();
    machine.run(&["apply", "prod.yaml", "--yes", "--progress", "none"]).expect_code(0);
    let put = |name: &str, content: &str| {
        let key = format!("xdeploy/{name}");
        put_object(&team.server.endpoint(), SOURCE, (BUCKET, &key), content);
    };
    put("runs/20261122-155602-aaaa/000001-000009.jsonl", "garbage");
    put("runs/20261123-155602-k3f9/000001.jsonl", &segment(1, START));
    put("runs/20261123-155602-k3f9/000003.jsonl", &segment(3, CANCEL));
    put("locks/other.json", "garbage");
    put("locks/notes.txt", "");
    let other = team.machine();
    let runs = other.run(&RUNS).expect_code(0).json();
    let results: Vec<_> =
        runs["runs"].as_array().expect("a list").iter().map(|run| &run["result"]).collect();
    assert_eq!(results, ["succeeded", "unfinished", "unreadable"]);
    let report = other.run(&["report", "20261123", "--of", "prod.yaml"]).expect_code(0);
    assert!(
        report.stderr.contains("k3f9.jsonl:2: damaged; the rest was read"),
        "{}",
        report.stderr
    );
    let again = other.run(&["apply", "prod.yaml", "--yes", "--output", "json"]).expect_code(0);
    assert_eq!(again.json()["summary"]["unchanged"], 4);
    put("locks/prod.json", "garbage");
    let refused = other.run(&["apply", "prod.yaml", "--yes"]).expect_code(2);
    assert!(refused.stderr.contains("locks/prod.json: it is no lock"), "{}", refused.stderr);
    assert!(refused.stderr.contains("delete it if it is damaged"), "{}", refused.stderr);
    other.run(&RUNS).expect_code(0);
}

#[test]
fn a_file_that_cannot_be_read_names_no_other_place() {
    let team = Team::new("0.1");
    let machine = team.machine();
    // A run that must not be taken for one of the files.
    let local = ["apply", "prod.yaml", "--yes", "--progress", "none", "--state-dir", ".xdeploy"];
    machine.run(&local).expect_code(0);
    let write =
        |text: &str| std::fs::write(machine.home.join("bad.yaml"), text).expect("it is ours");
    write("state: s3://state-999999999999/${env:TEAM}\nenvironment: prod\n");
    for file in ["nosuch.yaml", "bad.yaml"] {
        for command in [
            &["runs", "--of", file][..],
            &["report", "--of", file],
            &["resume", "latest", "--of", file],
            &["rollback", "latest", "--yes", "--of", file],
            &["watch", "--of", file],
            &["state", "check", file],
        ] {
            let refused = machine.run(command).expect_code(2);
            assert!(refused.stderr.contains(file), "{command:?}: {}", refused.stderr);
        }
    }
    let mut runs = machine.command(&RUNS);
    let runs = runs.env("XDEPLOY_STATE_DIR", ".xdeploy").output().expect("it can be started");
    assert_eq!(runs.status.code(), Some(0), "a variable is no flag");
}

#[test]
fn what_another_process_sent_is_not_told_by_who_resumes_with_another_secret() {
    let team = Team::new("5");
    let machine = team.machine();
    let secret = "Parameters: { Password: { Type: String, NoEcho: true } }
Resources: { Setting: { Type: 'AWS::SSM::Parameter', Properties: { Type: String, Value: !Ref Password } } }
Outputs: { Told: { Value: !GetAtt Setting.Value } }
";
    std::fs::write(machine.home.join("app.yaml"), secret).expect("it is ours");
    let file = super::team::FILE.replace(
        "first: { template: app.yaml }",
        "first: { template: app.yaml, parameters: { Password: '${env:PASSWORD}' } }",
    );
    let file = file.replace("  second: { template: app.yaml, depends-on: [first] }\n", "");
    std::fs::write(machine.home.join("prod.yaml"), file).expect("it is ours");
    let mut command = machine.command(&["apply", "prod.yaml", "--yes", "--progress", "json"]);
    let mut running = Followed::start(command.env("PASSWORD", "the-first-secret"));
    running.wait_for("action-started");
    running.kill();
    let mut command = machine.command(&["resume", "latest", "--of", "prod.yaml"]);
    let resumed = command.env("PASSWORD", "the-second-secret").output().expect("it can be started");
    let resumed = crate::support::binary::Printed::from(resumed).expect_code(0);
    let report = machine.run(&["report", "latest", "--of", "prod.yaml", "--output", "json"]);
    let report = report.expect_code(0);
    assert!(report.stdout.contains("\"Told\": \"****\""), "{}", report.stdout);
    for said in [&resumed.stdout, &resumed.stderr, &report.stdout] {
        assert!(!said.contains("-secret"), "{said}");
    }
}
