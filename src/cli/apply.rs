//! `xdeploy apply`, and the way of a new run that `destroy` shares.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::arguments::{CloudArgs, Global, RunArgs, SelectionArgs};
use super::confirm::{self, confirm};
use super::connect::connect;
use super::dependents::{self, DESTROY, Dependents, OnDependents};
use super::environment_lock::{ELSEWHERE, lock_environments};
use super::error::CommandError;
use super::exit::Exit;
use super::left_behind::{self, LeftBehindFound};
use super::load::load_for;
use super::login::log_in;
use super::run_output::RunOutput;
use super::run_request::{run_request, with_caller};
use super::unfinished_runs::tell_unfinished;
use super::{codebuild, left_behind_dependents, print, rehearsal, signals, warnings};
use crate::clock::Clock;
use crate::engine::{Limits, Run};
use crate::environment::OnFailure;
use crate::event::{Operation, RunRequest};
use crate::journal::RunFolder;
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::RunState;
use crate::run;
use crate::sessions::Sessions;

/// The arguments of `apply` and `destroy`.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
    /// The most stack instances in flight, instead of what the files say
    #[arg(long, value_name = "N")]
    pub max_concurrent: Option<NonZeroUsize>,
    /// What a failure stops besides what needs it, instead of what the files say
    #[arg(long, value_name = "ACTION", value_parser = on_failure())]
    pub on_failure: Option<OnFailure>,
    /// When the run is cancelled, cancel the updates that are under way as well: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
    /// Begin with each file only once the one before it succeeded
    #[arg(long)]
    pub in_order: bool,
}

/// Creates or updates everything that is selected.
///
/// # Errors
/// When it was refused before it began.
pub async fn apply(arguments: &ApplyArgs, global: &Global) -> Result<Exit, CommandError> {
    let (operation, on_dependents) = (Operation::Apply, OnDependents::Refuse);
    NewRun { operation, arguments, on_dependents }.carry_out(global).await
}

/// A run that is asked for, to change everything that is selected.
pub struct NewRun<'a> {
    /// What it does.
    pub operation: Operation,
    /// What it is told.
    pub arguments: &'a ApplyArgs,
    /// What becomes of what needs stacks that it deletes.
    pub on_dependents: OnDependents,
}

impl NewRun<'_> {
    /// Carries out the run to its end.
    ///
    /// # Errors
    /// When it was refused before it began.
    pub async fn carry_out(&self, global: &Global) -> Result<Exit, CommandError> {
        let Self { operation, arguments, .. } = *self;
        let plan = Arc::new(load_for(operation, &arguments.selection)?);
        let dependents = self.dependents(&plan)?;
        arguments.run_args.report_files.check()?;
        let output = RunOutput::new(&arguments.run_args, global);
        let not_begun = signals::not_begun();
        let clock = Clock::System;
        if self.asks()
            && let Err(refused) = confirm::check(operation.as_str())
        {
            return Err(output.decline(&plan, self.new_run(&plan), refused).await);
        }
        let folder = arguments.cloud.state.folder();
        // Before the sandbox makes its own folder there.
        folder.make().map_err(|error| unusable(&error))?;
        let environments = plan.environments.iter().map(|environment| &environment.name);
        let when_locked = arguments.run_args.when_locked();
        let mut locks = match lock_environments(&folder, environments, when_locked).await {
            Err(refused) if refused.exit == Exit::Refused => {
                return Err(output.decline(&plan, self.new_run(&plan), refused).await);
            }
            locks => locks?,
        };
        // Only now: a run is as old as what it does.
        let run = self.new_run(&plan);
        locks.sign(&run.id, operation, clock);
        // Only under our locks: the run before it may have changed IAM just now, or the sandbox.
        rehearsal::announce(&arguments.cloud.sandbox_fault, arguments.run_args.progress);
        let cloud = connect(&arguments.cloud, dependents.plan(), clock)?;
        let sessions = log_in(&output, &plan, &cloud, run.clone(), RunState::default()).await?;
        let asked = with_caller(self.asked(&plan), &plan, &sessions);
        tell_unfinished(&folder, &plan, (&asked, arguments.run_args.progress));
        if let Err(refused) = self.confirm(&plan, &dependents, (&sessions, &folder), global).await {
            return Err(output.decline(&plan, run, refused).await);
        }
        let left_behind = match operation {
            Operation::Apply => {
                let (selection, progress) = (&arguments.selection, arguments.run_args.progress);
                left_behind::find(selection, &plan, (&sessions, &folder), progress)
            }
            Operation::Destroy | Operation::Prune | Operation::Plan => LeftBehindFound::default(),
        };
        let left_behind = left_behind.told();
        let cancel_updates = arguments.cancel_updates;
        let (asked, sessions) = (Some(asked), Some(sessions));
        let run = Run { asked, cancel_updates, sessions, left_behind, ..run };
        let ready =
            run::begin(plan, cloud, run, folder, locks).map_err(|error| unusable(&error))?;
        Ok(output.carry_out(ready, not_begun).await)
    }

    /// Returns what needs what the run deletes and is not deleted with it.
    fn dependents(&self, plan: &Arc<Plan>) -> Result<Dependents, CommandError> {
        let selection = &self.arguments.selection;
        match (self.operation, self.on_dependents) {
            (Operation::Apply | Operation::Prune | Operation::Plan, _) => {
                Ok(Dependents::none(plan))
            }
            (Operation::Destroy, OnDependents::Refuse) => Dependents::of_destroy(selection, plan)
                .inspect_err(|_| {
                    print::note(
                        "what needs the selected stacks is known by the whole of the files only; \
                         --leave-dependents does without it",
                    );
                }),
            (Operation::Destroy, OnDependents::Leave) => {
                Ok(Dependents::of_destroy(selection, plan)
                    .unwrap_or_else(|_| Dependents::none(plan)))
            }
        }
    }

    /// Whether a person is asked: the sandbox holds nothing that a question could save.
    fn asks(&self) -> bool {
        !self.arguments.yes && !self.arguments.cloud.sandbox
    }

    /// Tells what the run does beyond the selection, and asks whether it is to be done.
    async fn confirm(
        &self,
        plan: &Plan,
        dependents: &Dependents,
        (sessions, folder): (&Sessions, &RunFolder),
        global: &Global,
    ) -> Result<(), CommandError> {
        let Self { operation, arguments, on_dependents } = *self;
        let progress = arguments.run_args.progress;
        let shown = (progress, global);
        if operation == Operation::Apply {
            warnings::tell(plan, shown);
        }
        dependents::tell_cut(operation, &arguments.selection, plan, progress);
        dependents.check(sessions, on_dependents, DESTROY, shown).await?;
        if operation == Operation::Destroy {
            let selection = &arguments.selection;
            let known = (sessions, folder);
            left_behind_dependents::check(
                selection,
                plan,
                dependents,
                known,
                (on_dependents, progress),
            )
            .await?;
        }
        if self.asks() {
            confirm(operation.as_str(), &confirm::scope(operation, plan))?;
        }
        Ok(())
    }

    fn new_run(&self, plan: &Plan) -> Run {
        let Self { operation, arguments, .. } = *self;
        let &ApplyArgs { max_concurrent, on_failure, in_order, .. } = arguments;
        let limits = Limits { max_concurrent, on_failure, in_order };
        let clock = Clock::System;
        let execution = codebuild::execution().unwrap_or_default();
        let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
        Run { asked: Some(self.asked(plan)), ..Run::new(id, operation, limits, clock) }
    }

    /// Returns what the run was asked for, so that it can be resumed.
    fn asked(&self, plan: &Plan) -> RunRequest {
        let arguments = self.arguments;
        RunRequest {
            max_concurrent: arguments.max_concurrent.map(NonZeroUsize::get),
            on_failure: arguments.on_failure.map(|on_failure| on_failure.word().to_owned()),
            leave_dependents: self.on_dependents == OnDependents::Leave,
            ..run_request(&arguments.selection, &arguments.cloud, plan)
        }
    }
}

fn unusable(error: &dyn std::error::Error) -> CommandError {
    CommandError::caused_by(error, ELSEWHERE)
}

/// The words of `--on-failure`, as `--help` explains them.
fn on_failure() -> impl TypedValueParser<Value = OnFailure> {
    let help = |on_failure: OnFailure| match on_failure {
        OnFailure::Stop => "Everything that has not started, once more accounts failed than may",
        OnFailure::Continue => "Nothing",
        OnFailure::RollbackWave => "As stop; then what the run changed in the wave is put back",
        OnFailure::RollbackRun => "As stop; then all that the run changed is put back",
    };
    let known = OnFailure::WORDS.iter();
    let values = known.map(|(word, meaning)| PossibleValue::new(*word).help(help(*meaning)));
    PossibleValuesParser::new(values)
        .map(|word| OnFailure::of_word(&word).expect("only words that are known get here"))
}
