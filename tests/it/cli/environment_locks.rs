//! One run at a time on an environment: refused, waited for, taken over.

use crate::support::binary::{Desk, Printed};
use crate::support::kept::{Followed, journals};

const DEV: &str = "environments/dev.yaml";
const TEST: &str = "environments/test.yaml";
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

/// Runs a command fast against the desk's sandbox.
fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    desk.run(&[arguments, &sandbox[..]].concat())
}

/// Returns the id of the newest run.
fn newest(desk: &Desk) -> String {
    let journal = journals(desk, ".xdeploy").pop().expect("a run was kept");
    journal.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8").to_owned()
}

#[test]
fn a_second_run_is_refused_and_told_of_the_first() {
    let desk = Desk::with_examples();
    let first = applying(&desk, SLOW);
    let run = newest(&desk);
    for command in [&["apply", DEV][..], &["destroy", DEV], &["apply", TEST, DEV], &["resume"]] {
        let refused = fast(&desk, command).expect_code(5);
        let told = format!("run {run} works on dev: apply by process {}", first.process());
        assert!(refused.stderr.starts_with(&told), "{refused:?}");
        assert!(
            refused.stderr.contains(": nothing was touched\n  help: add --wait"),
            "{refused:?}"
        );
        assert_eq!(refused.stdout, "");
    }
    for command in [&["apply", DEV][..], &["destroy", DEV], &["resume"], &["rollback", &run]] {
        let report = fast(&desk, &[command, &["--output", "json"]].concat()).expect_code(5).json();
        assert_eq!(report["result"], "refused", "{command:?}");
        let message = report["refusal"]["message"].as_str().expect("text");
        assert!(message.starts_with(&format!("run {run} works on dev")), "{command:?}: {message}");
    }
    fast(&desk, &["apply", TEST]).expect_code(0);
    assert_eq!(journals(&desk, ".xdeploy").len(), 2, "what is refused is not kept");
    first.kill();
}

#[test]
fn a_run_that_goes_on_elsewhere_is_not_reported_as_over_by_who_is_refused() {
    let desk = Desk::with_examples();
    let first = applying(&desk, SLOW);
    let run = newest(&desk);
    desk.write("run.html", "<p>the running one's</p>");
    desk.write("run.xml", "<p>the running one's</p>");
    for command in [&["resume"][..], &["rollback", &run]] {
        let files = ["--html", "run.html", "--junit", "run.xml"];
        let refused = fast(&desk, &[command, &files, &["--output", "json"]].concat());
        let report = refused.expect_code(5).json();
        assert_eq!(
            (report["result"].as_str(), &report["complete"]),
            (Some("refused"), &false.into())
        );
        let moving = report["stack_instances"][0]["failure"].to_string();
        assert!(moving.contains("still-moving") && moving.contains("works on it"), "{moving}");
        let text = report["stack_instances"].to_string();
        assert!(!text.contains("the run ended"), "{text}");
        for file in ["run.html", "run.xml"] {
            let text = std::fs::read_to_string(desk.path().join(file)).expect("it stands");
            assert_eq!(text, "<p>the running one's</p>", "{command:?}");
        }
    }
    first.kill();
}

#[test]
fn the_turn_of_a_killed_run_is_taken_over_and_its_run_is_told_of() {
    let desk = Desk::with_examples();
    applying(&desk, "0.5").kill();
    let run = newest(&desk);
    let next = fast(&desk, &["apply", DEV, "--progress", "none"]).expect_code(0);
    assert!(
        next.stderr.starts_with(&format!("run {run} of dev is unfinished: apply since ")),
        "{next:?}"
    );
    let told = format!("`xdeploy resume {run}` resumes it; this is a new run");
    assert!(next.stderr.contains(&told), "{next:?}");
    let third = fast(&desk, &["apply", DEV, "--progress", "none"]).expect_code(0);
    assert_eq!(third.stderr, "", "another run came after it");
}

#[test]
fn the_next_run_begins_once_the_one_that_it_waits_for_ended() {
    let desk = Desk::with_examples();
    let first = applying(&desk, "0.3");
    let run = newest(&desk);
    let apply = ["apply", DEV, "--wait", "--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    let mut second = Followed::start(&mut desk.command(&apply));
    second.wait_for(&format!("waiting: run {run} works on dev: apply by process"));
    first.end().expect_code(0);
    let second = second.end().expect_code(0);
    assert!(second.stdout.contains("3 unchanged"), "{second:?}");
    assert!(newest(&desk) > run, "a run is as old as what it does");
}

#[test]
fn a_signal_ends_the_wait_at_once() {
    let desk = Desk::with_examples();
    let first = applying(&desk, SLOW);
    for signal in ["INT", "TERM", "HUP"] {
        let apply = ["apply", DEV, "--wait", "--sandbox"];
        let mut second = Followed::start(&mut desk.command(&apply));
        second.wait_for("waiting: run");
        second.signal(signal);
        let ended = second.end().expect_code(130);
        assert!(ended.stderr.ends_with("interrupted: nothing was touched\n"), "{ended:?}");
    }
    first.kill();
}

#[test]
fn runs_that_want_the_same_environments_in_another_order_both_end() {
    let desk = Desk::with_examples();
    let start = |files: [&str; 2]| {
        let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "0.05"];
        let apply = [&["apply", "--wait"][..], &files, &sandbox].concat();
        Followed::start(&mut desk.command(&apply))
    };
    let runs = [[DEV, TEST], [TEST, DEV], [DEV, TEST], [TEST, DEV]].map(start);
    for run in runs {
        run.end().expect_code(0);
    }
}

#[test]
fn a_state_folder_of_its_own_is_a_turn_of_its_own() {
    let desk = Desk::with_examples();
    let first = applying(&desk, SLOW);
    let elsewhere = ["apply", TEST, DEV, "--account", "test", "--state-dir", "elsewhere"];
    fast(&desk, &elsewhere).expect_code(0);
    first.kill();
}
