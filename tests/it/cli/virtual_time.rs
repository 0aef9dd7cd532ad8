//! Rehearsals in virtual time: hours of the sandbox that take a moment.

use std::time::{Duration, Instant};

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING};
use crate::support::kept::Followed;

const HASTENED: [&str; 3] = ["--sandbox", "--sandbox-clock", "virtual"];

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    let stacks = "stacks:\n  net: { template: t.yaml, parameters: { Value: a } }\n  app: { template: t.yaml, parameters: { Value: a }, depends-on: [net] }\n";
    desk.write("prod.yaml", format!("{ONE}{stacks}"));
    desk
}

fn hastened(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &HASTENED[..]].concat())
}

fn milliseconds(report: &serde_json::Value) -> Vec<u64> {
    let instances = report["stack_instances"].as_array().expect("a list");
    instances.iter().map(|one| one["duration_ms"].as_u64().expect("a number")).collect()
}

#[test]
fn hours_of_a_rollout_take_a_moment_and_are_told_as_hours() {
    let desk = desk();
    let began = Instant::now();
    let slow = ["--sandbox-seconds-per-resource", "7200", "--output", "json"];
    let ran = hastened(&desk, &[&["apply", "prod.yaml"][..], &slow].concat()).expect_code(0);
    // Far less than the four hours that are rehearsed.
    assert!(began.elapsed() < Duration::from_secs(3600));
    let report = ran.json();
    assert_eq!(report["virtual_time"], true);
    let two_hours = 7_200_000..7_260_000;
    assert!(milliseconds(&report).iter().all(|ms| two_hours.contains(ms)), "{report}");
    let said = &ran.stderr;
    assert!(said.contains("4h 0") && said.contains("still creating"), "{said}");
    assert!(said.contains("in the sandbox in virtual time"), "{said}");
}

#[test]
fn what_follows_goes_on_from_the_time_that_was_reached() {
    let desk = desk();
    let slow = ["apply", "prod.yaml", "--sandbox-seconds-per-resource", "7200"];
    hastened(&desk, &slow).expect_code(0);
    let ahead = desk.run(&["sandbox", "status"]).expect_code(0);
    // Less what passed on this machine meanwhile.
    let is_hours = ["3h ", "4h "].iter().any(|hours| ahead.stderr.contains(&format!("is {hours}")));
    assert!(is_hours && ahead.stderr.contains("ahead of this machine's"), "{ahead:?}");

    let status = ["status", "prod.yaml", "--sandbox", "--output", "json"];
    let status = desk.run(&status).expect_code(0).json();
    let at = |stack: usize| {
        let text = status["stack_instances"][stack]["last_updated"].as_str().expect("a time");
        text.parse::<jiff::Timestamp>().expect("a timestamp")
    };
    assert!(at(1) - at(0) >= jiff::SignedDuration::from_hours(2), "{status}");
    let again = desk.run(&["apply", "prod.yaml", "--sandbox", "--output", "json"]).expect_code(0);
    assert!(again.stdout.matches(r#""outcome": "unchanged""#).count() == 2, "{again:?}");
    assert_eq!(again.json().get("virtual_time"), None);
    hastened(&desk, &["destroy", "prod.yaml", "--yes"]).expect_code(0);
}

#[test]
fn a_sandbox_that_is_reset_goes_on_after_what_runs_tell_of_it() {
    let desk = desk();
    let slow = ["apply", "prod.yaml", "--sandbox-seconds-per-resource", "7200"];
    hastened(&desk, &slow).expect_code(0);
    let reset = desk.run(&["sandbox", "reset"]).expect_code(0);
    let said = reset.stderr_on_one_line();
    assert!(said.contains("is empty; its time stays ") && said.contains("ahead of"), "{said}");
    let status = desk.run(&["sandbox", "status"]).expect_code(0);
    assert!(status.stderr.contains("ahead of this machine's"), "{status:?}");
    assert!(status.stderr.contains("nothing stands in"), "{status:?}");

    let one = "stacks:\n  net: { template: t.yaml, parameters: { Value: a } }\n";
    desk.write("prod.yaml", format!("{ONE}{one}"));
    let fast = ["prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0.01", "--yes"];
    desk.run(&[&["apply"][..], &fast].concat()).expect_code(0);
    // What needed it is known to be gone only by what came after.
    desk.run(&[&["destroy"][..], &fast].concat()).expect_code(0);
}

#[test]
fn a_sandbox_that_was_never_ahead_is_reset_without_a_word_of_time() {
    let desk = desk();
    desk.run(&["apply", "prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0"])
        .expect_code(0);
    let past = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    desk.write(".xdeploy/sandbox/time.json", format!("\"{past}\""));
    let reset = desk.run(&["sandbox", "reset"]).expect_code(0);
    assert_eq!(reset.stderr, "the sandbox is empty\n");
    assert!(!desk.path().join(".xdeploy/sandbox/time.json").exists());
}

#[test]
fn a_run_that_waited_for_another_begins_at_the_time_that_was_reached_meanwhile() {
    let desk = desk();
    let sandbox = ["apply", "prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "1"];
    let mut first =
        Followed::start(&mut desk.command(&[&sandbox[..], &["--progress", "json"]].concat()));
    first.wait_for("\"action-started\"");
    let mut second = Followed::start(
        &mut desk.command(&[&sandbox[..], &["--wait", "--output", "json"]].concat()),
    );
    second.wait_for("waiting: run");
    let reached = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(5);
    desk.write(".xdeploy/sandbox/time.json", format!("\"{reached}\""));
    first.end().expect_code(0);
    let report = second.end().expect_code(0).json();
    let began: jiff::Timestamp =
        report["started"].as_str().expect("a time").parse().expect("a timestamp");
    assert!(began >= reached, "{report}");
}

#[test]
fn what_goes_wrong_for_a_while_goes_wrong_in_that_time() {
    let desk = desk();
    let faults = ["--sandbox-fault", "error=503,action=CreateStack,until=20s"];
    let stalled = ["--sandbox-fault", "stall=3h,stack=app", "--output", "json"];
    let arguments = [&["apply", "prod.yaml"][..], &faults, &stalled].concat();
    let report = hastened(&desk, &arguments).expect_code(0).json();
    let [net, app] = milliseconds(&report)[..] else { panic!("{report}") };
    assert!((20_000..600_000).contains(&net) && app > 3 * 3_600_000, "{report}");
}

#[test]
fn a_run_of_the_future_is_no_newer_than_one_that_begins_after_it() {
    let desk = desk();
    let slow = ["apply", "prod.yaml", "--sandbox-seconds-per-resource", "7200"];
    hastened(&desk, &slow).expect_code(0);
    let after = desk.run(&["destroy", "prod.yaml", "--sandbox", "--yes", "--output", "json"]);
    let after = after.expect_code(0).json()["run"].as_str().expect("an id").to_owned();
    let latest = desk.run(&["report", "latest", "--output", "json"]);
    assert_eq!(latest.json()["run"], after.as_str());
}

#[test]
fn other_programs_do_not_live_in_virtual_time() {
    let desk = desk();
    let exec = ["exec", "prod.yaml", "--sandbox", "--sandbox-clock", "virtual", "--", "true"];
    let assume = [
        "assume",
        "prod.yaml",
        "dev",
        "--format",
        "json",
        "--sandbox",
        "--sandbox-clock",
        "virtual",
    ];
    for arguments in [&exec[..], &assume] {
        let refused = desk.run(arguments).expect_code(2);
        let said = refused.stderr_on_one_line();
        assert!(said.contains("live in the machine's time"), "{refused:?}");
    }
    let aws = desk.run(&["apply", "prod.yaml", "--sandbox-clock", "virtual"]).expect_code(2);
    assert!(aws.stderr.contains("--sandbox"), "{aws:?}");
}
