//! A list of many journals: how each run began and ended, without reading all it says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::{FolderError, RunFolder, is_running, journal_name};
use super::listed_ends::{ListedEnds, NotBack};
use crate::event::{Operation, Outcome, RunOrigin, RunResult};
use crate::file::How;
use crate::name::{EnvironmentName, RunId};

/// How much of a file is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// A line names its type within this many bytes: before it stand only a number and a time.
const HEAD_BYTES: usize = 128;

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The run's id.
    pub run: RunId,
    /// The journal's file.
    pub path: PathBuf,
    /// How it stands.
    pub standing: RunStatus,
    /// How it began; absent if its first line cannot be read.
    pub beginning: Option<Beginning>,
    /// From its first event to its last.
    pub duration: Duration,
    /// How many stack instances ended how: each counts once, by its last end.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// How many of those that failed were left moving, and were not followed to their end since.
    pub still_moving: usize,
    /// Those that were to go back and did not, each with the reason.
    pub not_back: Vec<NotBack>,
    /// What it waits for, if it has ended before a wave that is to be approved: `waits for approval before wave 2 …`.
    pub waits: Option<String>,
}

/// How a listed run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// It was killed, or could not write its journal to the end.
    Unfinished,
    /// It ended before anything of it was written.
    NotBegun,
    /// Its journal cannot be read, or was written by a version to come.
    Unreadable,
    /// The run came to its end with this result.
    #[serde(untagged)]
    Finished(RunResult),
}

impl RunStatus {
    /// Returns the word that JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Unfinished => "unfinished",
            Self::NotBegun => "not-begun",
            Self::Unreadable => "unreadable",
            Self::Finished(RunResult::Succeeded) => "succeeded",
            Self::Finished(RunResult::Failed) => "failed",
            Self::Finished(RunResult::RolledBack) => "rolled-back",
            Self::Finished(RunResult::Cancelled) => "cancelled",
            Self::Finished(RunResult::Refused) => "refused",
        }
    }
}

/// How a listed run began.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// What it does.
    pub operation: Operation,
    /// The environments it covers, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// When the run began, by this machine's clock.
    pub started: Timestamp,
    /// In how many accounts.
    pub accounts: usize,
    /// How many stack instances it covers.
    pub stack_instances: usize,
    /// Where it is carried out, by whom, and from what.
    pub origin: RunOrigin,
}

/// Returns the newest `most` runs of a folder, newest first, and how many more there are.
///
/// # Errors
/// If the folder cannot be read; a missing one holds no runs.
pub fn list(folder: &RunFolder, most: usize) -> Result<(Vec<Listed>, usize), FolderError> {
    let mut runs = folder.runs()?;
    let more = runs.len().saturating_sub(most);
    runs.truncate(most);
    Ok((runs.into_iter().map(|run| list_run(folder, run)).collect(), more))
}

/// Returns a run as a list shows it; one that cannot be read says so.
pub fn list_run(folder: &RunFolder, run: RunId) -> Listed {
    let path = folder.journal(&run);
    let unreadable = Listed {
        run,
        path,
        standing: RunStatus::Unreadable,
        beginning: None,
        duration: Duration::ZERO,
        outcomes: BTreeMap::new(),
        still_moving: 0,
        not_back: Vec::new(),
        waits: None,
    };
    read_ends(folder, &unreadable).unwrap_or(unreadable)
}

/// The first line of a journal, as far as a list shows it.
#[derive(Deserialize)]
struct FirstLine {
    at: Timestamp,
    operation: Operation,
    environments: Vec<EnvironmentName>,
    instances: Vec<AnnouncedAccount>,
    #[serde(default)]
    asked: Option<AskedOrigin>,
}

/// What the first line tells of where a run is carried out.
#[derive(Deserialize)]
struct AskedOrigin {
    #[serde(default)]
    sandbox: bool,
    #[serde(default)]
    origin: RunOrigin,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct AnnouncedAccount {
    environment: EnvironmentName,
    account: String,
}

/// Reads how a run began, and of the rest only the lines that tell how something ended.
fn read_ends(folder: &RunFolder, run: &Listed) -> io::Result<Listed> {
    let file = folder.opened()?.open(journal_name(&run.run), How::Read)?;
    let is_running = is_running(&run.path, &file);
    let mut lines = BufReader::with_capacity(CHUNK_BYTES, file);
    let mut line = Vec::new();
    if lines.read_until(b'\n', &mut line)? == 0 {
        let standing = if is_running { RunStatus::Running } else { RunStatus::NotBegun };
        return Ok(Listed { standing, ..run.clone() });
    }
    let first: FirstLine = serde_json::from_slice(&line)?;
    let (mut last_at, mut ends) = (first.at, ListedEnds::default());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let Some((at, kind)) = head(&line) else { continue };
        last_at = at.parse().unwrap_or(last_at);
        ends.on(kind, &line);
    }
    let standing = match ends.result {
        Some(result) => RunStatus::Finished(result),
        None if is_running => RunStatus::Running,
        None => RunStatus::Unfinished,
    };
    let duration = last_at.duration_since(first.at).try_into().unwrap_or(Duration::ZERO);
    let beginning = Some(first.beginning());
    let (outcomes, still_moving) = (ends.outcomes(), ends.still_moving());
    let is_refused = standing == RunStatus::Finished(RunResult::Refused);
    let waits = ends.refusal.take().filter(|_| is_refused && ends.is_at_gate);
    let not_back = ends.not_back();
    let told = Listed { standing, beginning, duration, outcomes, still_moving, ..run.clone() };
    Ok(Listed { not_back, waits, ..told })
}

impl FirstLine {
    fn beginning(self) -> Beginning {
        let stack_instances = self.instances.len();
        let origin = self.asked.map(|AskedOrigin { sandbox, origin }| {
            // Journals of before tell only whether it was the sandbox.
            RunOrigin { sandbox: sandbox || origin.sandbox, ..origin }
        });
        let accounts: BTreeSet<AnnouncedAccount> = self.instances.into_iter().collect();
        Beginning {
            operation: self.operation,
            environments: self.environments,
            started: self.at,
            accounts: accounts.len(),
            stack_instances,
            origin: origin.unwrap_or_default(),
        }
    }
}

/// Returns when the event of a line happened and its type, as they stand at the line's start.
pub(super) fn head(line: &[u8]) -> Option<(&str, &str)> {
    let head = &line[..line.len().min(HEAD_BYTES)];
    // A character that the cut broke stands after what is looked for.
    let head = head.utf8_chunks().next()?.valid();
    let (_, at) = head.split_once("\"at\":\"")?;
    let (at, rest) = at.split_once('"')?;
    let (_, kind) = rest.split_once("\"type\":\"")?;
    Some((at, kind.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::fs::File;

    use super::*;

    const START: &str = concat!(
        r#"{"sequence":1,"at":"2026-11-23T15:56:02Z","type":"run-started","schema":1,"#,
        r#""run":"20261123-155602-k3f9","operation":"apply","environments":["prod","stage"],"#,
        r#""instances":[{"environment":"prod","account":"dev"},{"environment":"prod","account":"dev"},"#,
        r#"{"environment":"stage","account":"dev"}]}"#,
    );
    const CREATED: &str = r#"{"sequence":2,"at":"2026-11-23T15:57:02.5Z","type":"instance-finished","instance":{"environment":"prod","account":"dev","region":"eu-central-1","stack":"a"},"outcome":"created"}"#;
    const END: &str =
        r#"{"sequence":3,"at":"2026-11-23T15:58:02Z","type":"run-finished","result":"failed"}"#;

    /// Lists a folder with journals of these texts; the first text is of the newest run.
    fn listed(texts: &[&str], most: usize) -> (Vec<Listed>, usize) {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        for (number, text) in texts.iter().enumerate() {
            let name = format!("2026112{}-155602-k3f9.jsonl", 9 - number);
            fs::write(folder.path().join(name), text).expect("the folder takes files");
        }
        list(&folder, most).expect("it can be listed")
    }

    #[test]
    fn a_run_is_listed_with_how_it_began_and_ended() {
        let (runs, more) = listed(&[&format!("{START}\n{CREATED}\n{END}\n")], 9);
        let [run] = &runs[..] else { panic!("{runs:?}") };
        assert_eq!((run.run.as_str(), more), ("20261129-155602-k3f9", 0));
        assert_eq!(run.standing, RunStatus::Finished(RunResult::Failed));
        assert_eq!(run.duration, Duration::from_secs(120));
        assert_eq!(run.outcomes, [(Outcome::Created, 1)].into());
        let beginning = run.beginning.as_ref().expect("its first line can be read");
        assert_eq!((beginning.accounts, beginning.stack_instances), (2, 3));
        assert_eq!(beginning.environments.len(), 2);
    }

    #[test]
    fn an_unfinished_run_lasted_until_its_last_event() {
        let (runs, _) = listed(&[&format!("{START}\n{CREATED}\n{}", &END[..20])], 9);
        assert_eq!(runs[0].standing, RunStatus::Unfinished);
        assert_eq!(runs[0].duration, Duration::from_millis(60_500));
    }

    /// A line of a type, with more fields.
    fn line(kind: &str, fields: &str) -> String {
        format!(r#"{{"sequence":9,"at":"2026-11-23T15:59:00Z","type":"{kind}",{fields}}}"#)
    }

    #[test]
    fn a_stack_instance_counts_once_by_its_last_end() {
        let of = |stack: &str| {
            format!(
                r#"{{"environment":"prod","account":"dev","region":"eu-central-1","stack":"{stack}"}}"#
            )
        };
        let ended = |stack: &str, rest: &str| {
            line("instance-finished", &format!(r#""instance":{},"outcome":{rest}"#, of(stack)))
        };
        let left = r#""failed","failure":{"kind":"still-moving","message":"left"}"#;
        let first = [
            START.to_owned(),
            ended("a", "\"created\""),
            ended("b", left),
            line("run-finished", "\"result\":\"cancelled\""),
        ];
        let resumed = [
            line("run-resumed", &format!("\"reopened\":[{}]", of("b"))),
            ended("b", "\"created\""),
        ];
        let end = [line("run-finished", "\"result\":\"succeeded\"")];
        let back = [
            line("run-resumed", "\"goes_back\":true"),
            line("rollback-started", &format!("\"instances\":[{},{}]", of("a"), of("b"))),
            ended("b", "\"rolled-back\""),
            ended("a", "\"rolled-back\""),
            line("run-finished", "\"result\":\"rolled-back\""),
        ];
        let told = |parts: &[&[String]]| {
            let (mut runs, _) = listed(&[&parts.concat().join("\n")], 9);
            let Listed { standing, outcomes, still_moving, .. } = runs.remove(0);
            (standing, outcomes.into_iter().collect::<Vec<_>>(), still_moving)
        };
        let finished = RunStatus::Finished;
        let (created, failed) = (Outcome::Created, Outcome::Failed);
        let cancelled = (finished(RunResult::Cancelled), vec![(created, 1), (failed, 1)], 1);
        assert_eq!(told(&[&first]), cancelled);
        let goes_on = (RunStatus::Unfinished, vec![(created, 2)], 0);
        assert_eq!(told(&[&first, &resumed]), goes_on, "the end of before is no more");
        let done = (finished(RunResult::Succeeded), vec![(created, 2)], 0);
        assert_eq!(told(&[&first, &resumed, &end]), done);
        let all_back = (finished(RunResult::RolledBack), vec![(Outcome::RolledBack, 2)], 0);
        assert_eq!(told(&[&first, &resumed, &end, &back]), all_back);
    }

    #[test]
    fn a_run_that_holds_its_lock_goes_on() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let path = folder.path().join("20261123-155602-k3f9.jsonl");
        fs::write(&path, START).expect("the folder takes files");
        let writer = File::open(&path).expect("it can be opened");
        writer.lock().expect("it can be locked");
        let standing = || list(&folder, 9).expect("it can be listed").0[0].standing;
        assert_eq!(standing(), RunStatus::Running);
        drop(writer);
        assert_eq!(standing(), RunStatus::Unfinished);
    }

    #[test]
    fn a_damaged_journal_does_not_hide_the_others() {
        let newer = START.replace("apply", "migrate");
        let (runs, _) = listed(&["", "\0\u{fffd}", &newer, START], 9);
        let standings: Vec<_> = runs.iter().map(|run| run.standing).collect();
        let unreadable = RunStatus::Unreadable;
        assert_eq!(standings, [RunStatus::NotBegun, unreadable, unreadable, RunStatus::Unfinished]);
    }

    #[test]
    fn no_more_than_asked_for_are_read() {
        let (runs, more) = listed(&[START, START, START], 2);
        assert_eq!((runs.len(), more), (2, 1));
        assert_eq!(runs[0].run.as_str(), "20261129-155602-k3f9");
    }
}
