//! No test waits for ever: whoever takes longer than any may is named, with what it waited for.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long one set-up of a test may live; the longest takes a minute, four beside busy neighbours.
const ENDS_WITHIN: Duration = Duration::from_secs(15 * 60);

/// A test is at work on something that this stands in: while it lives, its time is counted.
pub struct Bound(u64);

#[derive(Default)]
struct Works {
    last: u64,
    open: BTreeMap<u64, (String, Instant)>,
}

static WORKS: OnceLock<Mutex<Works>> = OnceLock::new();

/// Returns all that tests are at work on, and sees to it that somebody watches.
fn works() -> std::sync::MutexGuard<'static, Works> {
    let works = WORKS.get_or_init(|| {
        std::thread::spawn(watch);
        Mutex::default()
    });
    works.lock().expect("nobody panics while it is locked")
}

impl Bound {
    /// Begins to count the time of the test that runs on this thread.
    pub fn begin() -> Self {
        let test = std::thread::current().name().unwrap_or("a thread of a test").to_owned();
        let mut works = works();
        works.last += 1;
        let number = works.last;
        works.open.insert(number, (test, Instant::now()));
        Self(number)
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        works().open.remove(&self.0);
    }
}

/// Ends all tests once one has taken too long: a test that waits cannot be stopped by itself.
fn watch() {
    loop {
        std::thread::sleep(Duration::from_secs(5));
        let late = overdue(&works().open, Instant::now());
        if late.is_empty() {
            continue;
        }
        let children = children().join("\n  ");
        let minutes = ENDS_WITHIN.as_secs() / 60;
        // Not by `eprintln!`, which a test's own thread would keep for its report.
        let said = format!(
            "no test may take longer than {minutes} minutes, these do:\n  {}\nprocesses they may wait for:\n  {children}\n",
            late.join("\n  ")
        );
        let _ = std::io::stderr().write_all(said.as_bytes());
        std::process::exit(101);
    }
}

/// Returns the tests that have taken longer than any may.
fn overdue(open: &BTreeMap<u64, (String, Instant)>, now: Instant) -> Vec<String> {
    let late = open.values().filter(|(_, began)| now.duration_since(*began) > ENDS_WITHIN);
    late.map(|(test, _)| test.clone()).collect()
}

/// Returns the command lines of the processes that these tests started, where the system tells.
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let listed = std::process::Command::new("ps").args(["-A", "-o", "ppid=,pid=,args="]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let listed = listed.unwrap_or_default();
    let lines = listed.lines().filter_map(|line| line.trim().split_once(' '));
    lines.filter(|(parent, _)| *parent == own).map(|(_, child)| child.trim().to_owned()).collect()
}

#[test]
fn a_test_that_takes_longer_than_any_may_is_named() {
    let began = Instant::now();
    let open =
        BTreeMap::from([(1, ("a".to_owned(), began)), (2, ("b".to_owned(), began + ENDS_WITHIN))]);
    assert!(overdue(&open, began + ENDS_WITHIN).is_empty());
    assert_eq!(overdue(&open, began + ENDS_WITHIN + Duration::from_secs(1)), ["a"]);
}

#[test]
fn what_a_test_has_ended_is_not_counted() {
    let bound = Bound::begin();
    assert!(works().open.contains_key(&bound.0));
    let number = bound.0;
    drop(bound);
    assert!(!works().open.contains_key(&number));
}
