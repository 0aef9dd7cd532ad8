//! Runs that are watched, paused, gone on with and cancelled from elsewhere.

use std::fs;

use serde_json::Value;
use xdeploy::event::{Control, ControlRequest, Owner};
use xdeploy::journal::RunFolder;
use xdeploy::run::ControlRequests;

use crate::support::binary::{Desk, Printed};
use crate::support::kept::{Followed, journals};

const DEV: &str = "environments/dev.yaml";
/// A run at this pace lasts until it is ended.
const SLOW: &str = "3600";

/// Starts an apply whose resources take so many seconds, and waits until it changes something.
fn applying(desk: &Desk, seconds: &str) -> Followed {
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", seconds];
    let apply = [&["apply", DEV, "--progress", "json"][..], &sandbox].concat();
    let mut followed = Followed::start(&mut desk.command(&apply));
    followed.wait_for("\"action-started\"");
    followed
}

fn applied(desk: &Desk, code: i32) -> Printed {
    let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--progress", "none"];
    desk.run(&[&["apply", DEV][..], &fast].concat()).expect_code(code)
}

/// Returns the id of the desk's only run.
fn run(desk: &Desk) -> String {
    let [journal] = &journals(desk, ".xdeploy")[..] else { panic!("one run is kept") };
    journal.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8").to_owned()
}

/// Asks something of the desk's only run, as a watcher's keys do.
fn ask(desk: &Desk, control: Control) {
    let folder = RunFolder::of(&desk.path().join(".xdeploy"));
    let owner = Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
    let requests = ControlRequests::of(&folder, &run(desk).parse().expect("a run id"));
    requests.leave(&ControlRequest { control, owner }).expect("it can be left");
}

fn events(desk: &Desk) -> Vec<Value> {
    let text = fs::read_to_string(&journals(desk, ".xdeploy")[0]).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

fn position(events: &[Value], kind: &str) -> usize {
    events.iter().position(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[test]
fn a_run_that_has_ended_is_reported_at_once_with_its_own_exit_code() {
    let desk = Desk::with_examples();
    applied(&desk, 0);
    let watched = desk.run(&["watch"]).expect_code(0);
    assert_eq!(watched.stdout, desk.run(&["report"]).expect_code(0).stdout);
    assert_eq!(watched.stderr, "");
    let json = desk.run(&["watch", &run(&desk), "--output", "json"]).expect_code(0);
    assert_eq!(json.json()["result"], "succeeded");
    let files = ["--html", "run.html", "--junit", "run.xml"];
    desk.run(&[&["watch"][..], &files].concat()).expect_code(0);
    assert!(desk.path().join("run.html").exists() && desk.path().join("run.xml").exists());
}

#[test]
fn a_run_that_failed_ends_the_watch_as_it_ended_itself() {
    let desk = Desk::with_examples();
    let fault = ["--sandbox-fault", "fail,stack=app", "--sandbox", "--progress", "none"];
    let failed = desk.run(&[&["apply", DEV][..], &fault].concat()).expect_code(1);
    let watched = desk.run(&["watch", "latest"]).expect_code(1);
    assert_eq!(watched.stdout, failed.stdout);
}

#[test]
fn a_run_that_nobody_carries_out_is_said_to_be_unfinished_with_what_resumes_it() {
    let desk = Desk::with_examples();
    applying(&desk, SLOW).kill();
    let watched = desk.run(&["watch"]).expect_code(1);
    let run = run(&desk);
    let told = format!("run {run} is unfinished and nobody carries it out");
    assert!(watched.stderr.starts_with(&told), "{watched:?}");
    assert!(watched.stderr.contains(&format!("`xdeploy resume {run}` resumes it")), "{watched:?}");
}

#[test]
fn a_run_that_is_not_there_is_told_as_report_tells_it() {
    let desk = Desk::with_examples();
    for run in ["latest", "2026", "nonsense", "elsewhere.jsonl"] {
        let (watched, reported) = (desk.run(&["watch", run]), desk.run(&["report", run]));
        assert_eq!(watched.code, reported.code, "{run}");
        let first = |printed: &Printed| printed.stderr.lines().next().map(str::to_owned);
        assert_eq!(first(&watched), first(&reported), "{run}");
    }
}

#[test]
fn a_run_is_followed_from_its_beginning_to_its_end() {
    let desk = Desk::with_examples();
    let first = applying(&desk, "0.3");
    let mut plain = Followed::start(&mut desk.command(&["watch", "--progress", "plain"]));
    let json = ["watch", "--progress", "json", "--output", "json"];
    let json = Followed::start(&mut desk.command(&json));
    plain.wait_for("apply dev: 3 stack instances");
    plain.wait_for("cross-account-role  creat");
    let ended = first.end().expect_code(0);
    let plain = plain.end().expect_code(0);
    assert_eq!(plain.stdout, ended.stdout);
    let json = json.end().expect_code(0);
    assert_eq!(json.json()["summary"]["created"], 3);
    assert_eq!(json.stderr, ended.stderr, "each event is told once, word for word");
}

#[test]
fn ctrl_c_leaves_a_watched_run_alone() {
    let desk = Desk::with_examples();
    let first = applying(&desk, SLOW);
    let mut watched = Followed::start(&mut desk.command(&["watch", "--progress", "plain"]));
    watched.wait_for("creating");
    watched.signal("INT");
    let watched = watched.end().expect_code(130);
    let run = run(&desk);
    let told = format!("run {run} goes on: `xdeploy watch {run}` follows it again\n");
    assert!(watched.stderr.ends_with(&told) && watched.stdout.is_empty(), "{watched:?}");
    let listed = desk.run(&["runs", "--output", "json"]).expect_code(0);
    assert_eq!(listed.json()["runs"][0]["result"], "running", "{listed:?}");
    first.kill();
}

#[test]
fn a_paused_run_starts_nothing_until_it_is_resumed() {
    let desk = Desk::with_examples();
    let mut first = applying(&desk, "1.5");
    ask(&desk, Control::Pause);
    first.wait_for("\"run-paused\"");
    let told = desk.run(&["report"]).expect_code(0);
    assert!(told.stderr_on_one_line().contains("paused by ada on desk: nothing more"), "{told:?}");
    let resumed = desk.run(&["resume"]).expect_code(0);
    let run = run(&desk);
    let line = format!(
        "run {run}, paused by ada on desk, is asked to go on: `xdeploy watch {run}` follows it\n"
    );
    assert_eq!((resumed.stderr, resumed.stdout), (line, String::new()));
    first.wait_for("\"run-continued\"");
    first.end().expect_code(0);
    let events = events(&desk);
    let paused = position(&events, "run-paused")..position(&events, "run-continued");
    assert!(events[paused].iter().all(|event| event["type"] != "instance-started"), "{events:?}");
    assert_eq!(events[position(&events, "run-paused")]["owner"]["user"], "ada");
    let left = fs::read_dir(desk.path().join(".xdeploy/runs")).expect("it stands");
    let left = left.map(|entry| entry.expect("an entry").file_name());
    let requests = left.filter(|name| name.to_string_lossy().ends_with(".requests"));
    assert_eq!(requests.count(), 0);
}

#[test]
fn a_run_that_is_not_paused_is_refused_to_whoever_resumes_it() {
    let desk = Desk::with_examples();
    let mut first = applying(&desk, SLOW);
    desk.run(&["resume"]).expect_code(5);
    ask(&desk, Control::Pause);
    first.wait_for("\"run-paused\"");
    let report = desk.run(&["resume", "--output", "json"]).expect_code(0).json();
    assert_eq!(report["complete"], false);
    first.wait_for("\"run-continued\"");
    desk.run(&["resume"]).expect_code(5);
    first.kill();
}

#[test]
fn a_request_to_cancel_is_a_ctrl_c_and_says_who_asked() {
    let desk = Desk::with_examples();
    let mut first = applying(&desk, "0.5");
    ask(&desk, Control::Pause);
    first.wait_for("\"run-paused\"");
    ask(&desk, Control::Cancel);
    first.wait_for("\"cancel-requested\"");
    let ended = first.end().expect_code(130);
    assert!(ended.stdout.contains("xdeploy resume"), "{ended:?}");
    let events = events(&desk);
    assert_eq!(events[position(&events, "cancel-requested")]["owner"]["host"], "desk");
    let watched = desk.run(&["watch"]).expect_code(130);
    assert_eq!(watched.stdout, ended.stdout);
}

#[test]
fn what_was_asked_of_a_process_that_is_gone_is_nothing_to_the_next() {
    let desk = Desk::with_examples();
    applying(&desk, "0.5").kill();
    ask(&desk, Control::Cancel);
    let resume = ["resume", "--sandbox-seconds-per-resource", "0.01", "--progress", "none"];
    desk.run(&resume).expect_code(0);
}
