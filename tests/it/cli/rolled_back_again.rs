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

fn stuck(desk: &Desk, more: &[&str]) -> Printed {
    let stacks = |value: &str| {
        let of = |name: &str, needs: &str| {
            format!(
                "  {name}: {{ template: t.yaml, parameters: {{ Value: {value} }}, \
                 termination-protection: {}{needs} }}\n",
                value == "new"
            )
        };
        of("net", "") + &of("app", ", depends-on: [net]")
    };
    applied(desk, &stacks("old"));
    write(desk, &stacks("new"));
    let fault = ["--sandbox-fault", "fail=update+rollback,stack=app", "--output", "json"];
    fast(desk, &[&["apply", "prod.yaml"][..], &fault, more].concat()).expect_code(1)
}

fn status(desk: &Desk, stack: &str) -> String {
    let json = desk.run(&["status", "prod.yaml", "--sandbox", "--output", "json"]).json();
    let all = json["stack_instances"].as_array().expect("a list");
    let found = all.iter().find(|one| one["stack"] == stack).expect("it is there");
    found["status"].as_str().expect("a word").to_owned()
}

fn run_of(report: &Printed) -> String {
    report.json()["run"].as_str().expect("an id").to_owned()
}

fn outcome(report: &serde_json::Value, stack: &str) -> serde_json::Value {
    let all = report["stack_instances"].as_array().expect("a list");
    all.iter().find(|one| one["stack"] == stack).expect("it is there").clone()
}

#[test]
fn a_stack_that_the_run_left_stuck_is_continued_by_its_rollback() {
    let desk = Desk::empty();
    let failed = stuck(&desk, &[]);
    let help = outcome(&failed.json(), "app")["failure"]["help"].clone();
    assert!(help.as_str().is_some_and(|help| help.contains("roll the run back")), "{help}");
    let run = run_of(&failed);
    assert_eq!(status(&desk, "app"), "UPDATE_ROLLBACK_FAILED");
    let back = fast(&desk, &["rollback", &run, "--output", "json"]).expect_code(0);
    let json = back.json();
    assert_eq!(json["result"], "rolled-back");
    for stack in ["app", "net"] {
        let end = outcome(&json, stack);
        assert_eq!(end["outcome"], "rolled-back", "{end}");
        assert!(end["failure"].is_null(), "{end}");
        assert_eq!(value(&desk, stack), "old");
    }
    assert_eq!(status(&desk, "app"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(back.stderr.contains("continuing its rollback"), "{back:?}");
    let again = fast(&desk, &["rollback", &run]).expect_code(0);
    assert!(again.stderr_on_one_line().contains("nothing is left to put back"), "{again:?}");
}

#[test]
fn a_stack_that_gets_stuck_again_is_told_as_not_back_and_continued_by_the_next_rollback() {
    let desk = Desk::empty();
    let run = run_of(&stuck(&desk, &[]));
    let fault = ["--sandbox-fault", "fail=rollback,stack=app", "--output", "json"];
    let json = fast(&desk, &[&["rollback", run.as_str()][..], &fault].concat()).expect_code(1);
    let json = json.json();
    assert_eq!(json["result"], "failed");
    let why = outcome(&json, "app")["failure"]["help"].clone();
    assert!(why.as_str().is_some_and(|help| help.contains("roll the run back again")), "{why}");
    // What it needs stays with it.
    assert_eq!(outcome(&json, "net")["failure"]["kind"], "need-failed");
    let listed = desk.run(&["runs"]).expect_code(0).stdout;
    assert!(listed.contains("2 not back"), "{listed}");
    fast(&desk, &["rollback", &run]).expect_code(0);
    assert_eq!((value(&desk, "app"), value(&desk, "net")), ("old".into(), "old".into()));
    let listed = desk.run(&["runs"]).expect_code(0).stdout;
    assert!(!listed.contains("not back"), "{listed}");
}

#[test]
fn a_run_that_goes_back_by_itself_continues_what_it_left_stuck_and_tells_the_cause() {
    let alone = outcome(&stuck(&Desk::empty(), &[]).json(), "app")["failure"]["message"].clone();
    let cause = alone.as_str().expect("a message");
    let desk = Desk::empty();
    let ran = stuck(&desk, &["--on-failure", "rollback-run"]);
    let json = ran.json();
    let told = outcome(&json, "app")["failure"]["message"].clone();
    let told = told.as_str().expect("a message");
    assert!(told.starts_with(&format!("{cause}; on the way back: ")), "{told}");
    // The fault goes on: what it stopped is not back, and nobody is told that it is.
    assert_eq!(json["result"], "failed", "{json}");
    assert_eq!(outcome(&json, "app")["status"], "UPDATE_ROLLBACK_FAILED");
    fast(&desk, &["rollback", &run_of(&ran)]).expect_code(0);
    assert_eq!((value(&desk, "app"), value(&desk, "net")), ("old".into(), "old".into()));

    let once = Desk::empty();
    let fault = ["--sandbox-fault", "fail=rollback,stack=app,times=1"];
    let more = [&["--on-failure", "rollback-run"][..], &fault].concat();
    once.write("t.yaml", SETTING);
    let stacks =
        |value: &str| format!("  app: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n");
    applied(&once, &stacks("old"));
    write(&once, &stacks("new"));
    let fail = ["--sandbox-fault", "fail=update,stack=app,times=1", "--output", "json"];
    let ran = fast(&once, &[&["apply", "prod.yaml"][..], &fail, &more].concat()).expect_code(1);
    let json = ran.json();
    assert_eq!(json["result"], "rolled-back", "{json}");
    let app = outcome(&json, "app");
    assert_eq!(
        (&app["outcome"], &app["status"]),
        (&"rolled-back".into(), &"UPDATE_ROLLBACK_COMPLETE".into())
    );
    let failure = &app["failure"];
    assert_eq!(failure["kind"], "resource-failed", "{app}");
    let help = failure["help"].as_str().expect("a help");
    assert!(help.starts_with("the stack stands as before the run"), "{help}");
    assert_eq!(value(&once, "app"), "old");
    let again = fast(&once, &["rollback", &run_of(&ran)]).expect_code(0);
    assert!(again.stderr_on_one_line().contains("nothing is left to put back"), "{again:?}");
}

#[test]
fn a_stuck_stack_that_somebody_continued_by_hand_is_told_as_back() {
    let desk = Desk::empty();
    let run = run_of(&stuck(&desk, &[]));
    // Another run continues it, and its update leads to where it stood.
    let kept = desk.path().join("prod.yaml");
    let new = std::fs::read_to_string(&kept).expect("it is there");
    desk.write("prod.yaml", new.replace("Value: new", "Value: old"));
    let other = ["apply", "prod.yaml", "--stack", "app", "--state-dir", "other"];
    fast(&desk, &other).expect_code(0);
    assert_eq!(status(&desk, "app"), "UPDATE_ROLLBACK_COMPLETE");
    let back = fast(&desk, &["rollback", &run]).expect_code(0);
    assert!(!back.stderr.contains("continuing its rollback"), "{back:?}");
    assert_eq!((value(&desk, "app"), value(&desk, "net")), ("old".into(), "old".into()));
}

#[test]
fn what_a_continued_rollback_does_not_bring_back_is_told_where_what_stood_before_is_not_known() {
    for policy in ["", ", stack-policy: policy.json"] {
        let desk = Desk::empty();
        let allow =
            r#"{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}"#;
        desk.write("policy.json", format!(r#"{{"Statement": [{allow}]}}"#));
        let stack = |value: &str, more: &str| {
            format!("  app: {{ template: t.yaml, parameters: {{ Value: {value} }}{more} }}\n")
        };
        applied(&desk, &stack("old", ""));
        write(&desk, &stack("new", policy));
        let fault = ["--sandbox-fault", "fail=update+rollback,stack=app", "--output", "json"];
        let ran = fast(&desk, &[&["apply", "prod.yaml"][..], &fault].concat()).expect_code(1);
        let run = run_of(&ran);
        let kept = desk.path().join(format!(".xdeploy/runs/{run}.before.jsonl"));
        let before = std::fs::read(&kept).expect("it is there");
        std::fs::remove_file(&kept).expect("it is there");
        let back = fast(&desk, &["rollback", &run, "--output", "json"]);
        let app = outcome(&back.json(), "app");
        assert_eq!(app["status"], "UPDATE_ROLLBACK_COMPLETE", "{app}");
        assert_eq!(value(&desk, "app"), "old");
        if policy.is_empty() {
            back.expect_code(0);
            let note = app["notes"][0].as_str().expect("a note");
            assert!(note.contains("what stood before is not known"), "{note}");
            continue;
        }
        back.expect_code(1);
        let failure = &app["failure"];
        assert_eq!(failure["kind"], "cannot-go-back", "{app}");
        let message = failure["message"].as_str().expect("a message");
        assert!(message.contains("its stack policy may be the run's"), "{message}");
        // Where it is found again, that is enough.
        std::fs::write(&kept, before).expect("it is written");
        fast(&desk, &["rollback", &run]).expect_code(0);
    }
}

#[test]
fn a_stack_that_was_only_found_stuck_is_nothing_that_a_rollback_left() {
    let desk = Desk::empty();
    let both = |value: &str| {
        let of = |name: &str| {
            format!("  {name}: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n")
        };
        of("app") + &of("net")
    };
    applied(&desk, &both("old"));
    let stuck = ["--stack", "app", "--sandbox-fault", "fail=delete,stack=app"];
    fast(&desk, &[&["destroy", "prod.yaml"][..], &stuck].concat()).expect_code(1);
    assert_eq!(status(&desk, "app"), "DELETE_FAILED");
    write(&desk, &both("new"));
    let ran = fast(&desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(1);
    let run = run_of(&ran);
    fast(&desk, &["rollback", &run]).expect_code(0);
    let again = fast(&desk, &["rollback", &run]).expect_code(0);
    let said = again.stderr_on_one_line();
    assert!(said.contains("was rolled back before: nothing is left to put back"), "{said}");
}

#[test]
fn a_rollback_of_a_run_that_went_back_in_part_by_itself_puts_back_the_rest() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    let two = ONE.replace(r#"dev: "100000000001""#, r#"dev: "100000000001", test: "100000000002""#);
    let file = |value: &str| {
        format!(
            "{two}rollout: {{ waves: [[dev], [test]], on-failure: rollback-wave }}\nstacks:\n  \
             a: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n  \
             b: {{ template: t.yaml, parameters: {{ Value: {value} }}, depends-on: [a] }}\n"
        )
    };
    desk.write("prod.yaml", file("old"));
    fast(&desk, &["apply", "prod.yaml"]).expect_code(0);
    desk.write("prod.yaml", file("new"));
    let fault = ["--sandbox-fault", "fail=update,stack=b,account=test", "--output", "json"];
    let ran = fast(&desk, &[&["apply", "prod.yaml"][..], &fault].concat()).expect_code(1);
    fast(&desk, &["rollback", &run_of(&ran)]).expect_code(0);
    let json = desk.run(&["outputs", "prod.yaml", "--sandbox", "--output", "json"]).json();
    assert_eq!(json.pointer("/prod/dev/eu-central-1/a/Value"), Some(&"old".into()), "{json}");
    assert_eq!(json.pointer("/prod/dev/eu-central-1/b/Value"), Some(&"old".into()), "{json}");
}

#[test]
fn a_creation_whose_rollback_failed_is_deleted_by_the_runs_rollback() {
    let desk = Desk::empty();
    write(&desk, "  app: { template: t.yaml }\n");
    let fault = ["--sandbox-fault", "fail=create+rollback,stack=app", "--output", "json"];
    let ran = fast(&desk, &[&["apply", "prod.yaml"][..], &fault].concat()).expect_code(1);
    assert_eq!(status(&desk, "app"), "ROLLBACK_FAILED");
    fast(&desk, &["rollback", &run_of(&ran)]).expect_code(0);
    assert_eq!(status(&desk, "app"), "absent");
}

#[test]
fn a_rollback_of_a_run_that_changed_nothing_exits_with_zero_however_that_ended() {
    let desk = Desk::empty();
    applied(&desk, "  app: { template: t.yaml, parameters: { Value: old } }\n");
    // Another cloud's word for a stack that nobody may update.
    let stuck = ["--sandbox-fault", "fail=delete,stack=app"];
    fast(&desk, &[&["destroy", "prod.yaml"][..], &stuck].concat()).expect_code(1);
    assert_eq!(status(&desk, "app"), "DELETE_FAILED");
    let ran = fast(&desk, &["apply", "prod.yaml", "--output", "json"]).expect_code(1);
    let back = fast(&desk, &["rollback", &run_of(&ran)]).expect_code(0);
    assert!(
        back.stderr_on_one_line().contains("changed nothing that could be put back"),
        "{back:?}"
    );
}
