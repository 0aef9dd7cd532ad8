//! A run that was kept, locked so that it can be resumed or rolled back.

use std::path::Path;
use std::sync::Arc;

use super::arguments::{CloudArgs, ProgressMode};
use super::asked_files::selected;
use super::connect::{clock, connect};
use super::dependents::Dependents;
use super::environment_lock::{lock_environments, sign, who};
use super::error::CommandError;
use super::exit::Exit;
use super::login::log_in;
use super::plan_of_state::PlanUse;
use super::report::damage;
use super::resumed_plan::{PlanOfRun, plan_of_run};
use super::run_output::RunOutput;
use super::shared_state::{StateLogin, bring, open_state};
use super::signals::NotBegun;
use super::state_args::OfArgs;
use super::unresumable::unusable;
use super::{print, rehearsal, signals};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::engine::{Limits, PastStart, Run};
use crate::event::{Gate, NamedState, Operation, RunRequest};
use crate::foreign;
use crate::journal::RunFolder;
use crate::plan::Plan;
use crate::run::{self, EnvironmentLocks, KeptRun, ReadyRun, WhenLocked};
use crate::sessions::Sessions;
use crate::state::RunPlace;

/// A kept run whose environments are locked for us, so that it can be resumed or rolled back.
pub(super) struct ResumableRun {
    pub kept: KeptRun,
    pub start: PastStart,
    pub asked: RunRequest,
    pub folder: RunFolder,
    place: RunPlace,
    wanted: Wanted,
    /// The gates at which it stood before its environments were waited for.
    pub gates_seen: Option<Vec<Gate>>,
    locks: EnvironmentLocks,
    not_begun: NotBegun,
}

/// What is wanted of a kept run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is to be gone on with.
    Resumed,
    /// What it changed is to be put back.
    Back,
}

/// Reads the run that `run` means, which must not go on, once its environments are locked for us. One that is refused
/// is reported.
pub(super) async fn read(
    run: &str,
    (cloud, of, when_locked): (&CloudArgs, &OfArgs, WhenLocked),
    wanted: Wanted,
    output: &RunOutput<'_>,
) -> Result<ResumableRun, CommandError> {
    open_state(&cloud.state, &of.files(), StateLogin::from(cloud).of_file()).await?;
    let place = cloud.state.place();
    let folder = place.folder().clone();
    bring(&place, run).await?;
    let path = folder.find(run).map_err(|error| CommandError::caused_by(&error, error.help()))?;
    let not_begun = signals::not_begun();
    let gates_seen = match when_locked {
        WhenLocked::Wait => KeptRun::read(&path).ok().map(|kept| kept.past.gates()),
        WhenLocked::Refuse => None,
    };
    // Before it is read: a run that goes on still writes it.
    let locked = lock_environments(&place, &run::environments(&path), when_locked).await;
    let mut locks = match locked {
        Err(refused) if refused.exit == Exit::Refused => {
            return Err(declined_as_read(&path, wanted, output, refused).await);
        }
        locks => locks?,
    };
    // Whoever had it may have gone on since.
    bring(&place, run).await?;
    let mut kept = KeptRun::read(&path).map_err(|error| {
        CommandError::caused_by(&error, "`xdeploy runs` lists what can be resumed")
    })?;
    // As the folder is named now: what is told of the run leads there.
    if let Some(start) = &mut kept.state.start {
        start.named_state = cloud.state.named();
    }
    if kept.is_newer() {
        return Err(newer(&path));
    }
    damage(&path, &kept.reading).iter().for_each(|note| print::note_line(note));
    let Some((start, asked)) = kept.began().map(|(start, asked)| (start.clone(), asked.clone()))
    else {
        return Err(unusable(
            "the journal does not say what was asked for",
            "apply the files again: it takes the stacks as they are",
        ));
    };
    if kept.reading.is_running {
        let text = format!("run {} is still running: {}", start.run, who(&asked.owner));
        let refused = CommandError::new(Exit::Refused, text);
        return Err(declined_as_read(&path, wanted, output, refused).await);
    }
    sign(&mut locks, &start.run, start.operation).await?;
    Ok(ResumableRun { kept, start, asked, folder, place, wanted, gates_seen, locks, not_begun })
}

/// Reports that a run is not gone on with, as its journal stands, and returns why; another process may carry it
/// on just now.
async fn declined_as_read(
    path: &Path,
    wanted: Wanted,
    output: &RunOutput<'_>,
    refused: CommandError,
) -> CommandError {
    let Ok(kept) = KeptRun::read(path) else { return refused };
    let Some(run) = as_run(&kept, wanted) else { return refused };
    if kept.reading.is_running {
        return output.decline_running(kept.state, run, refused).await;
    }
    output.decline_from(kept.state, &Plan::default(), run, (refused, None)).await
}

/// Returns a run as far as its journal tells it, for a report of one that is not gone on with; nothing if it does not
/// tell what was asked for.
fn as_run(kept: &KeptRun, wanted: Wanted) -> Option<Run> {
    let (start, asked) = kept.began()?;
    let (id, operation) = (start.run.clone(), start.operation);
    let run = Run::new(id, operation, Limits::default(), Clock::System);
    let (past, asked) = (Some(kept.past.clone()), Some(asked.clone()));
    Some(Run { past, asked, goes_back: wanted == Wanted::Back, ..run })
}

impl ResumableRun {
    /// Returns where it is kept, unless that is the usual place.
    pub fn named_state(&self) -> Option<&NamedState> {
        self.kept.state.start.as_ref()?.named_state.as_ref()
    }

    /// Returns the plan that the run began with.
    pub fn plan(&self) -> Result<PlanOfRun, CommandError> {
        let plan_use = match self.wanted == Wanted::Back || self.kept.past.goes_back() {
            true => PlanUse::GoBack,
            false => PlanUse::GoOn,
        };
        plan_of_run(&self.kept, (&self.start, &self.asked), &self.folder, plan_use)
    }

    /// Checks that what the run's changes go back to is as it was kept.
    pub fn check_templates(&self) -> Result<(), CommandError> {
        run::check_templates(&self.folder, &self.start.run).map_err(|error| {
            unusable(
                &error.to_string(),
                "bring the file back as it was, or apply the files of before: `xdeploy apply`",
            )
        })
    }

    /// Returns what needs what the run still deletes and is not deleted by it. Where the files are not those of its
    /// plan, and do not tell it, that is said.
    pub fn dependents(&self, found: &PlanOfRun) -> Result<Dependents, CommandError> {
        let PlanOfRun { plan, is_kept } = found;
        match self.start.operation {
            Operation::Destroy if !self.asked.leave_dependents => {
                let dependents = Dependents::of_destroy(&selected(&self.asked), plan);
                dependents.or_else(|error| match is_kept {
                    true => {
                        print::note_line(
                            "what needs the stacks that are deleted is told by earlier runs, as the files do not tell it",
                        );
                        Ok(Dependents::none(plan))
                    }
                    false => Err(error),
                })
            }
            Operation::Apply | Operation::Plan | Operation::Destroy | Operation::Prune => {
                Ok(Dependents::none(plan))
            }
        }
    }

    /// Returns the cloud in which the run goes on, once every login that it needs is there. `whole` holds
    /// what is looked at besides.
    pub async fn enter(
        &self,
        (plan, whole): (&Arc<Plan>, &Plan),
        cloud: &CloudArgs,
        progress: ProgressMode,
        output: &RunOutput<'_>,
    ) -> Result<(Cloud, Arc<Sessions>), CommandError> {
        let cloud = CloudArgs { sandbox: cloud.sandbox || self.asked.sandbox, ..cloud.clone() };
        rehearsal::announce(&cloud.sandbox_fault, progress);
        let cloud = connect(&cloud, whole, clock(&cloud)?)?;
        let sessions = log_in(output, plan, &cloud, self.run(), self.kept.state.clone()).await?;
        Ok((cloud, sessions))
    }

    fn run(&self) -> Run {
        as_run(&self.kept, self.wanted).expect("whoever read it has looked how it began")
    }

    /// Returns why the run is not gone on with, with its report where it is refused.
    pub async fn declined(
        &self,
        plan: &Plan,
        output: &RunOutput<'_>,
        (error, cloud): (CommandError, &Cloud),
    ) -> CommandError {
        match error.exit {
            Exit::Refused => {
                let state = self.kept.state.clone();
                output.decline_from(state, plan, self.run(), (error, Some(cloud))).await
            }
            _ => error,
        }
    }

    /// Reports that the run is left as it stands, and why.
    pub async fn left(&self, output: &RunOutput<'_>, refused: CommandError) -> CommandError {
        let state = self.kept.state.clone();
        output.decline_from(state, &Plan::default(), self.run(), (refused, None)).await
    }

    /// Reports that nothing is left to put back, and returns the exit code.
    pub async fn already_back(&self, plan: &Plan, output: &RunOutput<'_>) -> Exit {
        output.already_back(self.kept.state.clone(), plan, self.run()).await
    }

    /// Makes the run ready to go on.
    pub async fn ready(
        self,
        plan: Arc<Plan>,
        (cloud, sessions): (Cloud, Arc<Sessions>),
    ) -> Result<(ReadyRun, NotBegun), CommandError> {
        let ready = self.kept.go_on(plan, cloud, self.place, self.locks).await;
        let ready =
            ready.map_err(|error| CommandError::caused_by(&error, "nothing was touched"))?;
        let (sessions, goes_back) = (Some(sessions), self.wanted == Wanted::Back);
        let run = Run { sessions, goes_back, ..ready.run };
        Ok((ReadyRun { run, ..ready }, self.not_begun))
    }
}

/// Returns why a run in which something may have been sent of which only a newer version knows stays.
fn newer(journal: &Path) -> CommandError {
    unusable(
        &format!(
            "{} tells of what only a newer xdeploy knows: this one can neither resume the run nor \
             roll it back",
            foreign::path(journal)
        ),
        "take the xdeploy that wrote it, or apply the files again: it takes the stacks as they are",
    )
}
