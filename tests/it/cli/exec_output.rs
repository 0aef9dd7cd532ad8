//! What `exec` tells of the commands that it ran.

use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use crate::support::binary::{Desk, Printed};

const EXEC: [&str; 5] = ["exec", "environments/all.yaml", "--sandbox", "--account", "dev"];

fn json_of(script: &str) -> (Printed, serde_json::Value) {
    let desk = Desk::with_examples();
    let words = [&EXEC[..], &["--output", "json", "--", "sh", "-c", script]].concat();
    let mut command = desk.command(&words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be started");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Nobody reads it: the pipe may be closed already.
    let _ = stdin.write_all(b"not for the command\n");
    drop(stdin);
    let printed = Printed::from(child.wait_with_output().expect("it ends"));
    let account = printed.json()["accounts"][0].clone();
    (printed, account)
}

#[test]
fn bytes_that_are_no_text_are_kept_beside() {
    let (printed, account) = json_of(r"printf 'a\377b\n'; printf 'é' >&2");
    printed.expect_code(0);
    assert_eq!(account["stdout"], "a\u{fffd}b\n");
    assert_eq!(account["stdout_base64"], "Yf9iCg==");
    assert_eq!(account["stderr"], "é");
    assert_eq!(account["stderr_base64"], json!(null));
}

#[test]
fn the_signal_that_ended_a_command_is_named() {
    let (printed, account) = json_of("kill -TERM $$");
    printed.expect_code(143);
    assert_eq!((&account["exit_code"], &account["signal"]), (&json!(143), &json!("SIGTERM")));
    let (printed, account) = json_of("exit 143");
    printed.expect_code(143);
    assert_eq!((&account["exit_code"], &account["signal"]), (&json!(143), &json!(null)));

    let desk = Desk::with_examples();
    let killed = desk.run(&[&EXEC[..], &["--", "sh", "-c", "kill -KILL $$"]].concat());
    let killed = killed.expect_code(137);
    assert!(killed.stderr.contains("dev: ended by SIGKILL, exit code 137"), "{killed:?}");
}

#[test]
fn a_command_reads_nothing_from_stdin_and_that_is_told() {
    let (printed, account) = json_of("cat; echo end");
    printed.expect_code(0);
    assert_eq!((&account["stdin"], &account["stdout"]), (&json!("empty"), &json!("end\n")));
    let help = Desk::empty().run(&["exec", "--help"]).expect_code(0);
    assert!(help.stdout.contains("empty stdin"), "{}", help.stdout);
}
