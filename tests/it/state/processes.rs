//! Real processes, each in a folder and with a home of its own, on one bucket.

use std::process::Stdio;

use super::team::{BUCKET, FILE, Machine, Team};
use crate::support::binary::Printed;
use crate::support::bucket::put_object;
use crate::support::kept::Followed;
use crate::support::world::SOURCE;

#[test]
fn twelve_applies_at_once_from_twelve_machines_go_one_after_the_other() {
    let team = Team::new("0.1");
    let machines: Vec<Machine<'_>> = (0..12).map(|_| team.machine()).collect();
    let children: Vec<_> = machines
        .iter()
        .map(|machine| {
            let mut command = machine.command(&["apply", "prod.yaml", "--yes", "--wait"]);
            command.args(["--progress", "none", "--output", "json"]);
            let command =
                command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the binary can be started")
        })
        .collect();
    let mut created = 0;
    for child in children {
        let ended = Printed::from(child.wait_with_output().expect("it ends")).expect_code(0);
        created += ended.json()["summary"]["created"].as_u64().expect("a number");
    }
    assert_eq!(created, 4, "each stack is created once: {}", team.server.log());
    let runs = machines[0].run(&["runs", "--of", "prod.yaml", "--output", "json"]);
    let runs = runs.expect_code(0).json();
    let runs = runs["runs"].as_array().expect("a list").clone();
    assert_eq!(runs.len(), 12);
    assert!(runs.iter().all(|run| run["result"] == "succeeded"), "{runs:?}");
}

#[test]
fn a_run_is_looked_at_reported_resumed_and_rolled_back_from_another_machine() {
    // Long enough to be met while it goes on.
    let team = Team::new("6");
    let (first, second) = (team.machine(), team.machine());
    let mut command = first.command(&["apply", "prod.yaml", "--yes", "--progress", "json"]);
    let mut running = Followed::start(&mut command);
    running.wait_for("action-started");
    let of = ["--of", "prod.yaml"];
    let runs = |machine: &Machine<'_>| {
        let runs = machine.run(&["runs", "--of", "prod.yaml", "--output", "json"]).expect_code(0);
        runs.json()["runs"][0]["result"].as_str().map(str::to_owned)
    };
    assert_eq!(runs(&second).as_deref(), Some("running"));
    let refused = second.run(&[&["resume", "latest"][..], &of].concat()).expect_code(5);
    assert!(refused.stderr.contains("works on prod"), "{}", refused.stderr);
    running.kill();
    assert_eq!(runs(&second).as_deref(), Some("unfinished"));
    let resumed = second.run(&[&["resume", "latest", "--output", "json"][..], &of].concat());
    assert_eq!(resumed.expect_code(0).json()["summary"]["created"], 4);
    let third = team.machine();
    std::fs::remove_file(third.home.join("app.yaml")).expect("it stands");
    let page = third.run(&[&["report", "latest", "--html", "run.html"][..], &of].concat());
    page.expect_code(0);
    assert!(third.home.join("run.html").exists());
    let back = third.run(&[&["rollback", "latest", "--yes", "--output", "json"][..], &of].concat());
    assert_eq!(back.expect_code(0).json()["result"], "rolled-back");
    // What is said to do next leads to the same place, with whatever credentials the file names.
    let over = first.run(&[&["resume", "latest"][..], &of].concat()).stderr_on_one_line();
    assert!(over.contains("--of prod.yaml` shows how it went"), "{over}");
    let named = ["runs", "--state-dir", "s3://state-999999999999/xdeploy", "--output", "json"];
    let named = first.run(&named).expect_code(0).json();
    assert_eq!(named["runs"][0]["result"], "rolled-back");
}

#[test]
fn a_run_is_watched_paused_and_gone_on_with_from_another_machine() {
    let team = Team::new("3");
    let (first, second) = (team.machine(), team.machine());
    let mut command = first.command(&["apply", "prod.yaml", "--yes", "--progress", "json"]);
    let mut running = Followed::start(&mut command);
    running.wait_for("action-started");
    let runs = second.run(&["runs", "--of", "prod.yaml", "--output", "json"]).expect_code(0);
    let run = runs.json()["runs"][0]["run"].as_str().expect("a run").to_owned();
    let request = r#"{"control":"pause","owner":{"user":"ada","host":"desk","process":7}}"#;
    let key = format!("xdeploy/runs/{run}/requests/1.json");
    put_object(&team.server.endpoint(), SOURCE, (BUCKET, &key), request);
    running.wait_for("run-paused");
    let mut command = second.command(&["watch", &run, "--of", "prod.yaml", "--progress", "json"]);
    command.args(["--output", "json"]);
    let mut watching = Followed::start(&mut command);
    watching.wait_for("run-paused");
    let gone_on = team.machine().run(&["resume", &run, "--of", "prod.yaml"]).expect_code(0);
    assert!(gone_on.stderr.contains("is asked to go on"), "{}", gone_on.stderr);
    assert_eq!(running.end().code, 0);
    let watched = watching.end();
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    assert_eq!(watched.json()["summary"]["created"], 4);
}

#[test]
fn a_run_that_stood_still_while_another_took_over_sends_nothing_more() {
    let team = Team::new("10");
    let (first, second) = (team.machine(), team.machine());
    let mut command = first.command(&["apply", "prod.yaml", "--yes", "--progress", "json"]);
    let mut running = Followed::start(&mut command);
    running.wait_for("action-started");
    running.signal("STOP");
    let applied = second.run(&["apply", "prod.yaml", "--yes", "--wait", "--output", "json"]);
    let applied = applied.expect_code(0).json();
    running.signal("CONT");
    let ended = running.end();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("another process took over"), "{}", ended.stderr);
    // What was under way settled meanwhile; the rest is the second machine's.
    let count = |outcome: &str| applied["summary"][outcome].as_u64().expect("a number");
    assert_eq!(count("created") + count("unchanged"), 4, "{applied}");
    assert!(count("created") >= 2, "{applied}");
}

#[test]
fn runs_move_between_a_folder_and_a_bucket() {
    let team = Team::new("0.1");
    let (first, second) = (team.machine(), team.machine());
    let local = ["apply", "prod.yaml", "--yes", "--progress", "none", "--state-dir", "kept"];
    first.run(&local).expect_code(0);
    let copied = first.run(&["state", "copy", "kept", "s3://state-999999999999/xdeploy"]);
    assert!(copied.expect_code(0).stderr.contains("copied 1 run"));
    let runs = second.run(&["runs", "--of", "prod.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(runs.json()["runs"][0]["result"], "succeeded");
    let again = first.run(&["state", "copy", "kept", "s3://state-999999999999/xdeploy"]);
    assert!(again.expect_code(0).stderr.contains("copied 0 runs; 1 run stood there already"));
    // By the file that names it, with the credentials and the owner that stand there.
    second.run(&["state", "copy", "prod.yaml", "here"]).expect_code(0);
    let back = ["rollback", "latest", "--yes", "--state-dir", "here", "--output", "json"];
    assert_eq!(second.run(&back).expect_code(0).json()["result"], "rolled-back");
    let mistyped = first.run(&["state", "copy", "keptt", "prod.yaml"]).expect_code(2);
    assert!(mistyped.stderr.contains("no run is kept in keptt"), "{}", mistyped.stderr);
}

#[test]
fn what_a_place_lacks_is_told_before_anything_is_touched() {
    let team = Team::new("0.1");
    let machine = team.machine();
    let fine = machine.run(&["state", "check", "prod.yaml"]).expect_code(0);
    insta::assert_snapshot!(fine.stdout, @r"
    s3://state-999999999999/xdeploy
      can list what is kept
      can write what is not there
      can read what is kept
      can be refused to write over it
      can renew what it wrote, as a lock
      can be refused a lock that is another's
      can delete what is joined
    ");
    let write = |to: &str| {
        let text = FILE.replace("s3://state-999999999999/xdeploy", to);
        std::fs::write(machine.home.join("prod.yaml"), text).expect("the folder takes files");
    };
    let apply = || machine.run(&["apply", "prod.yaml", "--yes"]);
    write("s3://elsewhere-999999999999/xdeploy");
    insta::assert_snapshot!(apply().expect_code(2).stderr, @r"
    s3://elsewhere-999999999999/xdeploy: inventory/ cannot be listed: s3:ListBucket: bucket elsewhere-999999999999: The specified bucket does not exist
      help: make the bucket, such as with stacks/state-bucket.yaml, or mend `state`
    ");
    write("{ s3: s3://state-999999999999, owner: '100000000001' }");
    insta::assert_snapshot!(apply().expect_code(3).stderr, @r"
    s3://state-999999999999: inventory/ cannot be listed: s3:ListBucket: bucket state-999999999999: Access Denied: it belongs to another account than 100000000001, or may not be used with these credentials
      help: let these credentials do what docs/shared-state.md lists, and let `state` name the bucket's owner
    ");
    write("s3://State/xdeploy");
    let refused = apply().expect_code(2).stderr;
    assert!(refused.contains("`s3://State/xdeploy` is not a place in S3"), "{refused}");
    write("{ s3: here, kms-key: k }");
    let refused = apply().expect_code(2).stderr;
    assert!(refused.contains("`here` is not a place in S3"), "{refused}");
    write("https://state-999999999999.s3.amazonaws.com/xdeploy");
    let refused = apply().expect_code(2).stderr_on_one_line();
    assert!(refused.contains("s3.amazonaws.com/xdeploy` is not a place"), "{refused}");
    write("s3://state-999999999999/xdeploy");
    let other =
        FILE.replace("environment: prod", "environment: other").replace("/xdeploy", "/other");
    std::fs::write(machine.home.join("other.yaml"), other).expect("the folder takes files");
    let both = machine.run(&["apply", "prod.yaml", "other.yaml", "--yes"]);
    insta::assert_snapshot!(both.expect_code(2).stderr, @r"
    prod.yaml and other.yaml keep their runs in different places: nothing was touched
      help: let both name the same `state`, or name one place with --state-dir
    ");
    let rehearsed =
        machine.run(&["apply", "prod.yaml", "--sandbox", "--yes", "--progress", "plain"]);
    let said = rehearsed.expect_code(0).stderr;
    let told =
        "the sandbox: nothing is kept in s3://state-999999999999/xdeploy, but in .xdeploy/runs";
    assert!(said.starts_with(told), "{said}");
}
