//! `xdeploy resume`, and the way to a kept run that `rollback` shares.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::apply::{ApplyArgs, apply};
use super::arguments::{CloudArgs, Global, ProgressMode, RunArgs, SelectionArgs};
use super::connect::connect;
use super::dependents::{Dependents, OnDependents, RESUME};
use super::environment_lock::{lock_environments, who};
use super::error::CommandError;
use super::exit::Exit;
use super::load::{load_for, read as read_files, variable};
use super::login::log_in;
use super::report::damage;
use super::run_output::RunOutput;
use super::signals::NotBegun;
use super::{print, rehearsal, signals};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::engine::{Limits, PastStart, Run};
use crate::event::{AnnouncedInstance, Operation, RunRequest};
use crate::foreign;
use crate::journal::RunFolder;
use crate::plan::{self, Plan, StackToRemove};
use crate::report::run_command;
use crate::run::{self, EnvironmentLocks, KeptRun, ReadyRun, WhenLocked};
use crate::sessions::Sessions;

/// The arguments of `resume`.
#[derive(Clone, Debug, Args)]
pub struct ResumeArgs {
    /// The run: its id, the start of one, or `latest`; or an environment file, to resume from
    /// the stacks as they are in the cloud
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Ask no question about an environment file; a run was agreed to when it began
    #[arg(short, long)]
    pub yes: bool,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
    /// When the run is cancelled, cancel the updates that are under way as well: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
}

/// Resumes a run that is unfinished or was cancelled.
///
/// # Errors
/// When it was refused before it went on.
pub async fn resume(arguments: &ResumeArgs, global: &Global) -> Result<Exit, CommandError> {
    if is_environment(Path::new(&arguments.run)) {
        print::note("no journal is asked for: taking the stacks as they are in the cloud");
        return apply(&from_what_stands(arguments), global).await;
    }
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    let when_locked = arguments.run_args.when_locked();
    let found = read(&arguments.run, &arguments.cloud, when_locked).await?;
    if found.kept.is_over() {
        let run = &found.start.run;
        let report = run_command("report", run, arguments.cloud.state.named().as_deref());
        print::note_line(&format!(
            "run {run} has ended and leaves nothing to resume; `{report}` shows how it went"
        ));
        return Ok(output.finish_told(&found.kept.state));
    }
    let plan = found.plan()?;
    let dependents = found.dependents(&plan)?;
    let progress = arguments.run_args.progress;
    let entered =
        found.enter((&plan, dependents.plan()), &arguments.cloud, progress, &output).await?;
    let on_dependents = OnDependents::of(found.asked.leave_dependents);
    dependents.check(&entered.1, on_dependents, RESUME, (progress, global)).await?;
    let (ready, not_begun) = found.ready(plan, entered)?;
    let run = Run { cancel_updates: arguments.cancel_updates, ..ready.run };
    Ok(output.carry_out(ReadyRun { run, ..ready }, not_begun).await)
}

/// A kept run whose environments are locked for us, so that it can be resumed or rolled back.
pub(super) struct ResumableRun {
    pub kept: KeptRun,
    pub start: PastStart,
    pub asked: RunRequest,
    folder: RunFolder,
    locks: EnvironmentLocks,
    not_begun: NotBegun,
}

/// Reads the run that `run` means, which must not go on, once its environments are locked for us.
pub(super) async fn read(
    run: &str,
    cloud: &CloudArgs,
    when_locked: WhenLocked,
) -> Result<ResumableRun, CommandError> {
    let folder = cloud.state.folder();
    let path = folder.find(run).map_err(|error| CommandError::caused_by(&error, error.help()))?;
    let not_begun = signals::not_begun();
    // Before it is read: a run that goes on still writes it.
    let mut locks = lock_environments(&folder, &run::environments(&path), when_locked).await?;
    let mut kept = KeptRun::read(&path).map_err(|error| {
        CommandError::caused_by(&error, "`xdeploy runs` lists what can be resumed")
    })?;
    // As the folder is named now: what is told of the run leads there.
    if let Some(start) = &mut kept.state.start {
        start.state_dir = cloud.state.named();
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
        return Err(CommandError::new(Exit::Refused, text));
    }
    locks.sign(&start.run, start.operation, Clock::System);
    Ok(ResumableRun { kept, start, asked, folder, locks, not_begun })
}

impl ResumableRun {
    /// Returns the plan that the run began with, from its files.
    pub fn plan(&self) -> Result<Arc<Plan>, CommandError> {
        let selected = selected(&self.asked);
        let plan = Arc::new(match self.start.operation {
            Operation::Prune => self.removal(&selected)?,
            operation => load_for(operation, &selected)?,
        });
        match self.kept.check(&plan) {
            Ok(()) => Ok(plan),
            Err(_) => Err(changed(&self.start, &self.asked)),
        }
    }

    /// Returns the plan of a run that deletes what was left behind, as its journal tells it.
    fn removal(&self, selected: &SelectionArgs) -> Result<Plan, CommandError> {
        let environments = read_files(&selected.files)?;
        let coverage = plan::coverage(&environments, &variable)?;
        let announced: Vec<&AnnouncedInstance> =
            self.kept.state.instances.iter().map(|instance| &instance.announced).collect();
        let is_open = |one: &AnnouncedInstance| self.kept.past.end(&one.id).is_none();
        let named =
            |one: &&&AnnouncedInstance| is_open(one) && coverage.stacks.contains_key(&one.place());
        if let Some(named) = announced.iter().find(named) {
            return Err(unusable(
                &format!("run {} deletes {}, which the files name again", self.start.run, named.id),
                "`xdeploy prune` deletes what they do not name",
            ));
        }
        let needs = |one: &AnnouncedInstance| {
            let needed = one.needs.iter().filter_map(|need| announced.get(*need));
            needed.map(|need| need.place()).collect()
        };
        let stacks: Vec<StackToRemove> = announced
            .iter()
            .map(|one| StackToRemove {
                id: one.id.clone(),
                place: one.place(),
                stack_id: one.stack_id.clone(),
                needs: needs(one),
                made_by: self.start.run.clone(),
            })
            .collect();
        Ok(plan::removal(&environments, &stacks, &variable)?)
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

    /// Returns what needs what the run still deletes and is not deleted by it.
    fn dependents(&self, plan: &Arc<Plan>) -> Result<Dependents, CommandError> {
        match self.start.operation {
            Operation::Destroy if !self.asked.leave_dependents => {
                Dependents::of_destroy(&selected(&self.asked), plan)
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
        let cloud = connect(&cloud, whole, Clock::System)?;
        let (id, operation) = (self.start.run.clone(), self.start.operation);
        let run = Run::new(id, operation, Limits::default(), Clock::System);
        let (past, asked) = (Some(self.kept.past.clone()), Some(self.asked.clone()));
        let run = Run { past, asked, ..run };
        let sessions = log_in(output, plan, &cloud, run, self.kept.state.clone()).await?;
        Ok((cloud, sessions))
    }

    /// Makes the run ready to go on.
    pub fn ready(
        self,
        plan: Arc<Plan>,
        (cloud, sessions): (Cloud, Arc<Sessions>),
    ) -> Result<(ReadyRun, NotBegun), CommandError> {
        let ready = self.kept.go_on(plan, cloud, self.folder, self.locks);
        let ready =
            ready.map_err(|error| CommandError::caused_by(&error, "nothing was touched"))?;
        let run = Run { sessions: Some(sessions), ..ready.run };
        Ok((ReadyRun { run, ..ready }, self.not_begun))
    }
}

/// Whether what was named is a file and no run.
fn is_environment(file: &Path) -> bool {
    let is_yaml = |extension: &std::ffi::OsStr| extension == "yaml" || extension == "yml";
    file.extension().is_some_and(is_yaml)
}

fn from_what_stands(arguments: &ResumeArgs) -> ApplyArgs {
    ApplyArgs {
        selection: SelectionArgs::everything(vec![arguments.run.clone().into()]),
        cloud: arguments.cloud.clone(),
        yes: arguments.yes,
        run_args: arguments.run_args.clone(),
        cancel_updates: arguments.cancel_updates,
        max_concurrent: None,
        on_failure: None,
        in_order: false,
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

/// Returns why a run whose files are not what was begun stays.
fn changed(start: &PastStart, asked: &RunRequest) -> CommandError {
    let files: Vec<String> = asked.files.iter().map(|file| foreign::path(file)).collect();
    unusable(
        &format!(
            "{} or a template of it changed since run {} began: it can be neither resumed nor rolled back",
            files.join(", "),
            start.run
        ),
        "bring the files back as they were, or run `xdeploy apply`, which takes the stacks as \
         they are",
    )
}

/// Returns why a run stays as it is.
pub(super) fn unusable(message: &str, help: &str) -> CommandError {
    CommandError::usage(format!("{message}: nothing was touched")).with_help(help)
}

pub(super) fn selected(asked: &RunRequest) -> SelectionArgs {
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
    }
}
