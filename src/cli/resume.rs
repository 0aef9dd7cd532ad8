//! `xdeploy resume`.

use std::path::Path;

use clap::Args;

use super::apply::{ApplyArgs, CancelArgs, apply};
use super::approval::{Asked, Ended, approval, can_ask};
use super::arguments::{CloudArgs, Global, ProgressMode, RunArgs, SelectionArgs};
use super::candidates;
use super::change_args::ChangeArgs;
use super::error::CommandError;
use super::exit::Exit;
use super::left_of_plan::LeftOfPlan;
use super::on_dependents::{OnDependents, RESUME_DESTROY, RESUME_PRUNE};
use super::paused_run::paused_run;
use super::resumable_run::{ResumableRun, Wanted, read};
use super::resumed_plan::PlanOfRun;
use super::run_output::RunOutput;
use super::run_request::with_caller;
use super::shared_state::{StateLogin, open_state};
use super::state_args::OfArgs;
use super::{left_behind, made_up, print, resumed_prune};
use crate::engine::{Approval, Run};
use crate::event::Operation;
use crate::report::{RunState, run_command};
use crate::run::ReadyRun;

/// The arguments of `resume`.
#[derive(Clone, Debug, Args)]
pub struct ResumeArgs {
    /// The run: its id, the start of one, or `latest`; or an environment file, to resume from
    /// the stacks as they are in the cloud
    #[arg(value_name = "RUN", default_value = "latest", add = candidates::runs())]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Whose runs.
    #[command(flatten)]
    pub of: OfArgs,
    /// Ask no question about an environment file; a run was agreed to when it began
    #[arg(short, long)]
    pub yes: bool,
    /// Let the wave begin before which the run waits for approval
    #[arg(long)]
    pub approve: bool,
    /// What is let begin, as the person at the terminal was told of it.
    #[arg(skip)]
    pub gates: Asked,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
    /// What becomes of what is under way.
    #[command(flatten)]
    pub cancelling: CancelArgs,
}

/// Resumes a run that is unfinished or was cancelled, or waits for approval.
///
/// # Errors
/// When it was refused before it went on.
pub async fn resume(arguments: &ResumeArgs, global: &Global) -> Result<Ended, CommandError> {
    if is_environment(Path::new(&arguments.run)) {
        return apply(&from_what_stands(arguments)?, global).await;
    }
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    open_state(
        &arguments.cloud.state,
        &arguments.of.files(),
        StateLogin::from(&arguments.cloud).of_file(),
    )
    .await?;
    if let Some(paused) = paused_run(&arguments.run, &arguments.cloud.state).await? {
        return paused.go_on(&output).await.map(Ended::from);
    }
    let how = (&arguments.cloud, &arguments.of, arguments.run_args.when_locked());
    let found = read(&arguments.run, how, Wanted::Resumed, &output).await?;
    let approved = match approved(arguments, &found) {
        Err(refused) if refused.exit == Exit::Refused => {
            if arguments.gates == Asked::Nothing && can_ask(&arguments.run_args) {
                return Ok(ended(arguments, (refused.exit, &found.kept.state)));
            }
            return Err(found.left(&output, refused).await);
        }
        approved => approved?,
    };
    if found.kept.is_over() {
        tell_that_it_is_over(&found);
        return Ok(output.finish_told(&found.kept.state).into());
    }
    go_on(arguments, (found, approved), &output, global).await
}

/// Returns what of a run is approved.
fn approved(
    arguments: &ResumeArgs,
    found: &ResumableRun,
) -> Result<Option<Approval>, CommandError> {
    let asked = match (arguments.approve, &found.gates_seen) {
        // What it came to meanwhile, nobody saw.
        (true, Some(seen)) if *seen != found.kept.past.gates() => Asked::These(seen.clone()),
        (true, _) => Asked::AllThatWait,
        (false, _) => arguments.gates.clone(),
    };
    approval(&asked, &found.kept.past, (&found.start.run, found.named_state()))
}

fn ended(arguments: &ResumeArgs, (exit, state): (Exit, &RunState)) -> Ended {
    let ResumeArgs { cloud, run_args, cancelling, .. } = arguments;
    Ended::of((exit, state), (cloud, run_args, cancelling.cancel_updates))
}

/// Says that nothing of a run is left.
fn tell_that_it_is_over(found: &ResumableRun) {
    let (run, named_state) = (&found.start.run, found.named_state());
    let report = run_command("report", run, named_state);
    let back = match found.kept.past.not_back().is_empty() {
        true => String::new(),
        false => {
            let rollback = run_command("rollback", run, named_state);
            format!("; `{rollback}` tries again what is not back")
        }
    };
    print::note_line(&format!(
        "run {run} has ended and leaves nothing to resume{back}; `{report}` shows how it went"
    ));
}

/// Goes on with a run of which something is left.
async fn go_on(
    arguments: &ResumeArgs,
    (found, approved): (ResumableRun, Option<Approval>),
    output: &RunOutput<'_>,
    global: &Global,
) -> Result<Ended, CommandError> {
    let of_run = found.plan()?;
    let dependents = found.dependents(&of_run)?;
    let plan = of_run.plan.clone();
    let progress = arguments.run_args.progress;
    let entered =
        found.enter((&plan, dependents.plan()), &arguments.cloud, progress, output).await?;
    let on_dependents = OnDependents::of(found.asked.leave_dependents);
    let shown = (progress, global);
    let checked = dependents.check(&entered.1, on_dependents, RESUME_DESTROY, shown).await;
    let checked = checked.and_then(|()| check_by_runs(&found, &of_run, progress));
    if let Err(error) = checked {
        return Err(found.declined(&plan, output, (error, &entered.0)).await);
    }
    let caller = with_caller(found.asked.clone(), &plan, &entered.1).origin.caller;
    let approval = approved.map(|approved| Approval { caller, ..approved });
    let (ready, not_begun) = found.ready(plan, entered).await?;
    let cancel_updates = arguments.cancelling.cancel_updates;
    let run = Run { cancel_updates, approval, ..ready.run };
    let left = LeftOfPlan::of(&run, &ready.plan, &arguments.cloud);
    let carried = output.carry_out(ReadyRun { run, ..ready }, not_begun);
    let (exit, state) = made_up::told_after((&arguments.cloud, progress), carried).await;
    if let Some(left) = left {
        left.tidy_up().await;
    }
    Ok(ended(arguments, (exit, &state)))
}

/// Checks that nothing needs what the run still deletes, as far as runs have told, where no file does.
fn check_by_runs(
    found: &ResumableRun,
    PlanOfRun { plan, is_kept }: &PlanOfRun,
    progress: ProgressMode,
) -> Result<(), CommandError> {
    let deleting = match found.start.operation {
        Operation::Prune => RESUME_PRUNE,
        Operation::Destroy if *is_kept => RESUME_DESTROY,
        Operation::Destroy | Operation::Apply | Operation::Plan => return Ok(()),
    };
    let inventory = left_behind::inventory(&found.folder, progress);
    let began = (&found.start, &found.asked);
    resumed_prune::check_dependents(&inventory, plan, began, (deleting, progress))
}

/// Whether what was named is an environment file by its name.
pub(super) fn is_environment(file: &Path) -> bool {
    let is_yaml = |extension: &std::ffi::OsStr| extension == "yaml" || extension == "yml";
    file.extension().is_some_and(is_yaml)
}

/// Returns what applies an environment file, as no run is named.
fn from_what_stands(arguments: &ResumeArgs) -> Result<ApplyArgs, CommandError> {
    if arguments.approve {
        let text = "--approve: an environment file waits for no approval: nothing was touched";
        return Err(CommandError::usage(text).with_help("name the run: `xdeploy runs` lists it"));
    }
    if !arguments.run_args.progress.is_events() {
        print::note("no journal is asked for: taking the stacks as they are in the cloud");
    }
    let change = ChangeArgs {
        selection: SelectionArgs::everything(vec![arguments.run.clone().into()]),
        cloud: arguments.cloud.clone(),
        yes: arguments.yes,
        run_args: arguments.run_args.clone(),
        max_concurrent: None,
        on_failure: None,
        in_order: false,
        accept_accounts: false,
        allow: Vec::new(),
    };
    Ok(ApplyArgs { change, cancelling: arguments.cancelling })
}
