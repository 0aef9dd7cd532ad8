//! The plan of a run that is resumed or rolled back: from its files, or from what the run kept of it.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::SelectionArgs;
use super::error::CommandError;
use super::load::{accounts, load_for};
use super::packaged::packaged;
use super::print;
use super::resumed_prune::resumed_prune;
use super::unresumable::{changed, unusable};
use crate::engine::{self, PastStart};
use crate::event::{AnnouncedInstance, Operation, RunRequest};
use crate::journal::RunFolder;
use crate::plan::{AccountEntry, Plan, TargetAccount};
use crate::run::{self, KeptRun, PlanFromState};

/// Where the plan of a run that is resumed may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanSource {
    /// Its files, which must be those that it began with.
    Files,
    /// These, or what the run kept where they changed or are gone: enough to put back what it changed.
    FilesOrKept,
}

/// Returns the plan that a run began with.
///
/// # Errors
/// If the files are wrong, or others than those that the run began with, and nothing else tells it.
pub fn plan_of_run(
    kept: &KeptRun,
    (start, asked): (&PastStart, &RunRequest),
    folder: &RunFolder,
    source: PlanSource,
) -> Result<Arc<Plan>, CommandError> {
    match (of_files(kept, (start, asked), folder), source) {
        (Ok(Some(plan)), _) => Ok(plan),
        (Ok(None) | Err(_), PlanSource::FilesOrKept) => of_state(start, asked, folder),
        (Ok(None), PlanSource::Files) => Err(changed(start, asked)),
        (Err(error), PlanSource::Files) => Err(error),
    }
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

/// Returns the plan that a run kept, to put back what it changed.
fn of_state(
    start: &PastStart,
    asked: &RunRequest,
    folder: &RunFolder,
) -> Result<Arc<Plan>, CommandError> {
    let run = &start.run;
    let from_state = run::plan_from_state(folder, run).map_err(|error| {
        CommandError::caused_by(&error, "bring the files back as they were when the run began")
    })?;
    let Some(PlanFromState { mut plan, without_external_id }) = from_state else {
        return Err(unusable(
            &format!(
                "run {run} cannot be rolled back without the files that it began with, and these are \
                 others by now: its plan, {run}.plan.json, is not beside its journal",
            ),
            "bring that file back if it was left elsewhere (an older xdeploy wrote none), or the files as they \
             were; or apply those of before: `xdeploy apply`",
        ));
    };
    let now = (!without_external_id.is_empty())
        .then(|| accounts(&selected(asked).files, &[], &asked.listings).ok())
        .flatten();
    for at in without_external_id {
        let account = &plan.accounts[at];
        let environment = &plan.environments[account.environment].name;
        let Some(external_id) = now.as_ref().and_then(|now| external_id(now, environment, account))
        else {
            return Err(unusable(
                &format!(
                    "the external id with which account {} ({}) is entered is kept nowhere but in the \
                     files, and they do not tell it any more",
                    account.name, account.id
                ),
                "bring `assume-role.external-id` of that account back into the file",
            ));
        };
        if let AccountEntry::AssumeRole(role) = &mut plan.accounts[at].entry {
            role.external_id = Some(external_id);
        }
    }
    print::note_line(&format!(
        "the files, or the variables that they name, changed since run {run} began: it is rolled back by what it kept"
    ));
    Ok(Arc::new(plan))
}

/// Returns the external id that the files of today have for an account.
fn external_id(
    now: &Plan,
    environment: &crate::name::EnvironmentName,
    account: &TargetAccount,
) -> Option<String> {
    let is_it = |one: &&TargetAccount| {
        one.id == account.id && now.environments[one.environment].name == *environment
    };
    match &now.accounts.iter().find(is_it)?.entry {
        AccountEntry::AssumeRole(role) => role.external_id.clone(),
        AccountEntry::Source | AccountEntry::Profile(_) => None,
    }
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

/// Returns the files and the selection of a run, from wherever it is resumed.
pub fn selected(asked: &RunRequest) -> SelectionArgs {
    let here = std::env::current_dir().unwrap_or_default();
    let file = |file: &PathBuf| match here == asked.folder {
        true => file.clone(),
        false => asked.folder.join(file),
    };
    SelectionArgs {
        files: asked.files.iter().map(file).collect(),
        accounts: asked.accounts.clone(),
        stacks: asked.stacks.clone(),
        regions: asked.regions.clone(),
        with_dependents: asked.with_dependents,
        listings: Arc::new(asked.listings.clone()),
    }
}
