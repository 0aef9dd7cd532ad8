//! `xdeploy apply` and `xdeploy destroy`.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::arguments::{CloudArgs, Global, RunArgs, SelectionArgs};
use super::broken_off::tell_broken_off;
use super::confirm::{self, confirm};
use super::connect::connect;
use super::environment_lock::{ELSEWHERE, lock_environments};
use super::error::CommandError;
use super::exit::Exit;
use super::load::load_for;
use super::login::log_in;
use super::run_output::RunOutput;
use super::run_request::{run_request, with_caller};
use super::{codebuild, rehearsal, signals};
use crate::clock::Clock;
use crate::engine::{Limits, Run};
use crate::environment::OnFailure;
use crate::event::{Operation, RunRequest};
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::RunState;
use crate::run;

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
    /// When the run is asked to stop, cancel the updates that are under way: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
    /// Begin with each file only once the one before it succeeded
    #[arg(long)]
    pub in_order: bool,
}

/// Carries out an operation on everything that is selected.
///
/// # Errors
/// When it was refused before it began.
pub async fn apply(
    operation: Operation,
    arguments: &ApplyArgs,
    global: &Global,
) -> Result<Exit, CommandError> {
    let plan = Arc::new(load_for(operation, &arguments.selection)?);
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    let not_begun = signals::not_begun();
    let clock = Clock::System;
    // The sandbox holds nothing that a question could save.
    let asks = !arguments.yes && !arguments.cloud.sandbox;
    let new_run = || {
        let execution = codebuild::execution().unwrap_or_default();
        let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
        let asked = Some(asked(arguments, &plan));
        Run { asked, ..Run::new(id, operation, limits(arguments), clock) }
    };
    if asks && let Err(refused) = confirm::check(operation.as_str()) {
        return Err(output.decline(&plan, new_run(), refused).await);
    }
    let folder = arguments.cloud.state.folder();
    let unusable = |error: &dyn std::error::Error| CommandError::caused_by(error, ELSEWHERE);
    // Before the sandbox makes its own folder there.
    folder.make().map_err(|error| unusable(&error))?;
    let environments = plan.environments.iter().map(|environment| &environment.name);
    let mut locks =
        match lock_environments(&folder, environments, arguments.run_args.when_locked()).await {
            Err(refused) if refused.exit == Exit::Refused => {
                return Err(output.decline(&plan, new_run(), refused).await);
            }
            locks => locks?,
        };
    // Only now: a run is as old as what it does.
    let run = new_run();
    locks.sign(&run.id, operation, clock);
    // Only under our locks: the run before it may have changed IAM just now, or the sandbox.
    rehearsal::announce(&arguments.cloud.sandbox_fault, arguments.run_args.progress);
    let cloud = connect(&arguments.cloud, &plan, clock)?;
    let sessions = log_in(&output, &plan, &cloud, run.clone(), RunState::default()).await?;
    let asked = with_caller(asked(arguments, &plan), &plan, &sessions);
    tell_broken_off(&folder, &plan, asked.state_dir.as_deref());
    if asks {
        let scope = confirm::scope(operation, &plan);
        if let Err(refused) = confirm(operation.as_str(), &scope) {
            return Err(output.decline(&plan, run, refused).await);
        }
    }
    let cancel_updates = arguments.cancel_updates;
    let run = Run { asked: Some(asked), cancel_updates, sessions: Some(sessions), ..run };
    let ready = run::begin(plan, cloud, run, folder, locks).map_err(|error| unusable(&error))?;
    Ok(output.carry_out(ready, not_begun).await)
}

fn limits(arguments: &ApplyArgs) -> Limits {
    let &ApplyArgs { max_concurrent, on_failure, in_order, .. } = arguments;
    Limits { max_concurrent, on_failure, in_order }
}

/// Returns what a run was asked for, so that it can be resumed.
fn asked(arguments: &ApplyArgs, plan: &Plan) -> RunRequest {
    RunRequest {
        max_concurrent: arguments.max_concurrent.map(NonZeroUsize::get),
        on_failure: arguments.on_failure.map(|on_failure| on_failure.word().to_owned()),
        ..run_request(&arguments.selection, &arguments.cloud, plan)
    }
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
