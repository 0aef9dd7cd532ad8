//! The plan of a run that is resumed or rolled back: from its files, or from what the run kept of it.

use std::sync::Arc;

use super::asked_files::selected;
use super::error::CommandError;
use super::load::load_for;
use super::packaged::packaged;
use super::plan_of_state::{PlanUse, plan_of_state};
use super::resumed_prune::{check_unchanged, resumed_prune};
use super::unresumable::{changed, without_plan};
use crate::engine::{self, PastStart};
use crate::event::{AnnouncedInstance, Operation, RunRequest};
use crate::journal::RunFolder;
use crate::plan::Plan;
use crate::run::KeptRun;

/// The plan of a run that is resumed or rolled back.
pub struct PlanOfRun {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Whether it comes from what the run kept, as its files are others by now, or gone.
    pub is_kept: bool,
}

/// Returns the plan that a run began with: from its files, or from what it kept where these changed or are gone.
///
/// # Errors
/// If nothing tells it any more, or a secret of it.
pub fn plan_of_run(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
    plan_use: PlanUse,
) -> Result<PlanOfRun, CommandError> {
    let of_files = match of_files(kept, (start, asked), folder) {
        Ok(Some(plan)) => return Ok(PlanOfRun { plan, is_kept: false }),
        // What the files of today say of stacks that no file names counts more than what was kept.
        Err(error) if start.operation == Operation::Prune && are_here(asked) => return Err(error),
        of_files => of_files,
    };
    if let Some(plan) = plan_of_state(kept, (start, asked), folder, plan_use)? {
        if start.operation == Operation::Prune {
            check_unchanged(kept, (start, asked), folder)?;
        }
        return Ok(PlanOfRun { plan: Arc::new(plan), is_kept: true });
    }
    match plan_use {
        PlanUse::GoBack => Err(without_plan(start)),
        PlanUse::GoOn => Err(of_files.err().unwrap_or_else(|| changed(start, asked))),
    }
}

/// Whether all environment files of a run are there.
fn are_here(asked: &RunRequest) -> bool {
    selected(asked).files.iter().all(|file| file.exists())
}

/// Returns the plan from the files of a run; nothing if they are others than at its beginning.
fn of_files(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
) -> Result<Option<Arc<Plan>>, CommandError> {
    let selected = selected(asked);
    let plan = match start.operation {
        Operation::Prune => resumed_prune(kept, (start, asked), folder, &selected)?,
        Operation::Apply | Operation::Plan => {
            packaged(load_for(start.operation, &selected)?, None)?
        }
        Operation::Destroy => load_for(start.operation, &selected)?,
    };
    let is_same = match start.operation {
        // The same stacks in the same order: no value counts.
        Operation::Destroy => kept.check(&plan).is_ok() || deletes_the_same(kept, &plan),
        Operation::Apply | Operation::Plan | Operation::Prune => kept.check(&plan).is_ok(),
    };
    Ok(is_same.then(|| Arc::new(plan)))
}

/// Whether a plan deletes the stacks that a run announced, in the order that it announced.
fn deletes_the_same(kept: &KeptRun, plan: &Plan) -> bool {
    let announced: Vec<&AnnouncedInstance> =
        kept.state.instances.iter().map(|instance| &instance.announced).collect();
    let now = engine::announced(plan, Operation::Destroy);
    let is_same = |(one, other): (&&AnnouncedInstance, &AnnouncedInstance)| {
        one.id == other.id
            && one.place() == other.place()
            && (&one.needs, &one.outside_needs) == (&other.needs, &other.outside_needs)
            && one.wave == other.wave
    };
    announced.len() == now.len() && announced.iter().zip(&now).all(is_same)
}
