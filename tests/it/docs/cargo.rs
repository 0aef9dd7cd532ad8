//! What the pages ask of cargo, without cargo: the tests, benchmarks and rooms that they name are there.

use std::process::Command;
use std::sync::OnceLock;

use super::pages::root;

/// Ends the test unless what these words ask of cargo is there, such as `test --test it worlds::every`.
#[track_caller]
pub fn is_there(words: &str) {
    let (own, passed) = words.split_once(" -- ").unwrap_or((words, ""));
    let own: Vec<&str> = own.split_whitespace().collect();
    let passed: Vec<&str> = passed.split_whitespace().collect();
    match own[..] {
        ["test"] => {
            let names = passed.iter().filter(|word| !word.starts_with("--"));
            names.for_each(|name| has_test(name));
        }
        ["test", "--test", "it"] | ["test", "--lib"] => {}
        ["test", "--test", "it", name] => has_test(name),
        ["test", "--lib", name] => has_room(name),
        ["bench", "--bench", name] => {
            assert!(root().join("benches").join(name).is_dir(), "`{words}`: no such benchmark");
        }
        _ => panic!("`cargo {words}`: a test must know what to look for"),
    }
}

/// Looks for a test in this binary whose name holds `name`.
#[track_caller]
fn has_test(name: &str) {
    static NAMES: OnceLock<String> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let own = std::env::current_exe().expect("a test is a program");
        let listed = Command::new(own).arg("--list").output().expect("it lists its tests");
        String::from_utf8(listed.stdout).expect("names are UTF-8")
    });
    let is_it = |line: &&str| line.ends_with(": test") && line.contains(name);
    assert!(names.lines().any(|line| is_it(&line)), "no test is called `{name}`");
}

/// Looks for a module of the library, such as `report::fold`.
#[track_caller]
fn has_room(name: &str) {
    let path = root().join("src").join(name.trim_end_matches("::").replace("::", "/"));
    assert!(path.is_dir() || path.with_extension("rs").is_file(), "no module is called `{name}`");
}
