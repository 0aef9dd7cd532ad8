//! A run that is asked to stop, in every way there is, and is resumed.

use std::fs;

use serde_json::Value;

use crate::support::binary::{Desk, Printed};
use crate::support::files::HEAD;
use crate::support::kept::{Followed, journals};

const DEV: &str = "environments/dev.yaml";

/// Starts an apply at a pace at which a wish to stop finds the first stack on its way.
fn applying(desk: &Desk, seconds: &str, more: &[&str]) -> Followed {
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", seconds];
    let apply = [&["apply", DEV][..], more, &sandbox].concat();
    Followed::start(&mut desk.command(&apply))
}

/// Returns the events of the desk's only run.
fn events(desk: &Desk, state: &str) -> Vec<Value> {
    let [journal] = &journals(desk, state)[..] else { panic!("one run is kept") };
    let text = fs::read_to_string(journal).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

/// Returns the id of the desk's only run.
fn run(desk: &Desk, state: &str) -> String {
    events(desk, state)[0]["run"].as_str().expect("a run has an id").to_owned()
}

/// Asserts that the journal tells of the run to its end, and of the end of each stack instance.
#[track_caller]
fn assert_complete(desk: &Desk, state: &str) {
    let events = events(desk, state);
    let is = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!(events[events.len() - 1]["type"], "run-finished");
    assert_eq!((is("run-finished"), is("instance-finished")), (1, 3));
}

/// Goes on with the desk's only run, and asserts that it made each stack once.
#[track_caller]
fn assert_resumed(desk: &Desk, state: &str) {
    let fast = ["--sandbox-seconds-per-resource", "0.01", "--state-dir", state];
    let run = run(desk, state);
    let resume = [&["resume", &run, "--progress", "none"][..], &fast].concat();
    let ended = desk.run(&resume).expect_code(0);
    assert!(ended.stdout.contains("3 created"), "{ended:?}");
    let creations: u64 = events(desk, state)
        .iter()
        .filter_map(|event| event["api_calls"]["cloudformation:CreateStack"].as_u64())
        .sum();
    assert_eq!(creations, 3);
}

#[test]
fn whichever_signal_stops_a_run_its_last_words_say_what_resumes_it() {
    for (progress, begun, stopping) in [
        ("plain", "creating", "cancelling: "),
        ("json", "\"action-started\"", "\"cancel-requested\""),
    ] {
        for (signals, seconds) in [
            (&["INT"][..], "0.3"),
            (&["TERM"], "0.3"),
            (&["HUP"], "0.3"),
            (&["INT", "INT"], "1.5"),
            (&["TERM", "TERM"], "1.5"),
            (&["HUP", "INT"], "1.5"),
        ] {
            let desk = Desk::with_examples();
            let mut followed = applying(&desk, seconds, &["--progress", progress]);
            followed.wait_for(begun);
            for (number, signal) in signals.iter().enumerate() {
                if number > 0 {
                    followed.wait_for(stopping);
                }
                followed.signal(signal);
            }
            let ended = followed.end().expect_code(130);
            assert_complete(&desk, ".xdeploy");
            let run = run(&desk, ".xdeploy");
            assert!(ended.stdout.contains(&format!("\n  xdeploy resume {run}\n")), "{ended:?}");
            assert_eq!(ended.stdout.contains("Still moving"), signals.len() == 2, "{ended:?}");
            assert_resumed(&desk, ".xdeploy");
        }
    }
}

#[test]
fn a_run_that_nobody_hears_any_more_stops_as_well() {
    for signal in ["INT", "TERM", "HUP"] {
        let desk = Desk::with_examples();
        let mut followed = applying(&desk, "0.3", &["--progress", "plain"]);
        followed.wait_for("creating");
        assert_eq!(followed.signal_unheard(signal), Some(130));
        assert_complete(&desk, ".xdeploy");
        assert_resumed(&desk, ".xdeploy");
    }
}

#[test]
fn the_command_that_goes_on_names_the_state_folder_and_stands_in_a_log_of_its_own() {
    let desk = Desk::with_examples();
    let more = ["--progress", "plain", "--output", "json", "--state-dir", "a/state"];
    let mut followed = applying(&desk, "0.3", &more);
    followed.wait_for("creating");
    followed.signal("TERM");
    let ended: Printed = followed.end().expect_code(130);
    assert_eq!(ended.json()["result"], "cancelled");
    let run = run(&desk, "a/state");
    let command = format!("`xdeploy resume {run} --state-dir a/state` resumes what is left\n");
    assert!(ended.stderr.ends_with(&command), "{ended:?}");
    assert_resumed(&desk, "a/state");
}

#[test]
fn updates_are_cancelled_where_that_is_asked_for_and_made_by_whoever_goes_on() {
    let desk = Desk::with_examples();
    let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--state-dir", "before"];
    desk.run(&[&["apply", DEV][..], &fast].concat()).expect_code(0);
    let file = fs::read_to_string(desk.path().join(DEV)).expect("UTF-8");
    desk.write(DEV, file.replace("Tier: silver", "Tier: gold"));
    let mut followed = applying(&desk, "1.5", &["--progress", "plain", "--cancel-updates"]);
    followed.wait_for("updating");
    followed.signal("INT");
    followed.wait_for("cancelling its update");
    let ended = followed.end().expect_code(130);
    assert!(ended.stdout.contains("1 unchanged, 1 skipped, 1 rolled back"), "{ended:?}");
    assert!(!ended.stdout.contains("Failures"), "{ended:?}");
    assert_complete(&desk, ".xdeploy");
    let resumed = desk.run(&["resume", "--sandbox-seconds-per-resource", "0.01"]).expect_code(0);
    assert!(resumed.stdout.contains("1 updated, 2 unchanged"), "{resumed:?}");
}

/// Returns a template of `count` topics, one made after the other, and of one that fails if `is_bad`.
fn chain(count: usize, is_bad: bool) -> String {
    let topic = |at: usize| {
        let after = if at > 0 { format!("DependsOn: T{}, ", at - 1) } else { String::new() };
        format!("  T{at}: {{ {after}Type: AWS::SNS::Topic }}\n")
    };
    let mut text = "Resources:\n".to_owned();
    (0..count).for_each(|at| text.push_str(&topic(at)));
    if is_bad {
        text.push_str(
            "  Bad: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: [create] } } }\n",
        );
    }
    text
}

#[test]
fn a_rollback_that_a_stop_left_owed_is_said_at_the_end_and_made_by_resume() {
    for on_failure in ["rollback-run", "rollback-wave"] {
        let desk = Desk::empty();
        desk.write("bad.yaml", chain(0, true));
        desk.write("slow.yaml", chain(8, false));
        let stacks = "stacks:\n  bad: { template: bad.yaml, accounts: [dev] }\n  slow: { template: slow.yaml, \
                      accounts: [prod] }\n";
        desk.write("prod.yaml", HEAD.to_owned() + stacks);
        let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "0.4"];
        let apply = ["apply", "prod.yaml", "--on-failure", on_failure, "--progress", "json"];
        let mut followed = Followed::start(&mut desk.command(&[&apply[..], &sandbox].concat()));
        followed.wait_for("\"instance-finished\"");
        followed.signal("INT");
        let ended = followed.end().expect_code(130);
        let run = run(&desk, ".xdeploy");
        let owed = format!("Rollback is owed\n  xdeploy resume {run}\n");
        assert!(ended.stdout.contains(&owed), "{ended:?}");
        let kept = events(&desk, ".xdeploy");
        assert_eq!(kept.iter().filter(|event| event["type"] == "rollback-postponed").count(), 1);

        let fast = ["--sandbox-seconds-per-resource", "0.01", "--output", "json"];
        let resumed = desk.run(&[&["resume"][..], &fast].concat()).expect_code(1);
        assert_eq!(resumed.json()["result"], "rolled-back");
        let slow = "prod/slow rolled-back".to_owned();
        assert!(resumed.outcomes().contains(&slow), "{:?}", resumed.outcomes());
        let nothing = desk.run(&["resume"]).expect_code(1);
        assert!(nothing.stderr_on_one_line().contains("leaves nothing to resume"), "{nothing:?}");
    }
}
