//! A rollback that failed for some stacks, tried once more.

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING};

const FAST: [&str; 4] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--yes"];

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

fn write(desk: &Desk, stacks: &str) {
    desk.write("t.yaml", SETTING);
    desk.write("prod.yaml", format!("{ONE}stacks:\n{stacks}"));
}

/// Applies stacks and returns the run.
fn applied(desk: &Desk, stacks: &str) -> String {
    write(desk, stacks);
    let ran = fast(desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(0);
    ran.json()["run"].as_str().expect("an id").to_owned()
}

fn value(desk: &Desk, stack: &str) -> String {
    let outputs =
        desk.run(&["outputs", "prod.yaml", "--sandbox", "--output", "json"]).expect_code(0);
    let json = outputs.json();
    let found = json.pointer(&format!("/prod/dev/eu-central-1/{stack}/Value"));
    found.and_then(|value| value.as_str()).unwrap_or_else(|| panic!("{json}")).to_owned()
}

#[test]
fn an_update_that_was_not_put_back_is_put_back_by_the_next_rollback() {
    let desk = Desk::empty();
    let stacks = |value: &str| {
        let of = |name: &str| {
            format!("  {name}: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n")
        };
        of("app") + &of("net")
    };
    applied(&desk, &stacks("old"));
    let run = applied(&desk, &stacks("new"));
    for _ in 0..2 {
        let fault = ["--sandbox-fault", "fail=update,stack=app"];
        let failed =
            fast(&desk, &[&["rollback", run.as_str()][..], &fault].concat()).expect_code(1);
        let said = failed.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("roll the run back again"), "{failed:?}");
        assert_eq!((value(&desk, "app"), value(&desk, "net")), ("new".into(), "old".into()));
    }
    let nothing = fast(&desk, &["resume", &run]).expect_code(1);
    assert!(nothing.stderr_on_one_line().contains("tries again what is not back"), "{nothing:?}");

    let back = fast(&desk, &["rollback", &run]).expect_code(0);
    assert!(back.stdout.contains("rolled back"), "{back:?}");
    assert_eq!((value(&desk, "app"), value(&desk, "net")), ("old".into(), "old".into()));
    let again = fast(&desk, &["rollback", &run]).expect_code(0);
    assert!(again.stderr_on_one_line().contains("nothing is left to put back"), "{again:?}");
}

#[test]
fn a_rollback_that_enters_no_account_is_told_as_not_back_and_tried_again() {
    let desk = Desk::empty();
    let stack =
        |value: &str| format!("  app: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n");
    applied(&desk, &stack("old"));
    let run = applied(&desk, &stack("new"));
    let fault = ["--sandbox-fault", "deny,action=AssumeRole"];
    let stopped = fast(&desk, &[&["rollback", run.as_str()][..], &fault].concat()).expect_code(3);
    assert!(stopped.stdout.contains("not put back"), "{stopped:?}");

    let row = desk.run(&["runs", "--output", "json"]).expect_code(0).json()["runs"][0].clone();
    assert_eq!((row["result"].as_str(), row["not_back"].as_u64()), (Some("failed"), Some(1)));
    let why = row["not_back_reason"].as_str().expect("a reason");
    assert!(why.starts_with("account `dev` (100000000001) cannot be entered"), "{why}");
    let listed = desk.run(&["runs"]).expect_code(0).stdout;
    assert!(listed.contains("1 not back: account not entered"), "{listed}");
    let facts = desk.run(&["runs", &run]).expect_code(0).stdout;
    assert!(facts.contains("not back ") && facts.contains(why), "{facts}");

    fast(&desk, &["rollback", &run]).expect_code(0);
    assert_eq!(value(&desk, "app"), "old");
    let listed = desk.run(&["runs"]).expect_code(0).stdout;
    assert!(!listed.contains("not back"), "{listed}");
}

#[test]
fn a_creation_that_was_not_taken_back_is_taken_back_by_the_next_rollback() {
    let desk = Desk::empty();
    let run = applied(&desk, "  app: { template: t.yaml }\n");
    let fault = ["--sandbox-fault", "fail=delete,stack=app,times=1"];
    fast(&desk, &[&["rollback", run.as_str()][..], &fault].concat()).expect_code(1);
    fast(&desk, &["rollback", &run]).expect_code(0);
    let status = desk.run(&["status", "prod.yaml", "--sandbox", "--output", "json"]);
    assert_eq!(status.json()["stack_instances"][0]["status"], "absent");
}

#[test]
fn a_way_back_that_got_stuck_is_continued_and_put_back_by_the_next_rollback() {
    let desk = Desk::empty();
    let stack =
        |value: &str| format!("  app: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n");
    applied(&desk, &stack("old"));
    let run = applied(&desk, &stack("new"));
    // It gets stuck, and once more where it is continued.
    for fault in ["fail=update+rollback,stack=app", "fail=rollback,stack=app"] {
        let rollback = ["rollback", run.as_str(), "--sandbox-fault", fault];
        let stuck = fast(&desk, &rollback).expect_code(1);
        let said = stuck.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("then roll the run back again: it is continued first"), "{said}");
        assert!(!said.contains("apply again"), "{said}");
        let status = desk.run(&["status", "prod.yaml", "--sandbox", "--output", "json"]);
        let status = &status.json()["stack_instances"][0]["status"];
        assert_eq!(status, "UPDATE_ROLLBACK_FAILED");
    }
    let back = fast(&desk, &["rollback", &run]).expect_code(0);
    let said = &back.stderr;
    assert!(said.contains("continuing its rollback (UPDATE_ROLLBACK_FAILED)"), "{said}");
    assert!(back.stdout.contains("rolled back"), "{back:?}");
    assert_eq!(value(&desk, "app"), "old");
}

#[test]
fn a_rollback_that_only_lacks_an_account_that_could_not_be_entered_exits_with_three() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    let two = ONE.replace(r#"dev: "100000000001""#, r#"dev: "100000000001", test: "100000000002""#);
    assert_ne!(two, ONE);
    desk.write("prod.yaml", format!("{two}stacks:\n  app: {{ template: t.yaml }}\n"));
    let ran = fast(&desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(0);
    let run = ran.json()["run"].as_str().expect("an id").to_owned();
    let fault = ["--sandbox-fault", "no-entry,account=dev"];
    fast(&desk, &[&["rollback", run.as_str()][..], &fault].concat()).expect_code(3);
    fast(&desk, &["rollback", &run]).expect_code(0);
}

#[test]
fn a_stack_that_got_stuck_on_its_own_way_back_is_never_told_as_nothing_left() {
    let desk = Desk::empty();
    let stacks = |value: &str| {
        let of = |name: &str, needs: &str| {
            format!("  {name}: {{ template: t.yaml, parameters: {{ Value: {value} }}{needs} }}\n")
        };
        of("net", "") + &of("app", ", depends-on: [net]")
    };
    applied(&desk, &stacks("old"));
    write(&desk, &stacks("new"));
    let fault = ["--sandbox-fault", "fail=update+rollback,stack=app", "--output", "json"];
    let failed = fast(&desk, &[&["apply", "prod.yaml"][..], &fault].concat()).expect_code(1);
    let run = failed.json()["run"].as_str().expect("an id").to_owned();
    fast(&desk, &["rollback", &run]).expect_code(1);
    let again = fast(&desk, &["rollback", &run]).expect_code(1);
    let said = again.stderr_on_one_line();
    assert!(said.contains("what is left of it cannot be put back"), "{again:?}");
}
