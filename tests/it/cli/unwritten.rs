//! Results that cannot be written: exit code 74, whatever else was done.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::process::{Command, Stdio};

use crate::support::binary::{Desk, Printed};

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const DEV: &str = "environments/dev.yaml";

/// Returns a device that takes nothing: no space is left on it.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("the system has one")
}

/// Runs a command whose stdout is full.
fn run(command: &mut Command) -> Printed {
    let output = command.stdin(Stdio::null()).stdout(full()).output();
    Printed::from(output.expect("the binary can be started"))
}

#[track_caller]
fn check(desk: &Desk, words: &[&str]) -> Printed {
    let printed = run(&mut desk.command(words));
    assert_eq!(printed.code, 74, "{words:?}: {printed:?}");
    let told = printed.stderr.matches("the result could not be written to stdout: ").count();
    assert_eq!(told, 1, "{words:?}: {printed:?}");
    printed
}

#[test]
fn every_command_whose_stdout_is_full_exits_with_74() {
    let desk = Desk::with_examples();
    for words in [
        &["--help"][..],
        &["--version"],
        &["apply", "--help"],
        &["schema"],
        &["validate", DEV],
        &["validate", DEV, "--output", "json"],
        &["graph", DEV],
        &["profiles", DEV],
        &["console", DEV, "dev"],
        &["sandbox", "serve", "--in-memory", "--port", "0"],
    ] {
        check(&desk, words);
    }
    let applied = check(&desk, &[&["apply", DEV, "--output", "json"], &FAST[..]].concat());
    let told = "the run itself has ended: Applied 3 stack instances";
    assert!(applied.stderr.contains(told), "{applied:?}");
    assert!(applied.stderr.contains("`xdeploy report "), "{applied:?}");
    let planned = check(&desk, &[&["plan", DEV], &FAST[..]].concat());
    assert!(planned.stderr.contains("plan again") && !planned.stderr.contains("`xdeploy report "));
    for words in [
        &["status", DEV][..],
        &["status", DEV, "--output", "json"],
        &["outputs", DEV],
        &["outputs", DEV, "--output", "env"],
        &["plan", DEV],
        &["doctor", DEV],
        &["assume", DEV, "dev", "--format", "env"],
        &["exec", DEV, "--", "echo", "a"],
        &["exec", DEV, "--", "yes"],
        &["exec", DEV, "--output", "json", "--", "echo", "a"],
        &["apply", DEV],
        &["destroy", DEV, "--yes"],
    ] {
        let (words, behind) =
            words.split_at(words.iter().position(|word| *word == "--").unwrap_or(words.len()));
        check(&desk, &[words, &FAST, behind].concat());
    }
    check(&desk, &["sandbox", "status"]);
    check(&desk, &["runs"]);
    check(&desk, &["report"]);
    check(&desk, &["report", "--output", "json"]);
}

#[test]
fn a_run_that_failed_tells_both_that_and_that_its_report_is_lost() {
    let desk = Desk::with_examples();
    let printed = check(&desk, &["apply", DEV, "--yes", "--output", "json"]);
    assert!(printed.stderr.contains("the run itself has ended: Apply failed"), "{printed:?}");
    assert!(printed.stderr.contains("(exit code 3)"), "{printed:?}");
}

#[test]
fn a_log_that_cannot_be_written_to_its_end_is_told_once() {
    let desk = Desk::with_examples();
    // What befalls a sandbox is in its log.
    let fault = ["--sandbox-fault", "throttle,action=DescribeStacks,times=2"];
    let apply = [&["apply", DEV, "-vv", "--log", "/dev/full"], &FAST[..], &fault].concat();
    let printed = desk.run(&apply).expect_code(74);
    assert_eq!(printed.stderr.matches("warning: the log cannot be written").count(), 1);
    assert!(printed.stdout.contains("Applied 3 stack instances"), "{printed:?}");
}

#[test]
fn a_stderr_that_is_full_stops_nothing() {
    let desk = Desk::with_examples();
    let mut command = desk.command(&[&["apply", DEV, "-vv"], &FAST[..]].concat());
    let output = command.stderr(full()).output().expect("the binary can be started");
    let printed = Printed::from(output).expect_code(0);
    assert!(printed.stdout.contains("Applied 3 stack instances"), "{printed:?}");
}

#[test]
fn a_file_that_is_full_keeps_what_stood_there() {
    let desk = Desk::with_examples();
    let apply = [&["apply", DEV, "--junit", "/dev/full"], &FAST[..]].concat();
    let printed = desk.run(&apply).expect_code(74);
    assert!(printed.stderr.contains("warning: /dev/full could not be written"), "{printed:?}");
    assert!(fs::metadata("/dev/full").is_ok());
}

#[test]
fn commands_end_once_nobody_reads_what_they_write() {
    let desk = Desk::with_examples();
    let words = [&["exec", DEV], &FAST[..], &["--", "yes"]].concat();
    let mut process = desk
        .command(&words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    let mut first = [0; 4];
    process.stdout.take().expect("it is a pipe").read_exact(&mut first).expect("they write");
    let ended = process.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}
