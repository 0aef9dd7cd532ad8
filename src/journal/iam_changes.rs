//! Where runs changed IAM a short time ago.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::time::Duration;

use jiff::Timestamp;

use super::folder::{RunFolder, journal_name};
use super::line::JournalLine;
use crate::clock::Clock;
use crate::event::{EventKind, InstanceEnd, Outcome, StackAction};
use crate::file::How;
use crate::name::{AccountId, InstanceId};

/// What tells of a change: only these lines are read whole.
const TELLING: [&str; 3] = ["run-started", "action-started", "instance-finished"];

/// The last change of IAM by each stack instance that may have made one, and its account.
type Changes = BTreeMap<InstanceId, (AccountId, Timestamp)>;

/// Returns the accounts in which runs of a folder made or changed stacks with roles, users or
/// policies since a moment, each with the last time; what was deleted again does not count.
///
/// `within` is how long ago by `clock` a change may be. Runs in the sandbox count for the sandbox alone, and none else
/// does there. Journals that cannot be read are passed over.
pub fn recent_iam_changes(
    folder: &RunFolder,
    is_sandbox: bool,
    (clock, within): (Clock, Duration),
) -> BTreeMap<AccountId, Timestamp> {
    let since = clock.now().checked_sub(within).unwrap_or(Timestamp::MIN);
    let mut changes = Changes::new();
    // The oldest first, so that what became of a stack instance last is what counts.
    for run in folder.runs().unwrap_or_default().iter().rev() {
        let journal = folder.opened().and_then(|runs| runs.open(journal_name(run), How::Read));
        if let Ok(journal) = journal
            // The machine's time, by which files are written, tells nothing of a time ahead of it.
            && (clock.is_ahead() || was_written_since(&journal, since))
        {
            // One that is cut off in the middle has told as much as it did.
            let _ = read(journal, (is_sandbox, since), &mut changes);
        }
    }
    let mut latest = BTreeMap::new();
    for (account, at) in changes.into_values() {
        let known = latest.entry(account).or_insert(at);
        *known = at.max(*known);
    }
    latest
}

fn was_written_since(journal: &File, since: Timestamp) -> bool {
    let written = journal.metadata().and_then(|file| file.modified());
    written.is_ok_and(|at| Timestamp::try_from(at).is_ok_and(|at| at >= since))
}

fn read(
    journal: File,
    (is_sandbox, since): (bool, Timestamp),
    changes: &mut Changes,
) -> io::Result<()> {
    let mut lines = BufReader::new(journal);
    let mut accounts: BTreeMap<InstanceId, AccountId> = BTreeMap::new();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let event = if is_telling(&line) { JournalLine::read(&line) } else { JournalLine::Unknown };
        line.clear();
        let JournalLine::Event(event) = event else { continue };
        let (instance, changed) = match event.kind {
            EventKind::RunStarted { run_request, .. }
                if run_request.as_ref().is_some_and(|asked| asked.sandbox) != is_sandbox =>
            {
                return Ok(());
            }
            EventKind::RunStarted { instances, .. } => {
                let changing = instances.into_iter().filter(|announced| announced.changes_iam);
                accounts.extend(changing.map(|announced| (announced.id, announced.account_id)));
                continue;
            }
            EventKind::ActionStarted { instance, action, .. } => (
                instance,
                matches!(action, StackAction::Create | StackAction::Update).then_some(event.at),
            ),
            EventKind::InstanceFinished { end } if end.preview.is_some() => continue,
            EventKind::InstanceFinished { end: InstanceEnd { instance, outcome, .. } } => {
                match outcome {
                    Outcome::Created | Outcome::Updated => (instance, Some(event.at)),
                    Outcome::Deleted => {
                        changes.remove(&instance);
                        continue;
                    }
                    Outcome::Unchanged
                    | Outcome::Failed
                    | Outcome::Skipped
                    | Outcome::RolledBack => continue,
                }
            }
            _ => continue,
        };
        if let (Some(account), Some(at)) =
            (accounts.get(&instance), changed.filter(|at| *at >= since))
        {
            changes.insert(instance, (account.clone(), at));
        }
    }
    Ok(())
}

fn is_telling(line: &[u8]) -> bool {
    super::list::head(line).is_some_and(|(_, kind)| TELLING.contains(&kind))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const ACCOUNT: &str = "100000000001";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn instance(stack: &str) -> String {
        format!(r#""environment":"prod","account":"dev","region":"eu-central-1","stack":"{stack}""#)
    }

    fn start(iam: bool) -> String {
        let instance = instance("role");
        format!(
            r#"{{"sequence":1,"at":"2026-11-23T15:56:00Z","type":"run-started","schema":1,"run":"20261123-155602-k3f9","operation":"apply","environments":["prod"],"instances":[{{{instance},"account_id":"{ACCOUNT}","stack_name":"role","resources":1,"changes_iam":{iam}}}]}}"#
        )
    }

    fn end(at: &str, outcome: &str) -> String {
        let instance = instance("role");
        format!(
            r#"{{"sequence":2,"at":"{at}","type":"instance-finished","instance":{{{instance}}},"outcome":"{outcome}"}}"#
        )
    }

    /// Returns what journals with these lines, the oldest first, tell of since a moment.
    fn changes(journals: &[&[String]], since: &str) -> BTreeMap<AccountId, Timestamp> {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        for (number, lines) in journals.iter().enumerate() {
            let file = folder.path().join(format!("2026112{number}-155602-k3f9.jsonl"));
            fs::write(file, lines.join("\n")).expect("the folder takes files");
        }
        recent_iam_changes(&folder, false, (Clock::starting_at(at(since)), Duration::ZERO))
    }

    #[test]
    fn a_stack_with_iam_that_was_just_made_is_a_change_in_its_account() {
        let made = end("2026-11-23T15:57:02Z", "created");
        let expected = [(ACCOUNT.parse().expect("an id"), at("2026-11-23T15:57:02Z"))].into();
        let since = "2026-11-23T15:57:00Z";
        assert_eq!(changes(&[&[start(true), made.clone()]], since), expected);
        assert!(changes(&[&[start(false), made.clone()]], since).is_empty());
        assert!(changes(&[&[start(true), made]], "2026-11-23T15:58:00Z").is_empty());
    }

    #[test]
    fn a_journal_that_was_written_last_before_the_moment_is_not_read_unless_the_time_is_ahead() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let path = folder.path().join("20261120-155602-k3f9.jsonl");
        let text = |at: Timestamp| {
            let made = end(&at.to_string(), "created");
            [start(true), made].join("\n")
        };
        let found = |clock: Clock, at: Timestamp| {
            fs::write(&path, text(at)).expect("the folder takes files");
            let journal = File::options().write(true).open(&path).expect("it is there");
            let hour_ago = Clock::System.now() - jiff::SignedDuration::from_hours(1);
            let hour_ago = hour_ago.try_into().expect("a system time");
            journal.set_modified(hour_ago).expect("its owner may");
            recent_iam_changes(&folder, false, (clock, Duration::from_secs(60))).len()
        };
        let now = Clock::System.now();
        assert_eq!(found(Clock::System, now), 0, "nothing of it can be that new");
        let ahead = now + jiff::SignedDuration::from_hours(5);
        assert_eq!(found(Clock::starting_at(ahead), ahead), 1);
    }

    #[test]
    fn a_rehearsal_in_the_sandbox_changes_nothing_elsewhere() {
        let rehearsed = start(true).replace(
            r#""environments""#,
            r#""asked":{"folder":"/","files":[],"sandbox":true,"plan":"0","owner":{"process":1,"host":"h"}},"environments""#,
        );
        let made = [rehearsed, end("2026-11-23T15:57:02Z", "created")];
        assert!(changes(&[&made], "2026-11-23T15:57:00Z").is_empty());
    }

    #[test]
    fn a_stack_that_would_only_be_made_is_none() {
        let foreseen = end("2026-11-23T15:57:02Z", "created")
            .replace(r#""outcome""#, r#""preview":{"changes":[]},"outcome""#);
        let since = "2026-11-23T15:57:00Z";
        assert!(changes(&[&[start(true), foreseen]], since).is_empty());
    }

    #[test]
    fn a_stack_that_was_deleted_again_is_none() {
        let made = [start(true), end("2026-11-23T15:57:02Z", "created")];
        let gone = [start(true), end("2026-11-23T15:57:40Z", "deleted")];
        let since = "2026-11-23T15:57:00Z";
        assert!(changes(&[&made, &gone], since).is_empty());
        assert_eq!(changes(&[&gone, &made], since).len(), 1);
    }

    #[test]
    fn a_run_that_was_killed_tells_what_it_began() {
        let instance = instance("role");
        let began = format!(
            r#"{{"sequence":2,"at":"2026-11-23T15:57:02Z","type":"action-started","instance":{{{instance}}},"action":"create"}}"#
        );
        assert_eq!(changes(&[&[start(true), began]], "2026-11-23T15:57:00Z").len(), 1);
    }

    #[test]
    fn damage_is_passed_over_and_a_missing_folder_tells_nothing() {
        let made = [start(true), "\0".to_owned(), end("2026-11-23T15:57:02Z", "updated")];
        assert_eq!(changes(&[&["{".to_owned()], &made], "2026-11-23T15:57:00Z").len(), 1);
        let nowhere = RunFolder::of(Path::new("/nowhere"));
        let ever = (Clock::System, Duration::MAX);
        assert!(recent_iam_changes(&nowhere, false, ever).is_empty());
    }
}
