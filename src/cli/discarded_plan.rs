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
use crate::report::counted;
use crate::run::{PlanFile, Unexecuted, unexecuted, used_by};
use crate::sessions::Sessions;

/// Deletes the change sets of a plan that no run executed, and says how many; a plan that is carried out just now, or may be
/// resumed, keeps those that it still executes unless it is given up.
///
/// # Errors
/// If it is carried out just now, or what it was made of cannot be used.
pub async fn discard(
    plan: PlanFile,
    cloud: &CloudArgs,
    is_given_up: bool,
) -> Result<Exit, CommandError> {
    let folder = cloud.state.folder();
    let used = used_by(&folder, &plan.id).map(|run| (unexecuted(&folder, &run), run));
    if let Some((None | Some(Unexecuted { is_running: true, .. }), run)) = &used {
        let text = format!("run {run} carries out the plan just now: nothing was deleted");
        return Err(CommandError::new(Exit::Refused, text).with_help("let it end, then try again"));
    }
    let unsent = used.and_then(|(unexecuted, _)| unexecuted);
    if unsent.as_ref().is_some_and(|unsent| !unsent.is_over) && !is_given_up {
        return Ok(Exit::Done);
    }
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
    let count = saved.is_some().then_some(made.len());
    if count == Some(0) {
        return Ok(Exit::Done);
    }
    let planned = Arc::new(planned);
    let opened = connect(cloud, &planned, clock(cloud)?)?;
    let sessions = Sessions::new(opened, planned.clone());
    let left = delete(&planned, &sessions, made).await;
    if let (Some(count), 0) = (count, left) {
        print::note_line(&format!("{} of the plan deleted", counted(count, "change set")));
    }
    Ok(if left == 0 { Exit::Done } else { Exit::Reported(1) })
}

/// Deletes change sets of a plan; says which are left, and returns how many.
pub async fn delete(plan: &Plan, sessions: &Sessions, made: Vec<MadeChangeSet>) -> usize {
    let left = engine::discard_change_sets(plan, sessions, made).await;
    for LeftChangeSet { instance, name, why } in &left {
        print::trouble_line(&format!(
            "warning: {instance}: its change set {name} could not be deleted ({}): delete it by hand",
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
