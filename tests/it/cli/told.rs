//! What is told of a run later: by `runs`, `report`, `resume` and `rollback`, from wherever they are called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING, failing};
use crate::support::kept::journals;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const FILE: &str = "one.yaml";
const SANDBOX: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0"];

/// A folder with an environment of two stacks, of which one cannot be created.
fn half() -> Desk {
    let desk = Desk::empty();
    desk.write("good.yaml", SETTING);
    desk.write("bad.yaml", failing("create", "one"));
    let stacks = "stacks:\n  good: { template: good.yaml }\n  bad: { template: bad.yaml }\n";
    desk.write(FILE, format!("{ONE}{stacks}"));
    desk
}

fn run(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &SANDBOX[..]].concat())
}

/// Calls the binary in a folder beneath the desk's.
fn beneath(desk: &Desk, folder: &str, arguments: &[&str]) -> Printed {
    let mut command = desk.command(arguments);
    command.current_dir(desk.path().join(folder));
    Printed::from(command.output().expect("it starts"))
}

#[test]
fn a_rollback_that_puts_everything_back_succeeds_and_shows_no_failure_of_before() {
    let desk = half();
    let applied = run(&desk, &["apply", FILE, "--on-failure", "continue"]).expect_code(1);
    assert!(applied.stdout.contains("the quota is used up"), "{applied:?}");
    let junit = ["--junit", "back.xml"];
    let back = [&["rollback", "latest", "--yes"], &junit[..]].concat();
    let back = run(&desk, &back).expect_code(0);
    for text in [&back.stdout, &back.stderr] {
        assert!(!text.contains("quota") && !text.contains("Failures"), "{back:?}");
    }
    assert!(back.stdout.contains("1 rolled back, 1 not touched"), "{back:?}");
    let junit = fs::read_to_string(desk.path().join("back.xml")).expect("it was written");
    assert!(junit.contains("failures=\"0\"") && junit.contains("<skipped"), "{junit}");
    let told = desk.run(&["report", "--output", "json"]).expect_code(0).json();
    assert_eq!(told["failures"], serde_json::json!([]));
}

#[test]
fn what_is_looked_at_in_the_sandbox_is_told_as_that() {
    let desk = half();
    run(&desk, &["apply", FILE, "--on-failure", "continue"]).expect_code(1);
    let line = "in the sandbox: nothing reached AWS";
    let status = desk.run(&["status", FILE, "--sandbox"]).expect_code(0);
    assert!(status.stdout.ends_with(&format!("\n{line}\n")), "{status:?}");
    let status = desk.run(&["status", FILE, "--sandbox", "--output", "json"]).expect_code(0).json();
    assert_eq!((&status["sandbox"], &status["endpoint"]), (&true.into(), &serde_json::Value::Null));
    for output in ["table", "text", "env", "json", "yaml"] {
        let outputs = ["outputs", FILE, "--sandbox", "--output", output];
        let outputs = desk.run(&outputs).expect_code(0);
        assert!(outputs.stderr.contains(line), "{outputs:?}");
        assert!(!outputs.stdout.contains(line), "{outputs:?}");
    }
    let outputs = desk.run(&["outputs", FILE, "--sandbox", "--output", "json"]).expect_code(0);
    assert_eq!(outputs.json()["_sandbox"], true);
}

#[test]
fn a_run_is_listed_with_each_stack_instance_once_however_often_it_was_resumed() {
    let desk = half();
    run(&desk, &["apply", FILE, "--on-failure", "continue"]).expect_code(1);
    let listed =
        || desk.run(&["runs", "--output", "json"]).expect_code(0).json()["runs"][0].clone();
    assert_eq!(listed()["summary"]["created"], 1);
    run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    let report = desk.run(&["report", "--output", "json"]).expect_code(0).json();
    let row = listed();
    assert_eq!(row["summary"], report["summary"]);
    assert_eq!((&row["result"], &row["stack_instances"]), (&"rolled-back".into(), &2.into()));
    assert_eq!(
        (&row["summary"]["created"], &row["summary"]["rolled_back"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn a_run_with_nothing_to_resume_is_told_in_a_line() {
    let desk = half();
    run(&desk, &["apply", FILE, "--state-dir", "kept"]).expect_code(1);
    let resumed = run(&desk, &["resume", "--state-dir", "kept"]).expect_code(1);
    assert_eq!((&*resumed.stdout, resumed.stderr.lines().count()), ("", 1), "{resumed:?}");
    let (_, command) = resumed.stderr.split_once('`').expect("a command stands there");
    let (command, _) = command.split_once('`').expect("it ends");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert!(desk.run(&words).expect_code(0).stdout.contains("Failures"), "{command}");
}

#[test]
fn the_nearest_state_folder_here_or_above_is_the_one_of_every_command() {
    let desk = half();
    fs::create_dir_all(desk.path().join("a/b")).expect("the desk takes folders");
    run(&desk, &["apply", FILE]).expect_code(1);
    let below = |arguments: &[&str]| beneath(&desk, "a/b", arguments);
    assert_eq!(below(&["runs"]).expect_code(0).stdout.lines().count(), 2);
    assert!(below(&["report"]).expect_code(0).stdout.contains("Failures"));
    let status = ["status", "../../one.yaml", "--stack", "good", "--sandbox"];
    assert!(below(&status).expect_code(0).stdout.contains("CREATE_COMPLETE"));
    let apply = [&["apply", "../../one.yaml", "--stack", "good"], &SANDBOX[..]].concat();
    assert!(below(&apply).expect_code(0).stdout.contains("unchanged"));
    assert_eq!(journals(&desk, ".xdeploy").len(), 2);
    assert!(!desk.path().join("a/b/.xdeploy").exists());
    let destroyed = beneath(&desk, "a", &["sandbox", "reset"]).expect_code(0);
    assert!(destroyed.stderr.contains("empty"), "{destroyed:?}");
    assert!(desk.run(&["sandbox", "status"]).stderr.contains("nothing stands in"));
}

#[test]
fn every_output_says_where_it_was_by_whom_and_from_what() {
    let desk = half();
    fs::create_dir(desk.path().join(".git")).expect("the desk takes folders");
    desk.write(".git/HEAD", "0123456789abcdef0123456789abcdef01234567\n");
    let apply = ["apply", FILE, "--stack", "good", "--mfa-code", "123456", "--junit", "run.xml"];
    let html = ["--html", "run.html", "--progress", "plain"];
    let applied = run(&desk, &[&apply[..], &html].concat()).expect_code(0);
    let mut lines = applied.stderr.lines();
    let started = lines.find(|line| line.contains("apply prod")).expect("it began");
    assert!(started.ends_with(", in the sandbox"), "{applied:?}");
    let sentence = "in the sandbox: nothing reached AWS, from revision 0123456789ab\n";
    assert!(applied.stdout.contains(sentence), "{applied:?}");

    let report = desk.run(&["report", "--output", "json"]).expect_code(0).json();
    assert_eq!((&report["sandbox"], &report["endpoint"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(report["caller"], "arn:aws:iam::999999999999:root");
    assert_eq!(report["revision"], "0123456789abcdef0123456789abcdef01234567");
    let line = report["command_line"].as_array().expect("the words").clone();
    let words: Vec<&str> = line.iter().filter_map(|word| word.as_str()).collect();
    assert!(words.starts_with(&["apply", FILE, "--stack", "good", "--mfa-code", "…"]), "{line:?}");
    let files = report["files"].as_object().expect("the files");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["good.yaml", FILE]);
    assert!(files.values().all(|digest| digest.as_str().is_some_and(|text| text.len() == 64)));

    let row = desk.run(&["runs", "--output", "json"]).expect_code(0).json()["runs"][0].clone();
    assert_eq!((&row["sandbox"], &row["caller"]), (&true.into(), &report["caller"]));
    assert!(desk.run(&["runs"]).stdout.contains("prod (sandbox)"));
    for (file, told) in [("run.xml", "revision"), ("run.html", "0123456789abcdef")] {
        let text = fs::read_to_string(desk.path().join(file)).expect("it was written");
        assert!(text.contains(told) && text.contains("sandbox"), "{file}");
        assert!(!text.contains("123456 "), "a code is nobody else's: {file}");
    }
    let planned = run(&desk, &["plan", FILE, "--output", "json"]).json();
    assert_eq!((&planned["sandbox"], &planned["caller"]), (&true.into(), &report["caller"]));
}

/// Calls the binary where it finds the programs of the machine.
fn run_with_programs(desk: &Desk, arguments: &[&str]) -> Printed {
    let mut command = desk.command(&[arguments, &SANDBOX[..]].concat());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    Printed::from(command.output().expect("it starts"))
}

/// Calls git in a desk's folder.
fn git(desk: &Desk, arguments: &[&str]) {
    let mut git = Command::new("git");
    // Whatever git the caller works with.
    git.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    git.args(["-c", "user.name=someone", "-c", "user.email=someone@example.com", "-C"]);
    let done = git.arg(desk.path()).args(arguments).output().expect("git is there");
    assert!(done.status.success(), "{done:?}");
}

/// Makes a desk's folder a git repository in which all files are committed.
fn commit(desk: &Desk) {
    git(desk, &["init", "--quiet"]);
    git(desk, &["add", FILE, "good.yaml", "bad.yaml"]);
    git(desk, &["commit", "--quiet", "--no-gpg-sign", "-m", "one"]);
}

#[test]
fn changes_that_are_not_committed_are_told_with_the_revision() {
    let desk = half();
    commit(&desk);
    let plan = ["plan", FILE, "--output", "json"];
    let plan = || run_with_programs(&desk, &plan).expect_code(0).json();
    let clean = plan();
    assert!(clean["revision"].is_string() && clean["dirty"].is_null(), "{clean}");
    desk.write("good.yaml", format!("{SETTING}# changed\n"));
    assert_eq!(plan()["dirty"], true);
    let files = ["--junit", "run.xml", "--html", "run.html"];
    let words = [&["apply", FILE, "--stack", "good"], &files[..]].concat();
    let applied = run_with_programs(&desk, &words).expect_code(0);
    let revision = clean["revision"].as_str().expect("a commit");
    let sentence = format!("from revision {} with uncommitted changes\n", &revision[..12]);
    let words = applied.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(sentence.trim_end()), "{applied:?}");
    let text = |file: &str| fs::read_to_string(desk.path().join(file)).expect("it was written");
    assert!(text("run.xml").contains(r#"<property name="dirty" value="true"/>"#));
    assert!(text("run.xml").contains(r#"<property name="files.good.yaml" value=""#));
    assert!(text("run.html").contains(r#""dirty":true"#));
    let facts = desk.run(&["runs", "latest"]).expect_code(0).stdout;
    for fact in [
        "the sandbox: nothing reached AWS".to_owned(),
        "arn:aws:iam::999999999999:root".to_owned(),
        format!("{revision} with uncommitted changes"),
        format!("xdeploy apply {FILE} --stack good"),
        "good.yaml, SHA-256 ".to_owned(),
    ] {
        assert!(facts.contains(&fact), "{fact}: {facts}");
    }
    desk.run(&["runs", "2001"]).expect_code(2);
}

#[test]
fn a_repository_cannot_start_programs_by_its_settings() {
    let desk = half();
    commit(&desk);
    desk.write("evil", "#!/bin/sh\ntouch ran\ncat\n");
    let evil = desk.path().join("evil");
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).expect("it may be run");
    let evil = evil.to_str().expect("UTF-8");
    desk.write("good.yaml", format!("{SETTING}# changed\n"));
    git(&desk, &["config", "core.fsmonitor", evil]);
    let plan = ["plan", FILE, "--output", "json"];
    let plan = || run_with_programs(&desk, &plan).expect_code(0).json();
    assert_eq!(plan()["dirty"], true);
    // A filter is what git needs to compare files: nothing is said then.
    desk.write(".gitattributes", "* filter=evil\n");
    git(&desk, &["config", "filter.evil.clean", evil]);
    let told = plan();
    assert!(told["revision"].is_string() && told["dirty"].is_null(), "{told}");
    assert!(!desk.path().join("ran").exists());
}

#[test]
fn a_run_at_another_endpoint_says_so() {
    let desk = half();
    let server = Server::sandbox_of("0", &[desk.path().join(FILE).to_str().expect("UTF-8")]);
    let place = Workplace::new(server.endpoint());
    for name in [FILE, "good.yaml", "bad.yaml"] {
        let text = fs::read_to_string(desk.path().join(name)).expect("it was written");
        place.write(name, &text);
    }
    let words = ["apply", FILE, "--yes", "--stack", "good", "--output", "json"];
    let report = place.xdeploy(words).expect_code(0).json();
    assert_eq!(
        (&report["sandbox"], &report["endpoint"]),
        (&false.into(), &server.endpoint().into())
    );
    let told = place.xdeploy(["report"]).expect_code(0).stdout;
    let sentence = format!("at {}, as arn:aws:iam::999999999999:root\n", server.endpoint());
    assert!(told.contains(&sentence), "{told}");
}
