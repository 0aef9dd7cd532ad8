//! What the guards of the files forbid, looked at before anything is changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::arguments::{Global, ProgressMode};
use super::discarded_plan::delete;
use super::error::CommandError;
use super::exit::Exit;
use super::progress::{Interrupt, ProgressLine};
use super::signals::NotBegun;
use super::{print, signals};
use crate::cloud::Cloud;
use crate::engine::{ChangeSetUse, FoundLosses, PlannedStack, Run, SavedPlan, find_deletions};
use crate::event::{Allowance, ChangeAction, Replacement, ResourceChange, RunRefusal};
use crate::plan::Plan;
use crate::report::{InstanceStatus, RunState};
use crate::run::{self, GuardLook};
use crate::sessions::Sessions;

/// What `--allow` takes, for `--help`.
pub const ALLOWED: &str = "replace:TYPE|remove:TYPE";

/// What was looked at before a run changes anything.
pub struct Looked {
    /// What becomes of the change sets that were made.
    pub change_sets: ChangeSetUse,
    /// From now on a signal ends the program again, until the run begins.
    pub not_begun: NotBegun,
}

impl Looked {
    /// Deletes the change sets, as the run does not begin.
    pub async fn discard(&self, plan: &Plan, sessions: &Sessions) {
        if let ChangeSetUse::Looked(saved) = &self.change_sets {
            delete(plan, sessions, saved.change_sets(plan)).await;
        }
    }
}

/// Whether a plan's files keep anything.
fn keeps_something(plan: &Plan) -> bool {
    plan.environments.iter().any(|environment| !environment.keep.is_empty())
}

/// Looks what an apply would lose of what its files keep, with change sets of the stacks that hold it.
///
/// # Errors
/// If it would lose something that nobody allows, or is interrupted; the change sets are deleted then.
pub async fn look_ahead(
    (plan, cloud): (&Arc<Plan>, &Cloud),
    run: &Run,
    not_begun: NotBegun,
    (progress, global): (ProgressMode, &Global),
) -> Result<Looked, CommandError> {
    let allow = allowed(run);
    if !keeps_something(plan) {
        tell_unused(allow, &BTreeSet::new(), progress);
        return Ok(Looked { change_sets: ChangeSetUse::Read, not_begun });
    }
    let sessions = run.sessions.clone().expect("whoever looks has logged in");
    let stop = signals::listen();
    drop(not_begun);
    let count = plan.instances.iter().filter(|instance| !instance.is_only_read()).count();
    let work = ("looking at", count, "stack instance");
    let line = ProgressLine::start(work, Interrupt::IsHeard, progress, global);
    // Those of the run tell of each account when it enters it.
    let own = Run { sessions: Some(Arc::new(sessions.for_plan(plan.clone()))), ..run.clone() };
    let look = run::look_ahead(plan, cloud, &own, stop, || line.step()).await;
    drop(line);
    let GuardLook { saved, refusal, is_cancelled, used } = look;
    let not_begun = signals::not_begun();
    if is_cancelled {
        delete(plan, &sessions, SavedPlan::may_be_made(&run.id, plan)).await;
        return Err(CommandError::new(Exit::Interrupted, "interrupted: nothing was touched"));
    }
    if let Some(refusal) = refusal {
        delete(plan, &sessions, saved.change_sets(plan)).await;
        return Err(CommandError::refused("apply", refusal));
    }
    tell_unused(allow, &used, progress);
    Ok(Looked { change_sets: ChangeSetUse::Looked(Arc::new(saved)), not_begun })
}

/// Looks what the stacks hold of what the files keep that are about to be deleted, given as positions in a plan and by their
/// ARNs where these are known; warns of what was allowed and lost nothing.
///
/// # Errors
/// If they hold something that nobody allows to be removed.
pub async fn check_deletions(
    known: (&Arc<Plan>, &Sessions),
    deleted: Vec<(usize, Option<String>)>,
    (command, allow): (&'static str, &[Allowance]),
    progress: ProgressMode,
) -> Result<(), CommandError> {
    let used = check_some_deletions(known, deleted, (command, allow)).await?;
    tell_unused(allow, &used, progress);
    Ok(())
}

/// Looks at the same where something else may be lost as well, and returns what was allowed and lost something.
///
/// # Errors
/// As [`check_deletions`].
pub async fn check_some_deletions(
    (plan, sessions): (&Arc<Plan>, &Sessions),
    deleted: Vec<(usize, Option<String>)>,
    (command, allow): (&'static str, &[Allowance]),
) -> Result<BTreeSet<Allowance>, CommandError> {
    let found = match keeps_something(plan) {
        true => {
            // Those of the run tell of each account when it enters it.
            let own = sessions.for_plan(plan.clone());
            find_deletions(plan, &own, deleted, allow).await
        }
        false => FoundLosses::default(),
    };
    settled(found, command)
}

/// Checks that a saved plan loses nothing of what its files keep.
///
/// # Errors
/// If it does, and nobody allows it.
pub fn check_planned(
    (plan, saved): (&Plan, &SavedPlan),
    allow: &[Allowance],
    progress: ProgressMode,
) -> Result<(), CommandError> {
    let mut found = FoundLosses::default();
    for (at, instance) in plan.instances.iter().enumerate() {
        let Some(PlannedStack { losses, .. }) = saved.stacks.get(&instance.id) else { continue };
        let changes = losses.iter().map(|loss| ResourceChange {
            replacement: (loss.action == ChangeAction::Modify).then_some(Replacement::True),
            ..ResourceChange::new(loss.action, &loss.resource, &loss.resource_type)
        });
        found.take((plan, at), allow, &changes.collect::<Vec<_>>());
    }
    tell_unused(allow, &settled(found, "apply")?, progress);
    Ok(())
}

/// Returns what was allowed and lost something.
fn settled(
    FoundLosses { forbidden, used }: FoundLosses,
    command: &'static str,
) -> Result<BTreeSet<Allowance>, CommandError> {
    match forbidden.is_empty() {
        true => Ok(used),
        false => Err(CommandError::refused(command, RunRefusal::for_losses(forbidden))),
    }
}

/// Returns what may be lost in a run.
pub fn allowed(run: &Run) -> &[Allowance] {
    run.asked.as_ref().map(|asked| asked.allow.as_slice()).unwrap_or_default()
}

/// Warns of what was allowed and lost nothing.
pub fn tell_unused(allow: &[Allowance], used: &BTreeSet<Allowance>, progress: ProgressMode) {
    if progress.is_events() {
        return;
    }
    for allowance in allow.iter().filter(|allowance| !used.contains(allowance)) {
        print::note_line(&format!(
            "warning: --allow {allowance} allowed nothing: no resource that `guards.keep` names would be lost so"
        ));
    }
}

/// Warns of what was allowed for a look ahead and lost nothing in it.
pub fn tell_unused_ahead(
    plan: &Plan,
    allow: &[Allowance],
    state: &RunState,
    progress: ProgressMode,
) {
    let ends = state.instances.iter().filter_map(|instance| match &instance.status {
        InstanceStatus::Finished(finished) => Some(&*finished.end),
        InstanceStatus::Waiting | InstanceStatus::Running(_) => None,
    });
    tell_unused(allow, &FoundLosses::ahead(plan, allow, ends).used, progress);
}
