//! What every run promises, whatever happened to it.

use std::collections::{BTreeMap, BTreeSet};

use xdeploy::event::{EventKind, Outcome, RunEvent, RunResult};
use xdeploy::name::InstanceId;
use xdeploy::report::InstanceReport;

use super::case::{Case, Doing, OnFailure, REGIONS};
use super::play::Played;
use super::standing::{Place, Shown};

/// Checks all promises.
pub fn check(played: &Played) {
    check_the_stream(&played.ran.events);
    check_the_order(played);
    check_the_report(played);
    check_the_way_back_is_gone(played);
    assert_eq!(played.elsewhere, [""; 0], "nothing is written into an account that is not proven");
    for report in &played.ran.report.stack_instances {
        check_the_cloud(played, report);
        check_the_operations(played, report);
    }
}

/// Numbers have no gaps; it begins once, and ends at its end or where somebody went on with it.
fn check_the_stream(events: &[RunEvent]) {
    let numbers: Vec<u64> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "no gaps");
    let is_first = |event: &RunEvent| matches!(event.kind, EventKind::RunStarted { .. });
    let is_last = |event: &RunEvent| matches!(event.kind, EventKind::RunFinished { .. });
    let is_resumed = |event: &RunEvent| matches!(event.kind, EventKind::RunResumed { .. });
    assert!(is_first(&events[0]), "it begins with its beginning");
    assert_eq!(events.iter().filter(|event| is_first(event)).count(), 1, "it begins once");
    assert!(events.last().is_some_and(is_last), "it ends with its end");
    for pair in events.windows(2) {
        assert!(!is_last(&pair[0]) || is_resumed(&pair[1]), "nothing follows an end but a resume");
    }
}

/// Nothing starts before its needs, or after a wish to stop; each ends once.
fn check_the_order(played: &Played) {
    let plan = &played.plan;
    let mut earlier: BTreeMap<&InstanceId, Vec<&InstanceId>> = BTreeMap::new();
    for instance in &plan.instances {
        for need in instance.needs.iter().map(|&need| &plan.instances[need].id) {
            // Deleting goes the other way round.
            let (first, then) = match played.case.doing {
                Doing::Apply => (need, &instance.id),
                Doing::Destroy => (&instance.id, need),
            };
            earlier.entry(then).or_default().push(first);
        }
    }
    let mut ended: BTreeMap<&InstanceId, bool> = BTreeMap::new();
    let (mut is_cancelled, mut goes_back) = (false, false);
    for event in &played.ran.events {
        match &event.kind {
            EventKind::InstanceStarted { instance } if !goes_back => {
                assert!(!is_cancelled, "nothing starts after a cancel");
                for first in earlier.get(instance).into_iter().flatten() {
                    assert_eq!(ended.get(first), Some(&true), "{instance} comes after {first}");
                }
            }
            EventKind::InstanceFinished { end } => {
                let before = ended.insert(&end.instance, end.outcome.is_good());
                assert_eq!(before, None, "{} ended twice", end.instance);
            }
            EventKind::CancelRequested { .. } => is_cancelled = true,
            EventKind::RunResumed { reopened, .. } => {
                is_cancelled = false;
                for id in reopened {
                    ended.remove(id);
                }
            }
            EventKind::RollbackStarted { instances } => {
                goes_back = true;
                for id in instances {
                    ended.remove(id);
                }
            }
            _ => {}
        }
    }
    let all: BTreeSet<&InstanceId> = plan.instances.iter().map(|i| &i.id).collect();
    assert_eq!(ended.keys().copied().collect::<BTreeSet<_>>(), all, "every one ends");
}

/// The result says what the outcomes say, and the exit code whether all is as somebody asked for it.
fn check_the_report(played: &Played) {
    let report = &played.ran.report;
    let all_good = report.stack_instances.iter().all(|instance| instance.outcome.is_good());
    assert_eq!(report.result == RunResult::Succeeded, all_good, "{:?}", played.ran.outcomes());
    match report.result {
        RunResult::Succeeded => assert_eq!(report.exit_code(), 0),
        RunResult::RolledBack if report.exit_code() == 0 => {
            check_all_is_back(played);
            check_nothing_is_stuck(played);
        }
        RunResult::RolledBack if played.case.rollout.on_failure == OnFailure::RollbackRun => {
            check_nothing_is_stuck(played);
        }
        _ => assert_ne!(report.exit_code(), 0),
    }
}

/// Where what failed is to bring everything back, nothing that was changed is left, however often the run was stopped
/// and resumed.
fn check_the_way_back_is_gone(played: &Played) {
    let Case { doing, rollout, .. } = &played.case;
    if *doing != Doing::Apply || rollout.on_failure != OnFailure::RollbackRun {
        return;
    }
    let mut failed: BTreeMap<&InstanceId, usize> = BTreeMap::new();
    for event in &played.ran.events {
        match &event.kind {
            EventKind::InstanceFinished { end } if end.outcome == Outcome::Failed => {
                failed.insert(&end.instance, account(&end.instance));
            }
            EventKind::RunResumed { reopened, .. } => {
                failed.retain(|id, _| !reopened.contains(id));
            }
            EventKind::RollbackStarted { .. } => break,
            _ => {}
        }
    }
    let is_over_tolerance = (0..3).any(|wave| {
        let accounts: BTreeSet<&usize> =
            failed.values().filter(|&&account| rollout.waves[account] == wave).collect();
        accounts.len() > rollout.tolerance
    });
    for report in &played.ran.report.stack_instances {
        let is_left = matches!(report.outcome, Outcome::Created | Outcome::Updated);
        assert!(!(is_over_tolerance && is_left), "{report:?} {:?}", played.ran.outcomes());
    }
}

/// Somebody asked for the way back, and nothing that was changed is left.
fn check_all_is_back(played: &Played) {
    let is_asked =
        |event: &RunEvent| matches!(event.kind, EventKind::RunResumed { goes_back: true, .. });
    assert!(played.ran.events.iter().any(is_asked), "{:?}", played.ran.outcomes());
    for report in &played.ran.report.stack_instances {
        let is_left = report.outcome.is_good() && report.outcome != Outcome::Unchanged;
        assert!(!is_left, "{report:?}");
        let is_moving = played
            .after
            .get(&place(report))
            .is_some_and(|stack| stack.status.ends_with("_IN_PROGRESS"));
        assert!(!is_moving, "{report:?}");
    }
}

/// No stack stands that the run left in a rollback which failed.
fn check_nothing_is_stuck(played: &Played) {
    for (place, after) in &played.after {
        let is_stuck = ["UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED"].contains(&&*after.status);
        // What somebody else left failed is not the run's.
        let before = played.before.get(place);
        let was_failed = before.is_some_and(|before| before.status.ends_with("_FAILED"));
        assert!(!is_stuck || was_failed, "{place:?} {before:?} {after:?}");
    }
}

/// The stack stands as the report says.
fn check_the_cloud(played: &Played, report: &InstanceReport) {
    let place = place(report);
    let (before, after) = (played.before.get(&place), played.after.get(&place));
    let is_wanted = is_wanted(played, place);
    let is_as_before = match (before, after) {
        // What somebody left failed went back before it was changed.
        (Some(before), Some(after)) if before.status == "UPDATE_FAILED" => {
            before.id == after.id && after.works()
        }
        (Some(before), Some(after)) => before.id == after.id && before.is_like(after),
        (None, None) => true,
        // Something that never worked may be gone.
        (Some(before), None) => before.status == "ROLLBACK_COMPLETE",
        (None, Some(_)) => false,
    };
    let told = || format!("{report:?}\nbefore {before:?}\nafter {after:?}");
    match report.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Unchanged => {
            assert!(is_wanted, "{}", told());
            let id = after.map(|stack| stack.id.as_str());
            assert_eq!(report.stack_id.as_deref(), id, "{}", told());
            let is_the_same = before.map(|stack| stack.id.as_str()) == id;
            assert_eq!(report.outcome == Outcome::Created, !is_the_same, "{}", told());
        }
        Outcome::Deleted => assert!(after.is_none() && before.is_some(), "{}", told()),
        Outcome::RolledBack => assert!(is_as_before, "{}", told()),
        Outcome::Skipped => {
            let untouched = before == after;
            assert!(untouched, "{}", told());
        }
        Outcome::Failed => {
            let was_wanted = before.is_some_and(|before| Some(before) == after);
            let never_was = played.case.doing == Doing::Destroy && before.is_none();
            // What cannot be put back stays.
            let stays = went_back(played, report);
            assert!(!is_wanted || was_wanted || never_was || stays, "{}", told());
        }
    }
}

/// Nothing was done twice, and what was done was needed.
fn check_the_operations(played: &Played, report: &InstanceReport) {
    let place = place(report);
    let mut needed = match (played.case.doing, played.before.get(&place)) {
        (Doing::Apply, None) => vec!["CREATE_IN_PROGRESS"],
        (Doing::Apply, Some(stack)) if stack.status == "ROLLBACK_COMPLETE" => {
            vec!["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"]
        }
        (Doing::Apply, Some(stack)) if is_as_asked(played, place, stack) => vec![],
        (Doing::Apply, Some(stack)) if stack.status == "UPDATE_FAILED" => {
            vec!["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
        }
        (Doing::Apply, Some(_)) => vec!["UPDATE_IN_PROGRESS"],
        (Doing::Destroy, Some(_)) => vec!["DELETE_IN_PROGRESS"],
        (Doing::Destroy, None) => vec![],
    };
    let mut done: Vec<&str> = match played.operations.get(&place) {
        Some(done) => done.iter().map(String::as_str).collect(),
        None => Vec::new(),
    };
    done.sort_unstable();
    let is_back = went_back(played, report);
    if is_back || needed.contains(&"UPDATE_ROLLBACK_IN_PROGRESS") {
        // A rollback that got stuck is continued.
        done.dedup_by(|a, b| a == b && *a == "UPDATE_ROLLBACK_IN_PROGRESS");
    }
    if report.outcome.is_good() {
        assert_eq!(done, needed, "{report:?}");
    }
    if is_back {
        needed.extend(["DELETE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]);
        for _ in 0..failed_ways_back(played, report) {
            needed.extend(["DELETE_IN_PROGRESS", "UPDATE_IN_PROGRESS"]);
        }
    }
    for operation in done {
        let position = needed.iter().position(|needed| *needed == operation);
        let position = position.unwrap_or_else(|| panic!("{operation} once too often: {report:?}"));
        needed.remove(position);
    }
}

fn is_of(id: &InstanceId, report: &InstanceReport) -> bool {
    (&id.account, &id.region, &id.stack) == (&report.account, &report.region, &report.stack)
}

/// Returns how many ways back of a stack instance CloudFormation tried in vain, each of which was tried again.
fn failed_ways_back(played: &Played, report: &InstanceReport) -> usize {
    let (mut goes_back, mut has_failed, mut count) = (false, false, 0);
    for event in &played.ran.events {
        match &event.kind {
            EventKind::RollbackStarted { instances } => {
                goes_back |= instances.iter().any(|id| is_of(id, report));
            }
            EventKind::InstanceFinished { end } if goes_back && is_of(&end.instance, report) => {
                let failure = end.failure.as_ref().filter(|_| end.outcome == Outcome::Failed);
                has_failed = failure.is_some_and(|failure| !failure.kind.may_be_resumed());
            }
            EventKind::RunResumed { reopened, .. } => {
                let is_open = reopened.iter().any(|id| is_of(id, report));
                count += usize::from(std::mem::take(&mut has_failed) && is_open);
            }
            _ => {}
        }
    }
    count
}

/// Whether a stack instance was to be put back.
fn went_back(played: &Played, report: &InstanceReport) -> bool {
    let is_it = |id: &InstanceId| is_of(id, report);
    played.ran.events.iter().any(|event| match &event.kind {
        EventKind::RollbackStarted { instances } => instances.iter().any(is_it),
        _ => false,
    })
}

/// Returns the number of an account.
fn account(id: &InstanceId) -> usize {
    id.account.as_str()[1..].parse().expect("a name of ours")
}

fn place(report: &InstanceReport) -> Place {
    let number = |text: &str| text[1..].parse().expect("a name of ours");
    let region = REGIONS.iter().position(|region| *region == report.region.as_str());
    let region = region.expect("a Region of ours");
    (number(report.account.as_str()), region, number(report.stack.as_str()))
}

/// Whether a stack stands as the run wants it.
fn is_wanted(played: &Played, place: Place) -> bool {
    match (played.case.doing, played.after.get(&place)) {
        (Doing::Apply, Some(stack)) => is_as_asked(played, place, stack),
        (Doing::Apply, None) => false,
        (Doing::Destroy, stack) => stack.is_none(),
    }
}

fn is_as_asked(played: &Played, (_, _, stack): Place, shown: &Shown) -> bool {
    let is_asked = shown.template == played.templates[stack];
    is_asked && shown.works() && (&*shown.value, &*shown.release) == ("new", "new")
}
