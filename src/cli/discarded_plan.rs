//! The change sets of a plan that nobody will carry out: they are deleted.

use std::sync::Arc;

use super::arguments::CloudArgs;
use super::connect::{clock, connect};
use super::error::CommandError;
use super::exit::Exit;
use super::kept_external_ids::read_external_ids;
use super::print;
use crate::engine::{self, LeftChangeSet, MadeChangeSet, PastStart, SavedPlan};
use crate::event::Operation;
use crate::foreign::one_line;
use crate::plan::Plan;
use crate::run::{PlanFile, Unexecuted, unexecuted, used_by};
use crate::sessions::Sessions;

/// Checks that no run carries out a plan just now.
///
/// # Errors
/// If one does.
pub fn check_not_running(plan: &PlanFile, cloud: &CloudArgs) -> Result<(), CommandError> {
    let folder = cloud.state.folder();
    let Some(run) = used_by(&folder, &plan.id) else { return Ok(()) };
    match unexecuted(&folder, &run) {
        Some(Unexecuted { is_running: false, .. }) => Ok(()),
        None | Some(Unexecuted { is_running: true, .. }) => {
            let text = format!("run {run} carries out the plan just now: nothing was deleted");
            let help = "let it end, then try again";
            Err(CommandError::new(Exit::Refused, text).with_help(help))
        }
    }
}

/// Deletes the change sets of a plan that no run executed, and says so; a plan that may be resumed keeps those that it still
/// executes unless it is given up.
///
/// # Errors
/// If it is carried out just now, or what it was made of cannot be used.
pub async fn discard(
    plan: PlanFile,
    cloud: &CloudArgs,
    is_given_up: bool,
) -> Result<Exit, CommandError> {
    let (plan, former) = plan.without_former();
    let exit = discard_one(plan, cloud, is_given_up).await?;
    let Some(former) = former else { return Ok(exit) };
    let of_former = discard_one(former.without_former().0, cloud, is_given_up).await?;
    Ok(if exit.code() == Exit::Done.code() { of_former } else { exit })
}

async fn discard_one(
    plan: PlanFile,
    cloud: &CloudArgs,
    is_given_up: bool,
) -> Result<Exit, CommandError> {
    check_not_running(&plan, cloud)?;
    let folder = cloud.state.folder();
    let used = used_by(&folder, &plan.id).map(|run| (unexecuted(&folder, &run), run));
    let unfinished = used.as_ref().and_then(|(unsent, run)| match unsent {
        Some(Unexecuted { is_over: false, .. }) => Some(run.clone()),
        Some(_) | None => None,
    });
    if unfinished.is_some() && !is_given_up {
        return Ok(Exit::Done);
    }
    let unsent = used.and_then(|(unsent, _)| unsent);
    let (id, saved) = (plan.id.clone(), plan.saved().cloned());
    let planned = without_files(plan, cloud)?;
    let made = match &saved {
        Some(saved) => saved.change_sets(&planned),
        None => SavedPlan::may_be_made(&id, &planned),
    };
    let is_unsent = |made: &MadeChangeSet| {
        let instance = &planned.instances[made.at].id;
        unsent.as_ref().is_none_or(|unsent| unsent.instances.contains(instance))
    };
    let made: Vec<MadeChangeSet> = made.into_iter().filter(is_unsent).collect();
    if made.is_empty() {
        return Ok(Exit::Done);
    }
    let planned = Arc::new(planned);
    let opened = connect(cloud, &planned, clock(cloud)?)?;
    let sessions = Sessions::new(opened, planned.clone());
    let left = delete(&planned, &sessions, made).await;
    if left == 0 {
        print::note_line("no change set of the plan is left");
    }
    if let Some(run) = unfinished {
        print::note_line(&format!(
            "run {run} is unfinished, and what it has not executed cannot be resumed any more: plan again"
        ));
    }
    Ok(if left == 0 { Exit::Done } else { Exit::Reported(1) })
}

/// Deletes change sets of a plan; says which are left, those of a stack instance once, and returns how many.
pub async fn delete(plan: &Plan, sessions: &Sessions, made: Vec<MadeChangeSet>) -> usize {
    let left = engine::discard_change_sets(plan, sessions, made).await;
    for of_one in left.chunk_by(|one, other| one.instance == other.instance) {
        let LeftChangeSet { instance, name, why } = &of_one[0];
        let (verb, those) = match of_one.len() {
            1 => ("could", String::new()),
            count => ("and those", format!(" like it ({count} names) could")),
        };
        print::trouble_line(&format!(
            "warning: {instance}: its change set {name} {verb}{those} not be deleted ({}): delete by hand what stands of it",
            one_line(why)
        ));
    }
    left.len()
}

/// Returns what a plan was made of, without its files.
fn without_files(plan: PlanFile, cloud: &CloudArgs) -> Result<Plan, CommandError> {
    let (id, made, asked) = (plan.id.clone(), plan.made, plan.asked.clone());
    let found = plan.into_plan(&cloud.state.folder());
    let mut found = found.map_err(|error| CommandError::caused_by(&error, "plan again"))?;
    let (operation, environments) = (Operation::Plan, Vec::new());
    let start =
        PastStart { run: id, operation, environments, in_order: false, asked: None, at: made };
    read_external_ids(&mut found, (&start, &asked))?;
    Ok(found.plan)
}
