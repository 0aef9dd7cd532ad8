//! Runs on disk: what `apply` and `destroy` keep, what `runs` and `report` tell of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::binary::{Desk, Printed};
use crate::support::files::ONE;
use crate::support::kept::{Followed, journals};
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const SLOW: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "3600"];
const DEV: &str = "environments/dev.yaml";

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

/// Starts an apply that does not end, and waits until the creation of a stack has begun.
fn creating(desk: &Desk, arguments: &[&str]) -> Followed {
    let apply = [&["apply", DEV, "--progress", "json"], arguments, &SLOW[..]].concat();
    let mut followed = Followed::start(&mut desk.command(&apply));
    followed.wait_for("\"action-started\"");
    followed
}

#[test]
fn a_journal_holds_the_events_word_for_word_for_its_owner_only() {
    let desk = Desk::with_examples();
    let ran = fast(&desk, &["apply", DEV, "--progress", "json"]).expect_code(0);
    let [journal] = &journals(&desk, ".xdeploy")[..] else { panic!("one run leaves one journal") };
    assert_eq!(fs::read_to_string(journal).expect("UTF-8"), ran.stderr);
    let mode = fs::metadata(journal).expect("it stands").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let ignored = fs::read_to_string(desk.path().join(".xdeploy/.gitignore"));
    assert_eq!(ignored.expect("the folder was made by the run"), "*\n");
}

#[test]
fn a_report_is_what_the_run_itself_printed() {
    let desk = Desk::with_examples();
    let json = fast(&desk, &["apply", DEV, "--output", "json"]).expect_code(0).stdout;
    let text = fast(&desk, &["destroy", DEV]).expect_code(0).stdout;
    assert_eq!(desk.run(&["report"]).expect_code(0).stdout, text);
    assert_eq!(desk.run(&["report", "latest"]).expect_code(0).stdout, text);
    let first = &journals(&desk, ".xdeploy")[0];
    let path = first.to_str().expect("UTF-8");
    let id = first.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
    for run in [path, id, &id[..19]] {
        let told = desk.run(&["report", run, "--output", "json"]);
        assert_eq!(told.expect_code(0).stdout, json);
    }
}

#[test]
fn a_report_of_a_failed_run_is_made_all_the_same() {
    let desk = Desk::with_examples();
    let denied = ["--sandbox", "--sandbox-fault", "deny,action=sts:AssumeRole"];
    let apply = [&["apply", DEV, "--output", "json"][..], &denied].concat();
    let ran = desk.run(&apply).expect_code(3);
    let told = desk.run(&["report", "--output", "json"]).expect_code(0);
    assert_eq!(told.stdout, ran.stdout);
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    assert_eq!(runs["runs"][0]["result"], "failed");
    assert_eq!(runs["runs"][0]["summary"], told.json()["summary"]);
}

#[test]
fn a_killed_run_is_unfinished_and_its_report_says_so() {
    let desk = Desk::with_examples();
    let followed = creating(&desk, &[]);
    let result = || desk.run(&["runs", "--output", "json"]).json()["runs"][0]["result"].clone();
    assert_eq!(result(), "running");
    assert!(desk.run(&["report"]).stderr.starts_with("the run is still running"));
    followed.kill();
    assert_eq!(result(), "unfinished");
    let told = desk.run(&["report"]).expect_code(0);
    assert!(told.stderr.starts_with("the run is unfinished: it was killed"), "{told:?}");
    let last = told.stdout.lines().last().expect("a last line");
    assert!(last.starts_with("Apply is unfinished after"), "{last}");
    let json = desk.run(&["report", "--output", "json"]).json();
    assert_eq!((&json["complete"], &json["result"]), (&false.into(), &"failed".into()));
}

#[test]
fn two_runs_at_once_keep_two_journals() {
    let desk = Desk::with_examples();
    let start = |file: &str| {
        let apply = [&["apply", file, "--progress", "json"], &FAST[..]].concat();
        Followed::start(&mut desk.command(&apply))
    };
    let runs = ["dev", "test"].map(|name| start(&format!("environments/{name}.yaml")));
    let ended = runs.map(|run| run.end().expect_code(0).stderr);
    let mut kept: Vec<_> = journals(&desk, ".xdeploy")
        .iter()
        .map(|path| fs::read_to_string(path).expect("UTF-8"))
        .collect();
    let mut said = ended.to_vec();
    kept.sort();
    said.sort();
    assert_eq!(kept, said);
}

#[test]
fn what_is_declined_refused_or_only_read_is_not_kept() {
    let desk = Desk::with_examples();
    desk.run(&["apply", DEV]).expect_code(5);
    desk.run(&["apply", "missing.yaml", "--yes"]).expect_code(2);
    desk.run(&["validate", DEV]).expect_code(0);
    assert!(!desk.path().join(".xdeploy").exists());
    let runs = desk.run(&["runs"]).expect_code(0);
    assert_eq!((&*runs.stdout, &*runs.stderr), ("", "no run stands in .xdeploy/runs\n"));
    let told = desk.run(&["report"]).expect_code(2);
    assert!(told.stderr.starts_with("no run stands in .xdeploy/runs\n  help: "), "{told:?}");
}

#[test]
fn the_state_folder_is_the_flags_before_the_environments() {
    let desk = Desk::with_examples();
    let with_env = |arguments: &[&str]| {
        let mut command = desk.command(&[arguments, &FAST[..]].concat());
        command.env("XDEPLOY_STATE_DIR", "from-env");
        Printed::from(command.output().expect("it starts")).expect_code(0)
    };
    with_env(&["apply", DEV]);
    with_env(&["apply", DEV, "--state-dir", "a/from-flag"]);
    assert_eq!(journals(&desk, "from-env").len(), 1);
    assert_eq!(journals(&desk, "a/from-flag").len(), 1);
    assert_eq!(journals(&desk, ".xdeploy").len(), 0);
    let listed = desk.run(&["runs", "--state-dir", "a/from-flag"]).expect_code(0);
    assert_eq!(listed.stdout.lines().count(), 2, "{listed:?}");
}

#[test]
fn a_state_folder_that_is_set_to_nothing_is_the_usual_one() {
    let mut command = Desk::empty().command(&["runs"]);
    command.env("XDEPLOY_STATE_DIR", "").current_dir("/");
    let runs = Printed::from(command.output().expect("it starts")).expect_code(0);
    assert_eq!(runs.stderr, "no run stands in .xdeploy/runs\n");
}

#[test]
fn a_run_that_cannot_be_kept_is_refused_before_anything_is_touched() {
    let desk = Desk::with_examples();
    desk.write("notes", "");
    let refused = fast(&desk, &["apply", DEV, "--state-dir", "notes"]).expect_code(2);
    assert!(refused.stderr.starts_with("the folder notes/runs cannot be used: "), "{refused:?}");
    assert!(refused.stderr.contains("help: nothing was touched; name another folder with --state"));
    assert!(!desk.path().join(".xdeploy").exists(), "the sandbox was not touched");
}

#[test]
fn a_disk_that_fills_up_is_said_once_and_the_rest_is_resumed_later() {
    let server = Server::sandbox_of("0.05", &["environments/all.yaml"]);
    let workplace = Workplace::new(server.endpoint());
    // No file may grow beyond 12 KiB, and the signal for that is ignored as on a full disk.
    let program = env!("CARGO_BIN_EXE_xdeploy");
    let limited = format!("trap '' XFSZ; ulimit -f 24; exec '{program}' \"$@\"");
    let ran = workplace
        .command("/bin/sh", "999999999999")
        .args(["-c", &limited, "sh", "apply", "environments/all.yaml", "--yes", "--output", "json"])
        .args(["--progress", "none"])
        .output()
        .expect("a shell is there");
    let ran = Printed::from(ran).expect_code(1);
    let count = |ran: &Printed, word: &str| {
        ran.outcomes().iter().filter(|outcome| outcome.ends_with(word)).count()
    };
    let created = count(&ran, "created");
    assert!((1..13).contains(&created), "{:?}", ran.outcomes());
    assert_eq!(count(&ran, "failed") + count(&ran, "skipped") + created, 13, "{ran:?}");
    assert_eq!(ran.stderr.matches("can no longer be written").count(), 1, "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    let resumed = workplace.xdeploy(["resume", "--output", "json"]).expect_code(0);
    assert_eq!(count(&resumed, "created"), 13, "{:?}", resumed.outcomes());
}

#[test]
fn a_run_that_cannot_be_told_is_answered_with_what_can() {
    let desk = Desk::with_examples();
    fast(&desk, &["apply", DEV]).expect_code(0);
    desk.write("secret.jsonl", "not a journal\n");
    for (run, said) in [
        ("../x", "`../x` is neither a run's id, nor the start of one"),
        ("../../etc/passwd", "is neither a run's id"),
        ("2199", "begins with `2199`; the nearest: 2"),
        ("secret.jsonl", "secret.jsonl is not the journal of a run"),
        ("missing.jsonl", "missing.jsonl cannot be read: No such file"),
    ] {
        let told = desk.run(&["report", run]).expect_code(2);
        assert!(told.stderr.contains(said), "{told:?}");
        assert!(told.stdout.is_empty(), "{told:?}");
    }
}

#[test]
fn a_damaged_line_is_named_and_the_rest_is_told() {
    let desk = Desk::with_examples();
    fast(&desk, &["apply", DEV]).expect_code(0);
    let journal = &journals(&desk, ".xdeploy")[0];
    let text = fs::read_to_string(journal).expect("UTF-8");
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = "\u{fffd}";
    lines.insert(3, r#"{"sequence":3,"at":"2026-11-23T15:56:02Z","type":"moon-rose"}"#);
    let copy = desk.write("copy.jsonl", lines.join("\n").replace("\"schema\":1", "\"schema\":2"));
    let told = desk.run(&["report", copy.to_str().expect("UTF-8")]).expect_code(0);
    assert!(told.stderr.contains("copy.jsonl:3: damaged; the rest was read"), "{told:?}");
    assert!(told.stderr.contains("holds 1 event of a newer xdeploy"), "{told:?}");
    assert!(told.stderr.contains("was written by a newer xdeploy (schema 2, this one reads 1)"));
    assert!(told.stdout.lines().last().is_some_and(|l| l.starts_with("Applied 3 stack instances")));
}

#[test]
fn a_secret_is_neither_in_a_journal_nor_in_a_report() {
    let desk = Desk::empty();
    let template = r#"
Parameters:
  Password: { Type: String, NoEcho: true }
Resources:
  Good: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Password } }
Outputs:
  Password: { Value: !Sub "pw:${Password}" }
"#;
    desk.write("careless.yaml", template);
    let stacks = "stacks: { careless: { template: careless.yaml, parameters: { Password: hunter2-hunter2 } } }";
    desk.write("one.yaml", format!("{ONE}{stacks}\n"));
    let files = ["--junit", "junit.xml", "--html", "page.html"];
    fast(&desk, &[&["apply", "one.yaml", "--output", "json"], &files[..]].concat()).expect_code(0);
    let journal = journals(&desk, ".xdeploy").remove(0);
    for path in [journal, desk.path().join("junit.xml"), desk.path().join("page.html")] {
        let text = fs::read_to_string(&path).expect("UTF-8");
        assert!(text.contains("pw:****"), "{}", path.display());
        assert!(!text.contains("hunter2"), "{}", path.display());
    }
}

#[test]
fn an_interrupted_run_writes_its_files_and_the_end_of_its_journal() {
    // Ctrl-C, twice; what a service manager sends; a terminal that closes.
    for (signal, wishes) in [("INT", 1), ("INT", 2), ("TERM", 1), ("HUP", 1)] {
        let desk = Desk::with_examples();
        // A run that is stopped once lets what runs settle, so that must come to an end.
        let pace: &[&str] =
            if wishes == 1 { &["--sandbox-seconds-per-resource", "0.3"] } else { &SLOW[1..] };
        let apply = ["apply", DEV, "--progress", "json", "--sandbox", "--html", "page.html"];
        let apply = [&apply[..], &["--junit", "junit.xml"], pace].concat();
        let mut run = Followed::start(&mut desk.command(&apply));
        run.wait_for("\"action-started\"");
        for _ in 0..wishes {
            run.signal(signal);
            run.wait_for("\"cancel-requested\"");
        }
        let ended = run.end().expect_code(130);
        let journal = fs::read_to_string(&journals(&desk, ".xdeploy")[0]).expect("UTF-8");
        assert_eq!(journal, ended.stderr);
        assert!(journal.lines().last().is_some_and(|line| line.contains("\"run-finished\"")));
        for file in ["page.html", "junit.xml"] {
            let text = fs::read_to_string(desk.path().join(file)).expect("it was written");
            assert!(text.ends_with(">\n"), "{file}");
        }
    }
}
