//! What others plant in our folders, and what they may read there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::files::ONE;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const DEV: &str = "environments/dev.yaml";
const THEIRS: &str = "what somebody else wrote";

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

/// Returns a desk with a file of somebody's and a state folder, in which `place` leads to that file.
fn planted(place: &str, link: impl Fn(&Path, &Path)) -> (Desk, PathBuf) {
    let desk = Desk::with_examples();
    let theirs = desk.write("theirs", THEIRS);
    let place = desk.path().join(".xdeploy").join(place);
    fs::create_dir_all(place.parent().expect("a folder")).expect("the desk takes folders");
    link(&theirs, &place);
    (desk, theirs)
}

fn soft(to: &Path, at: &Path) {
    symlink(to, at).expect("it can be linked");
}

fn hard(to: &Path, at: &Path) {
    fs::hard_link(to, at).expect("it can be linked");
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("it runs").success());
}

#[test]
fn a_lock_that_leads_elsewhere_is_refused_and_what_it_leads_to_stays() {
    for (link, said) in [(soft as fn(&Path, &Path), "symbolic link"), (hard, "hard link")] {
        let (desk, theirs) = planted("locks/dev", link);
        let ran = fast(&desk, &["apply", DEV]).expect_code(2);
        assert!(ran.stderr.contains(".xdeploy/locks/dev"), "{}", ran.stderr);
        assert!(ran.stderr.contains(said) && ran.stderr.contains("remove it"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(theirs).expect("it stands"), THEIRS);
    }
}

#[test]
fn a_file_of_the_sandbox_that_leads_elsewhere_is_neither_read_nor_written_through() {
    for place in ["sandbox/lock", "sandbox/100000000001.json", "sandbox/buckets.json"] {
        for link in [soft as fn(&Path, &Path), hard] {
            let (desk, theirs) = planted(place, link);
            let ran = fast(&desk, &["apply", DEV]);
            assert_ne!(ran.code, 0, "{place}: {ran:?}");
            assert!(ran.stderr.contains("remove it"), "{place}: {ran:?}");
            assert_eq!(fs::read_to_string(theirs).expect("it stands"), THEIRS, "{place}");
        }
    }
}

#[test]
fn a_folder_of_ours_that_leads_elsewhere_is_refused_and_nothing_is_written_there() {
    for folder in ["runs", "locks", "templates", "sandbox"] {
        let (desk, elsewhere) = (Desk::with_examples(), tempfile::tempdir().expect("a folder"));
        fs::create_dir(desk.path().join(".xdeploy")).expect("the desk takes folders");
        soft(elsewhere.path(), &desk.path().join(".xdeploy").join(folder));
        let ran = fast(&desk, &["apply", DEV]).expect_code(2);
        assert!(ran.stderr.contains("is a symbolic link"), "{folder}: {}", ran.stderr);
        assert_eq!(fs::read_dir(elsewhere.path()).expect("it stands").count(), 0, "{folder}");
    }
}

#[test]
fn a_state_folder_that_is_linked_on_purpose_is_used() {
    let (desk, elsewhere) = (Desk::with_examples(), tempfile::tempdir().expect("a folder"));
    soft(elsewhere.path(), &desk.path().join(".xdeploy"));
    fast(&desk, &["apply", DEV]).expect_code(0);
    assert!(elsewhere.path().join("runs").is_dir());
}

#[test]
fn a_journal_that_leads_elsewhere_is_no_run() {
    let (desk, theirs) = planted("runs/20261123-155602-k3f9.jsonl", soft);
    let listed = desk.run(&["runs"]).expect_code(0);
    assert_eq!(listed.stdout, "");
    for command in [&["report", "20261123"][..], &["resume", "20261123", "--sandbox"]] {
        desk.run(command).expect_code(2);
    }
    assert_eq!(fs::read_to_string(theirs).expect("it stands"), THEIRS);
}

#[test]
fn a_pipe_among_the_journals_keeps_nobody_waiting() {
    let desk = Desk::with_examples();
    fast(&desk, &["apply", DEV]).expect_code(0);
    let runs = desk.path().join(".xdeploy/runs");
    mkfifo(&runs.join("20991123-155602-k3f9.jsonl"));
    mkfifo(&desk.path().join("named.jsonl"));
    let listed = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    assert_eq!(listed["runs"].as_array().map(Vec::len), Some(1));
    desk.run(&["report"]).expect_code(0);
    let told = desk.run(&["report", "named.jsonl"]).expect_code(2);
    assert!(told.stderr.contains("no regular file"), "{}", told.stderr);
    fast(&desk, &["apply", DEV]).expect_code(0);
}

/// Returns all that stands in a folder, with its mode.
fn modes(folder: &Path, found: &mut Vec<(PathBuf, u32)>) {
    for entry in fs::read_dir(folder).expect("it stands").flatten() {
        let mode = entry.metadata().expect("it stands").permissions().mode() & 0o777;
        found.push((entry.path(), mode));
        if entry.path().is_dir() {
            modes(&entry.path(), found);
        }
    }
}

#[test]
fn what_is_kept_is_its_owners_only_whatever_the_umask_and_whatever_stood_there() {
    let desk = Desk::with_examples();
    // As an earlier version left it.
    fs::create_dir_all(desk.path().join(".xdeploy/sandbox")).expect("the desk takes folders");
    let account = desk.write(".xdeploy/sandbox/999999999999.json", "");
    fs::set_permissions(&account, fs::Permissions::from_mode(0o666)).expect("it is ours");
    fs::remove_file(account).expect("it is ours");
    let program = env!("CARGO_BIN_EXE_xdeploy");
    for arguments in [&["apply", DEV][..], &["apply", DEV, "--state-dir", "kept/here"]] {
        let ran = Command::new("/bin/sh")
            .args(["-c", &format!("umask 0; exec '{program}' \"$@\""), "sh"])
            .args([arguments, &FAST[..], &["--html", "page.html", "--junit", "run.xml"]].concat())
            .current_dir(desk.path())
            .env_clear()
            .env("HOME", desk.path())
            .output();
        Printed::from(ran.expect("a shell is there")).expect_code(0);
    }
    let mut found = Vec::new();
    modes(&desk.path().join(".xdeploy"), &mut found);
    modes(&desk.path().join("kept/here"), &mut found);
    assert!(found.len() > 12, "{found:?}");
    for (path, mode) in found {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", path.display());
    }
    for report in ["page.html", "run.xml"] {
        let found = fs::metadata(desk.path().join(report)).expect("it was written");
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{report}");
    }
}

#[test]
fn every_state_folder_stays_out_of_version_control_however_it_came_to_be() {
    let ignored = |desk: &Desk, path: &str| {
        fs::read_to_string(desk.path().join(path).join(".gitignore")).unwrap_or_default() == "*\n"
    };
    let desk = Desk::with_examples();
    fast(&desk, &["plan", DEV]).expect_code(0);
    assert!(ignored(&desk, ".xdeploy"), "after a plan alone");
    fs::create_dir(desk.path().join("mine")).expect("the desk takes folders");
    fast(&desk, &["apply", DEV, "--state-dir", "mine"]).expect_code(0);
    assert!(ignored(&desk, "mine"), "a folder that was there");
    fast(&desk, &["apply", DEV, "--state-dir", "."]).expect_code(0);
    assert!(!ignored(&desk, "."), "other things stand there");
    for folder in ["runs", "locks", "templates"] {
        assert!(ignored(&desk, folder), "{folder}");
    }
}

#[test]
fn a_template_that_was_cut_or_changed_is_never_gone_back_to() {
    let desk = Desk::empty();
    desk.write("one.yaml", format!("{ONE}stacks: {{ app: {{ template: app.yaml }} }}\n"));
    let two = "Resources: { Topic: { Type: AWS::SNS::Topic }, Role: { Type: AWS::SQS::Queue } }";
    let old = format!("{two}\nOutputs: {{ Version: {{ Value: one }} }}\n");
    let apply = |template: &str| {
        desk.write("app.yaml", template);
        fast(&desk, &["apply", "one.yaml", "--output", "json"]).expect_code(0);
    };
    apply(&old);
    apply(&old.replace("one }", "two }"));
    let runs = desk.run(&["runs", "--output", "json"]).expect_code(0).json();
    let run = runs["runs"][0]["run"].as_str().expect("an id").to_owned();
    let templates = desk.path().join(".xdeploy/templates");
    let is_old = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text == old);
    let mut kept = fs::read_dir(&templates).expect("it stands").flatten().map(|e| e.path());
    let file = kept.find(is_old).expect("the template of before is kept");
    let cut = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    fs::write(&file, cut).expect("it can be cut");
    let refused = fast(&desk, &["rollback", &run, "--output", "json"]).expect_code(2);
    let name = file.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    assert!(refused.stderr.contains(name), "{}", refused.stderr);
    assert!(refused.stderr.contains("nothing was touched"), "{}", refused.stderr);
    fs::write(&file, &old).expect("it can be brought back");
    let back = fast(&desk, &["rollback", &run, "--output", "json"]);
    assert_eq!(back.outcomes(), ["dev/app rolled-back"]);
}
