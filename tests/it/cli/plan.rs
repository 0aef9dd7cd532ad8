//! `xdeploy plan` on the embedded sandbox, with the project's own examples.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::binary::{Desk, Printed};
use crate::support::kept::journals;

const ALL: &str = "environments/all.yaml";
const DEV: &str = "environments/dev.yaml";
const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

fn on_sandbox(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

fn has_runs_or_locks(desk: &Desk) -> bool {
    ["runs", "locks"]
        .iter()
        .any(|name| Path::new(&desk.path().join(".xdeploy").join(name)).exists())
}

#[test]
fn a_plan_asks_nothing_keeps_nothing_and_changes_nothing() {
    let desk = Desk::with_examples();
    let first = on_sandbox(&desk, &["plan", ALL, "--output", "json"]).expect_code(0);
    assert_eq!(first.json()["operation"], "plan");
    assert_eq!(first.json()["summary"]["created"], 13);
    assert!(!has_runs_or_locks(&desk));
    let again = on_sandbox(&desk, &["plan", ALL, "--output", "json"]).expect_code(0);
    assert_eq!(again.json()["summary"], first.json()["summary"], "nothing was created");
    let app = again.instance("dev", "app");
    assert!(app["changes"].as_array().is_some_and(|changes| changes.len() == 3), "{app}");
    assert_eq!(app["changes"][0]["action"], "add");
}

#[test]
fn a_plan_tells_identical_changes_once_and_exits_with_four_if_asked_to() {
    let desk = Desk::with_examples();
    on_sandbox(&desk, &["apply", ALL, "--progress", "none"]).expect_code(0);
    on_sandbox(&desk, &["plan", ALL, "--exit-code", "--progress", "none"]).expect_code(0);
    let settings = std::fs::read_to_string(desk.path().join("stacks/app.yaml")).expect("a stack");
    desk.write("stacks/app.yaml", settings.replace("345600", "300000"));
    let changed = on_sandbox(&desk, &["plan", ALL, "--exit-code", "--progress", "none"]);
    assert_eq!(changed.code, 4, "{changed:?}");
    assert!(
        changed.stdout.contains("3 accounts: app to update\n  dev, test, acceptance\n"),
        "{changed:?}"
    );
    assert!(on_sandbox(&desk, &["plan", ALL]).code == 0, "4 is told only if asked for");
    assert_eq!(journals(&desk, ".xdeploy").len(), 1, "a plan keeps no run");
}

#[test]
fn a_plan_selects_and_tells_its_progress_as_the_other_commands_do() {
    let desk = Desk::with_examples();
    let selected = ["plan", ALL, "--account", "dev", "--stack", "cross*", "--progress", "json"];
    let ran = on_sandbox(&desk, &selected).expect_code(0);
    let events: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    assert_eq!(events[0]["operation"], "plan");
    let end = events.iter().find(|event| event["type"] == "instance-finished").expect("one end");
    assert_eq!(end["preview"]["changes"][0]["action"], "add");
    assert!(ran.stdout.contains("dev: cross-account-role to create"), "{ran:?}");
    let plain = on_sandbox(&desk, &["plan", DEV, "--progress", "plain"]).expect_code(0);
    assert!(plain.stderr.contains("to create: 1 to add"), "{plain:?}");
}

#[test]
fn a_plan_without_credentials_exits_with_three_and_of_a_wrong_file_with_two() {
    let desk = Desk::with_examples();
    let ran = desk.run(&["plan", DEV, "--output", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["stack_instances"][0]["changes"], json!([]));
    desk.write("wrong.yaml", "environment: [");
    assert_eq!(desk.run(&["plan", "wrong.yaml"]).code, 2);
}
