//! The files that a report is written to.

use std::fs;

use crate::support::binary::{Desk, Printed};
use crate::support::kept::Followed;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const DEV: &str = "environments/dev.yaml";

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

#[test]
fn a_report_writes_the_files_that_the_run_wrote() {
    let desk = Desk::with_examples();
    let files = ["--junit", "run.xml", "--html", "run.html"];
    let ran = fast(&desk, &[&["apply", DEV], &files[..]].concat()).expect_code(0);
    let told = desk.run(&["report", "--junit", "told.xml", "--html", "told.html"]).expect_code(0);
    assert_eq!(told.stdout, ran.stdout);
    assert_eq!(told.stderr, "wrote told.html\nwrote told.xml\n");
    let read = |name: &str| fs::read_to_string(desk.path().join(name)).expect("UTF-8");
    assert_eq!(read("told.xml"), read("run.xml"));
    assert_eq!(read("told.html"), read("run.html"));
    assert!(read("run.xml").contains("<testsuite name=\"dev.dev\" tests=\"3\""));
    assert!(read("run.html").starts_with("<!doctype html>"));
}

#[test]
fn a_run_that_fails_writes_its_files() {
    let desk = Desk::with_examples();
    let ran = desk.run(&["apply", DEV, "--yes", "--junit", "run.xml"]).expect_code(3);
    let text = fs::read_to_string(desk.path().join("run.xml")).expect("it was written");
    assert!(text.contains("failures=\"3\" errors=\"0\""), "{text}");
    assert!(text.contains("type=\"no-credentials\""), "{text}\n{ran:?}");
}

#[test]
fn a_file_that_cannot_be_written_refuses_the_run() {
    let desk = Desk::with_examples();
    for file in ["missing/run.xml", "environments", "-", ""] {
        let refused = fast(&desk, &["apply", DEV, "--junit", file]).expect_code(2);
        assert!(refused.stderr.contains("help: its folder must be there") || file.len() < 2);
        assert!(!desk.path().join(".xdeploy").exists(), "nothing was touched");
    }
}

#[test]
fn a_folder_that_goes_away_in_mid_run_costs_the_file_and_the_exit_code() {
    let desk = Desk::with_examples();
    fs::create_dir(desk.path().join("reports")).expect("the desk takes folders");
    let apply = ["apply", DEV, "--progress", "json", "--junit", "reports/run.xml"];
    let pace = ["--sandbox", "--sandbox-seconds-per-resource", "0.2"];
    let mut run = Followed::start(&mut desk.command(&[&apply[..], &pace].concat()));
    run.wait_for("\"run-started\"");
    fs::remove_dir(desk.path().join("reports")).expect("it is empty");
    let ended = run.end().expect_code(74);
    assert_eq!(ended.stderr.matches("warning: reports/run.xml could not be written: ").count(), 1);
    assert!(ended.stdout.contains("Applied 3 stack instances"));
}
