//! Secrets planted wherever they can be given, and looked for in all that is shown and kept.

mod house;
mod planted;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use house::House;
use planted::{ID, MARKS, handed_out};

const FILE: &str = "planted.yaml";

/// Returns every file below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn no_secret_is_shown_or_kept_by_any_command() {
    let mut house = House::new();
    for words in [
        &["validate", FILE][..],
        &["graph", FILE],
        &["graph", FILE, "--output", "dot"],
        &["graph", FILE, "--output", "mermaid"],
        &["apply", FILE, "--yes", "--progress", "json", "--log", "log.txt", "-vvv"],
        &["apply", FILE, "--yes", "--progress", "plain", "-v", "--output", "json"],
        &["status", FILE, "-vv"],
        &["status", FILE, "--output", "json"],
        &["outputs", FILE],
        &["outputs", FILE, "--output", "json"],
        &["outputs", FILE, "--output", "yaml"],
        &["outputs", FILE, "--output", "env"],
        &["doctor", FILE, "-vv"],
        &["doctor", FILE, "--output", "json"],
        &["exec", FILE, "-vv", "--", "true"],
        &["exec", FILE, "--output", "json", "--", "true"],
    ] {
        house.run(0, words);
    }
    house.template(2, "FailOn: [update]");
    house.run(0, &["plan", FILE, "-vvv", "--progress", "json", "--output", "json"]);
    house.run(0, &["plan", FILE, "-vv"]);
    let files = ["--html", "failed.html", "--junit", "failed.xml", "--log", "log.txt", "-vv"];
    house.run(1, &[&["apply", FILE, "--yes", "--progress", "json"][..], &files].concat());
    assert!(!house.seen.holding("the password **** is too weak").is_empty());
    let back = ["--on-failure", "rollback-run", "--output", "json", "-vv"];
    house.run(1, &[&["apply", FILE, "--yes"][..], &back].concat());
    let files = ["--html", "told.html", "--junit", "told.xml"];
    house.run(0, &[&["report"][..], &files].concat());
    house.run(0, &["report", "--output", "json"]);
    house.run(0, &["runs"]);

    house.template(3, "Seconds: 0");
    house.run(0, &["apply", FILE, "--yes"]);
    let changed = house.last_run();
    house.run(0, &["rollback", &changed, "--yes", "-vv", "--output", "json"]);
    house.run(0, &["destroy", FILE, "--yes", "-vv", "--progress", "json"]);
    house.leave_unfinished(&["apply", FILE, "--yes", "--progress", "json"], "\"action-started\"");
    house.run(0, &["resume", "-vv", "--progress", "json", "--log", "log.txt"]);

    for name in ["log.txt", "failed.html", "failed.xml", "told.html", "told.xml"] {
        let text = fs::read_to_string(house.path(name)).expect("it was written");
        house.seen.add(name, text);
    }
    let state = house.path(".xdeploy");
    house.seen.add_folder(&state);
    house.seen.assert_without(MARKS);
    let handed_out = handed_out(&house.way);
    assert!(handed_out.len() > 10, "two secrets for each role that was assumed");
    house.seen.assert_without(handed_out.iter().map(String::as_str));
    // What tells git to leave the folder alone holds nothing of a run.
    for file in files_below(&state).into_iter().filter(|file| !file.ends_with(".gitignore")) {
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner only", file.display());
    }
}

#[test]
fn no_secret_is_part_of_what_is_wrong_with_a_file() {
    let mut house = House::new();
    house.rule("AllowedPattern: '[a-z]+'");
    house.run(2, &["validate", FILE, "-vv"]);
    house.rule("AllowedValues: [one, two]");
    house.run(2, &["apply", FILE, "--yes", "-vv", "--log", "log.txt"]);
    house.rule("MaxLength: 3");
    house.run(2, &["plan", FILE]);
    assert_eq!(house.seen.holding("of `Env` must").len(), 3);
    house.seen.assert_without(MARKS);
}

#[test]
fn no_secret_is_part_of_why_an_account_is_not_entered() {
    let mut house = House::new();
    house.external_id = "plantId6b0+wrong".to_owned();
    let files = ["--html", "run.html", "--junit", "run.xml", "--log", "log.txt"];
    house.run(3, &[&["apply", FILE, "--yes", "-vv"][..], &files].concat());
    house.run(0, &["report", "--output", "json"]);
    for name in ["log.txt", "run.html", "run.xml"] {
        let text = fs::read_to_string(house.path(name)).expect("it was written");
        house.seen.add(name, text);
    }
    let state = house.path(".xdeploy");
    house.seen.add_folder(&state);
    house.seen.assert_without(MARKS);
}

#[test]
fn a_profile_holds_the_external_id_and_no_other_secret() {
    let mut house = House::new();
    house.run(0, &["profiles", FILE, "-vv"]);
    assert_eq!(house.seen.holding(ID), ["`profiles planted.yaml -vv` stdout"]);
    house.seen.assert_without(MARKS.into_iter().filter(|mark| !ID.starts_with(mark)));
}

#[test]
fn credentials_that_are_handed_out_stand_in_the_result_and_nowhere_else() {
    for format in ["json", "env", "credential-process"] {
        let mut house = House::new();
        house.run(0, &["assume", FILE, "dev", "--format", format, "-vvv", "--log", "log.txt"]);
        let log = fs::read_to_string(house.path("log.txt")).expect("it was written");
        house.seen.add("log.txt", log);
        house.seen.assert_without(MARKS);
        let result =
            format!("`assume planted.yaml dev --format {format} -vvv --log log.txt` stdout");
        let handed_out = handed_out(&house.way);
        assert_eq!(handed_out.len(), 2, "a key and a token");
        for secret in &handed_out {
            assert_eq!(house.seen.holding(secret), [result.as_str()]);
        }
    }
}
