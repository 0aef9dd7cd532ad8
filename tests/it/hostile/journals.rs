//! Journals that no run would leave, told and resumed by the real binary: an answer or a clear
//! refusal, never a bug, in little memory.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use super::mutated::Mutator;
use super::words;
use crate::support::binary::{Desk, Printed};
use crate::support::kept::journals;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

/// A folder with one run that was kept, and what its journal held.
struct Kept {
    desk: Desk,
    journal: PathBuf,
    whole: String,
}

impl Kept {
    fn new() -> Self {
        let desk = Desk::with_examples();
        let apply = ["apply", "environments/dev.yaml", "--yes", "--progress", "none"];
        desk.run(&[&apply[..], &FAST].concat()).expect_code(0);
        let journal = journals(&desk, ".xdeploy").remove(0);
        let whole = fs::read_to_string(&journal).expect("UTF-8");
        Self { desk, journal, whole }
    }

    /// Replaces the journal.
    fn with(&self, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(&self.journal, bytes).expect("the folder takes files");
        self
    }

    /// Returns the first lines of the journal.
    fn lines(&self, count: usize) -> String {
        self.whole.split_inclusive('\n').take(count).collect()
    }

    fn runs(&self) -> Printed {
        self.desk.run(&["runs"])
    }

    fn report(&self) -> Printed {
        self.desk.run(&["report"])
    }

    fn resume(&self) -> Printed {
        self.desk.run(&[&["resume"], &FAST[..]].concat())
    }

    /// Runs a command under a limit of the shell, without the right to read and write everything
    /// that an administrator has.
    fn limited(&self, limit: &str, arguments: &[&str]) -> Printed {
        let limited = format!("{limit} exec \"$@\"");
        let binary = self.desk.command(arguments);
        let rights = "--bounding-set=-dac_override,-dac_read_search";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &limited, "sh"]);
        if fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
        {
            command.args(["setpriv", rights]);
        }
        command.arg(binary.get_program()).args(arguments).current_dir(self.desk.path());
        Printed::from(command.output().expect("a shell is there"))
    }
}

#[test]
fn a_journal_that_tells_of_nothing_is_named_and_hides_no_other() {
    let kept = Kept::new();
    for (bytes, listed, said) in [
        (&b""[..], "not-begun", "is empty: the run ended before anything of it was written"),
        (&kept.whole.as_bytes()[..300], "unreadable", "is not the journal of a run"),
        (b"\0\xff\xfe", "unreadable", "is not the journal of a run"),
        (&[b'x'; 1_000_000], "unreadable", "is not the journal of a run"),
    ] {
        kept.with(bytes);
        let runs = kept.runs().expect_code(0);
        assert!(runs.stdout.contains(listed), "{runs:?}");
        for told in [kept.report().expect_code(2), kept.resume().expect_code(2)] {
            assert!(told.stderr.contains(said) && told.stderr.contains("help: "), "{told:?}");
        }
    }
}

#[test]
fn what_a_newer_xdeploy_kept_is_told_as_far_as_it_is_known_and_not_resumed() {
    let kept = Kept::new();
    let newer = r#"{"sequence":6,"at":"2026-11-23T15:56:02Z","type":"stack-imported"}"#;
    let schema = kept.lines(5).replace("\"schema\":1", "\"schema\":2");
    for text in [schema, format!("{}{newer}\n", kept.lines(5))] {
        kept.with(&text);
        assert!(kept.report().expect_code(0).stderr.contains("newer xdeploy"));
        let refused = kept.resume().expect_code(2);
        assert!(refused.stderr.contains("tells of what only a newer xdeploy knows"), "{refused:?}");
        let rollback = [&["rollback", "latest", "--yes"], &FAST[..]].concat();
        assert_eq!(kept.desk.run(&rollback).expect_code(2).stderr, refused.stderr);
        assert_eq!(fs::read_to_string(&kept.journal).expect("UTF-8"), text, "nothing was added");
    }
}

#[test]
fn a_run_with_damaged_lines_is_resumed_and_the_first_are_named() {
    let kept = Kept::new();
    kept.with(kept.lines(2) + &"damage\n".repeat(9) + "{\"sequence\":3,\"at");
    for told in [kept.report().expect_code(0), kept.resume().expect_code(0)] {
        assert!(told.stderr.contains(":7: damaged; the rest was read"), "{told:?}");
        assert!(!told.stderr.contains(":8: damaged"), "{told:?}");
        assert!(told.stderr.contains(": 4 more lines damaged"), "{told:?}");
    }
    assert!(kept.resume().expect_code(0).stderr.contains("leaves nothing to resume"));
}

#[test]
fn a_journal_that_may_not_be_read_or_written_is_named() {
    let kept = Kept::new();
    kept.with(kept.lines(5));
    let allow = |mode| {
        let permissions = Permissions::from_mode(mode);
        fs::set_permissions(&kept.journal, permissions).expect("it is ours");
    };
    let run = |arguments: &[&str]| kept.limited("", arguments);
    let resume = [&["resume"], &FAST[..]].concat();
    allow(0o000);
    assert!(run(&["runs"]).expect_code(0).stdout.contains("unreadable"));
    for told in [run(&["report"]).expect_code(2), run(&resume).expect_code(2)] {
        assert!(told.stderr.contains("cannot be read: Permission denied"), "{told:?}");
    }
    allow(0o400);
    assert!(run(&["runs"]).expect_code(0).stdout.contains("unfinished"));
    run(&["report"]).expect_code(0);
    let refused = run(&resume).expect_code(2);
    assert!(refused.stderr.contains("cannot be written: Permission denied"), "{refused:?}");
    assert!(refused.stderr.contains("nothing was touched"), "{refused:?}");
}

#[test]
fn a_journal_of_fifty_megabytes_is_told_and_resumed_in_little_memory() {
    let kept = Kept::new();
    let (start, rest) = (kept.lines(2), &kept.whole[kept.lines(2).len()..]);
    let (rest, _) = rest.trim_end().rsplit_once('\n').expect("it has an end");
    kept.with(start + &format!("{rest}\n").repeat(50_000_000 / rest.len()));
    // The program alone takes 10 MB of its own, and the threads' stacks.
    let limit = "ulimit -d 49152;";
    assert!(kept.limited(limit, &["runs"]).expect_code(0).stdout.contains("unfinished"));
    kept.limited(limit, &["report"]).expect_code(0);
    kept.limited(limit, &[&["resume"], &FAST[..]].concat()).expect_code(0);
    assert!(kept.runs().expect_code(0).stdout.contains("succeeded"));
}

#[test]
fn no_mutated_journal_ends_the_binary_by_a_bug() {
    let kept = Kept::new();
    let words = words();
    let mut mutator = Mutator::new(3, &words);
    let seeds = [kept.whole.clone().into_bytes(), kept.lines(9).into_bytes()];
    for _ in 0..12 {
        let bytes = mutator.mutate(&seeds);
        kept.with(&bytes);
        for told in [kept.runs(), kept.report(), kept.resume()] {
            let is_answered = told.code <= 5 && !told.stderr.contains("panicked");
            assert!(is_answered, "{told:?}\n{}", bytes.escape_ascii());
        }
    }
}
