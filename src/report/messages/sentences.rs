//! The sentences in which a run's events are told.

use std::collections::BTreeSet;
use std::time::Duration;

use super::changes;
use super::origin;
use crate::clock::spoken;
use crate::event::{
    AnnouncedInstance, Failure, FailureKind, InstanceEnd, Operation, RunResult, StackAction,
};
use crate::file::spoken_bytes;
use crate::name::{AccountId, EnvironmentName, InstanceId};
use crate::report::clusters;
use crate::report::fold::report::Report;
use crate::report::fold::state::RunState;
use crate::report::text::command::resume_command;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};
use crate::status::{ResourceStatus, StackStatus};

/// So many accounts that are waited for are told each; of the others, that there are.
const AWAITED: usize = 5;

/// So many stacks that cannot be seen are told each; of the others, that there are.
const UNSEEN: usize = 5;

/// So many accounts that were refused for one cause are told each; of the others, that there are.
const REFUSALS: usize = 5;

/// Returns that a run began, and what it covers.
pub fn started(operation: Operation, instances: &[AnnouncedInstance], state: &RunState) -> String {
    let names = environments(state);
    let run = state.start.as_ref().map(|start| start.run.to_string()).unwrap_or_default();
    let place = state.start.as_ref().and_then(|start| origin::place(&start.origin));
    let place = place.map(|place| format!(", {place}")).unwrap_or_default();
    format!("{} {names}: {}, run {run}{place}", operation.as_str(), extent(instances))
}

/// Returns the names of the environments that a run covers.
pub fn environments(state: &RunState) -> String {
    let environments = state.start.iter().flat_map(|start| &start.environments);
    environments.map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Returns that a run is resumed, and how much of it is left.
pub fn resumed(state: &RunState) -> String {
    let run = state.start.as_ref().map(|start| start.run.to_string()).unwrap_or_default();
    let done = state.counts.total();
    let left = prose::counted(state.instances.len() - done, "stack instance");
    match state.is_wanted_back {
        true => format!("roll back run {run}"),
        false => format!("resume run {run}: {done} ended before, {left} to go"),
    }
}

/// Returns that what the run changed is put back from here on.
pub fn going_back(count: usize, palette: Palette) -> String {
    let instances = prose::counted(count, "stack instance");
    palette.caution(&format!("rolling back: {instances} that this run changed, dependents first"))
}

/// Returns that what the run changed is not put back yet, and what leads there.
pub fn not_yet_back(unknown: &[InstanceId], state: &RunState, palette: Palette) -> String {
    let start = state.start.as_ref();
    let resume = start.map(|start| resume_command(&start.run, start.named_state.as_ref()));
    let resume = resume.unwrap_or_default();
    let Some(first) = unknown.first() else {
        return palette.caution(&format!(
            "not rolled back yet: nothing more is started; `{resume}` goes back"
        ));
    };
    let more = match unknown.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    palette.caution(&format!(
        "not rolled back yet: what became of {first}{more} is not known; `{resume}` finds \
         out, then goes on or back"
    ))
}

/// Returns how many stack instances there are, and in how many accounts.
pub fn extent<'a>(instances: impl IntoIterator<Item = &'a AnnouncedInstance>) -> String {
    let (mut count, mut accounts) = (0, BTreeSet::new());
    for announced in instances {
        count += 1;
        accounts.insert(&announced.account_id);
    }
    let instances = prose::counted(count, "stack instance");
    format!("{instances} in {}", prose::counted(accounts.len(), "account"))
}

/// Returns the same of a wave, by its number in its environment.
pub fn extent_of_wave(environment: &EnvironmentName, number: usize, state: &RunState) -> String {
    let announced = state.instances.iter().map(|instance| &instance.announced);
    extent(announced.filter(|it| it.id.environment == *environment && it.wave == Some(number)))
}

/// Returns that in an account, the `number`th, a call waits until a change of IAM counts.
pub fn awaited(operation: &str, number: usize) -> Option<String> {
    match number {
        ..=AWAITED => Some(format!(
            "waiting for IAM: {operation} is refused, but a role or policy changed just now"
        )),
        number if number == AWAITED + 1 => Some("waiting for IAM, as others do".to_owned()),
        _ => None,
    }
}

/// Returns that a stack, the `number`th, cannot be seen for now, and why.
pub fn unseen(reason: &str, number: usize, palette: Palette) -> Option<String> {
    match number {
        ..=UNSEEN => {
            let unseen = palette.caution("cannot be seen for now, and continues by itself");
            Some(format!("{unseen}: {}", prose::one_line(reason)))
        }
        number if number == UNSEEN + 1 => Some("cannot be seen for now, as others".to_owned()),
        _ => None,
    }
}

/// Returns that a value is another than the run read before it was resumed.
pub fn another_value(reference: &str, palette: Palette) -> String {
    let changed = palette.caution("is another value than before the run was resumed");
    format!("{} {changed}; it is sent as it is now", prose::one_line(reference))
}

/// Returns that a login has ended, why, and what to do.
pub fn login_ended(
    account: &AccountId,
    from: &str,
    reason: &str,
    remedy: &str,
    palette: Palette,
) -> Vec<String> {
    let from = prose::one_line(from);
    let ended = palette.caution(&format!("the login of account {account} ({from}) has ended"));
    vec![
        format!("{ended}: {}", prose::one_line(reason)),
        format!(
            "help: {}; the run continues by itself then, Ctrl-C ends the wait",
            prose::one_line(remedy)
        ),
    ]
}

/// Returns that an account, the `number`th for its cause, was refused: the first with all there is
/// to say, a few more in short.
pub fn refused(failure: &Failure, number: usize, palette: Palette) -> Option<Vec<String>> {
    let not_entered = palette.bad("not entered: ");
    match number {
        ..=1 => {
            let help = failure.help.as_ref();
            let help = help.map(|help| format!("help: {}", prose::one_line(help)));
            let cause = not_entered + &words::cause(failure);
            Some([Some(cause), help].into_iter().flatten().collect())
        }
        2..=REFUSALS => Some(vec![not_entered + &clusters::brief(failure)]),
        number if number == REFUSALS + 1 => {
            let cause = clusters::brief(failure);
            let more = format!("{cause}; any more like it are told at the end");
            Some(vec![not_entered + &more])
        }
        _ => None,
    }
}

/// Returns that so many objects of so many bytes begin to be uploaded to a bucket.
pub fn uploading(objects: usize, bytes: u64, bucket: &str) -> String {
    let (objects, bytes) = (prose::counted(objects, "artifact"), spoken_bytes(bytes));
    format!("uploading {objects} ({bytes}) to {}", prose::one_line(bucket))
}

/// Returns what began to be done to a stack that declares so many resources.
pub fn acting(action: StackAction, found: Option<&StackStatus>, declared: usize) -> String {
    let because = found.map(|status| format!(" ({status})")).unwrap_or_default();
    match action {
        StackAction::Create => format!("creating ({})", prose::counted(declared, "resource")),
        StackAction::Update => "updating".to_owned(),
        StackAction::Delete => "deleting".to_owned(),
        StackAction::DeleteBeforeCreate => {
            format!("deleting to create it anew, as it never worked{because}")
        }
        StackAction::PutBack => "updating back to how it stood before".to_owned(),
        StackAction::TakeBack => "deleting what this run created".to_owned(),
        StackAction::ContinueRollback => format!("continuing its rollback{because}"),
        StackAction::RollBack => format!("rolling back what an update left{because}"),
        StackAction::CancelUpdate => "cancelling its update".to_owned(),
        StackAction::Wait => format!("waiting for what somebody else started{because}"),
    }
}

/// Returns that a resource failed, with all that is said of why or in short, unless that only follows
/// from another failure.
pub fn resource_failed(
    resource: &str,
    status: &ResourceStatus,
    reason: &str,
    is_whole: bool,
    palette: Palette,
) -> Option<String> {
    // CloudFormation's words for what it stopped because something else had failed.
    let is_consequence = reason.starts_with("Resource ") && reason.ends_with(" cancelled");
    let cause = match is_whole {
        true => prose::one_line(reason),
        false => clusters::brief(&Failure::new(FailureKind::ResourceFailed, reason)),
    };
    let resource = prose::one_line(resource);
    (!is_consequence).then(|| palette.bad(&format!("{resource} {status}: {cause}")))
}

/// Returns that a stack's own status changed, where that says something: it rolls back, or somebody
/// else's operation goes on.
pub fn stack_changed(
    status: &StackStatus,
    reason: Option<&str>,
    is_foreign: bool,
    palette: Palette,
) -> Option<String> {
    let because = reason.map(|r| format!(": {}", prose::one_line(r))).unwrap_or_default();
    let text = match status {
        // A clean-up after the rollback is a part of it.
        StackStatus::UpdateRollbackCompleteCleanupInProgress => return None,
        status if status.is_bad() && !status.is_settled() => format!("rolling back{because}"),
        status if is_foreign => format!("{status}{because}"),
        _ => return None,
    };
    Some(if status.is_bad() { palette.bad(&text) } else { text })
}

/// Returns how a stack instance ended, how long it took, and why if it failed.
pub fn finished(
    end: &InstanceEnd,
    took: Duration,
    cause: Option<String>,
    palette: Palette,
) -> String {
    if let Some(preview) = &end.preview {
        let outcome = palette.outcome(end.outcome, words::foreseen(end.outcome));
        let changes = changes::in_short(preview);
        return if changes.is_empty() { outcome } else { format!("{outcome}: {changes}") };
    }
    let outcome = palette.outcome(end.outcome, words::ending(end.outcome, end.failure.as_ref()));
    let time = match (end.outcome.is_good(), took.is_zero()) {
        (_, true) => String::new(),
        (true, false) => format!(" in {}", spoken(took)),
        (false, false) => format!(" after {}", spoken(took)),
    };
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    outcome + &time + &cause
}

/// Returns how the run ended, and how many stack instances how.
pub fn ended(result: RunResult, state: &RunState, palette: Palette) -> String {
    let report = Report::new(state);
    let counts = report.counts_in_words();
    let operation = match &state.start {
        Some(_) if state.is_wanted_back => "rollback",
        start => start.as_ref().map_or("run", |start| start.operation.as_str()),
    };
    let (verb, good) = match result {
        RunResult::RolledBack if report.is_all_back() => ("succeeded", true),
        RunResult::RolledBack if state.is_wanted_back => ("left something", false),
        RunResult::Succeeded => ("succeeded", true),
        RunResult::Failed => ("failed", false),
        RunResult::RolledBack => ("rolled back", false),
        RunResult::Cancelled => ("cancelled", false),
        RunResult::Refused if report.waits_for_approval() => {
            let why = report.refusal.as_ref().map(|refusal| refusal.message.as_str());
            (why.unwrap_or("waits for approval"), false)
        }
        RunResult::Refused => ("refused", false),
    };
    let verb = if good { palette.good(verb) } else { palette.bad(verb) };
    let separator = if counts.is_empty() { "" } else { ": " };
    format!("{operation} {verb}{separator}{counts}")
}
