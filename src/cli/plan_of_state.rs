//! The plan of a run, from what the run kept of it; what is secret in it is read anew.

use super::changed_files::{WhyKept, why_kept};
use super::error::CommandError;
use super::kept_external_ids::read_external_ids;
use super::kept_secrets::read_secrets;
use super::load::variable;
use super::print;
use super::unresumable::unusable;
use crate::engine::PastStart;
use crate::event::{Operation, RunRequest};
use crate::foreign;
use crate::journal::RunFolder;
use crate::plan::{Plan, Purpose};
use crate::run::{self, KeptRun, PlanFromState};

/// What the plan of a kept run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanUse {
    /// The run goes on with it: whatever it sends must be known.
    GoOn,
    /// What the run changed is put back: nothing that it sent matters.
    GoBack,
}

/// Returns the plan that a run kept, and says so; nothing if it kept none that is good for this.
///
/// # Errors
/// If it cannot be used, or something secret of it stands nowhere any more.
pub fn plan_of_state(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
    plan_use: PlanUse,
) -> Result<Option<Plan>, CommandError> {
    let goes_on = plan_use == PlanUse::GoOn;
    let files_of = goes_on.then_some(asked.folder.as_path());
    let from_state = run::plan_from_state(folder, &start.run, files_of).map_err(|error| {
        CommandError::caused_by(&error, "bring the files back as they were when the run began")
    })?;
    let Some(mut found) = from_state.filter(|found| found.is_whole || !goes_on) else {
        return Ok(None);
    };
    let why = why_kept(&found.plan, (start, asked));
    read_external_ids(&mut found, (start, asked))?;
    if goes_on {
        check(kept, start, &found)?;
    }
    if goes_on && !start.operation.deletes() {
        read_secrets(&mut found.plan, (start, asked))?;
    } else {
        leave_secrets_out(&mut found.plan);
    }
    found.plan.environments.iter_mut().for_each(|it| it.read_webhooks_anew(&variable));
    let WhyKept { text, are_here } = why;
    let done = if goes_on { "resumed" } else { "rolled back" };
    let is_outdated = goes_on && are_here && start.operation == Operation::Apply;
    let now = if is_outdated { "; `xdeploy apply` sends what the files say now" } else { "" };
    print::note_line(&format!("{text}: it is {done} by what it kept{now}"));
    Ok(Some(found.plan))
}

/// Checks that a plan is what the run began with.
fn check(kept: &KeptRun, start: &PastStart, found: &PlanFromState) -> Result<(), CommandError> {
    let run = &start.run;
    if let Some(lost) = found.lost_templates.first() {
        let path = foreign::path(lost);
        return Err(unusable(
            &format!("run {run} kept {path}, and it is not in `templates` of the state folder"),
            &format!("bring that folder back, or {path} and the other files as they were"),
        ));
    }
    kept.check(&found.plan).map_err(|_| {
        unusable(
            &format!("{run}.plan.json is not what run {run} kept"),
            "bring it back as it was, or the files as they were when the run began",
        )
    })
}

/// Leaves out the secret parameters, of which nobody knows the values.
fn leave_secrets_out(plan: &mut Plan) {
    for instance in &mut plan.instances {
        if let Purpose::Deploy(desired) = &mut instance.purpose {
            desired.parameters.retain(|parameter| !parameter.is_secret);
        }
    }
}
