//! `xdeploy rollback`.

use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, RunArgs};
use super::candidates;
use super::confirm::Consent;
use super::dependents::Dependents;
use super::error::CommandError;
use super::exit::Exit;
use super::going_back::GoingBack;
use super::guards::ALLOWED;
use super::left_of_plan::LeftOfPlan;
use super::on_dependents::{OnDependents, ROLLBACK};
use super::resumable_run::{ResumableRun, Wanted, read};
use super::run_output::RunOutput;
use super::state_args::OfArgs;
use super::unresumable::unusable;
use super::{confirm, guards, left_behind_dependents, made_up, print};
use crate::event::Allowance;
use crate::plan::Plan;
use crate::report::{resume_command, run_command};
use crate::run::clouds_of_run;
use crate::sessions::Sessions;

/// The arguments of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackArgs {
    /// The run whose changes are put back: its id, the start of one, or `latest`
    #[arg(value_name = "RUN", add = candidates::runs())]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Whose runs.
    #[command(flatten)]
    pub of: OfArgs,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// Let resources of a type be replaced or removed although `guards.keep` names it, such as
    /// remove:AWS::RDS::DBInstance; `*` stands for any characters; may be repeated
    #[arg(long, value_name = ALLOWED)]
    pub allow: Vec<Allowance>,
    /// Delete what the run created although stacks stand that need it and do not go back
    #[arg(long)]
    pub leave_dependents: bool,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
}

/// Puts back what a run changed.
///
/// # Errors
/// When it was refused before it began.
pub async fn rollback(arguments: &RollbackArgs, global: &Global) -> Result<Exit, CommandError> {
    let RollbackArgs { cloud, run_args, .. } = arguments;
    run_args.report_files.check()?;
    let output = RunOutput::new(run_args, global);
    let how = (cloud, &arguments.of, run_args.when_locked());
    let mut found = read(&arguments.run, how, Wanted::Back, &output).await?;
    found.kept.past.start.iter_mut().for_each(|start| start.allow_only(&arguments.allow));
    check_whether_it_may_go_back(&found)?;
    let plan = found.plan()?.plan;
    let going = GoingBack::of(&found, &plan);
    if going.left().0.is_empty() {
        tell_that_nothing_is_left(&found, &going);
        return Ok(found.already_back(&plan, &output).await);
    }
    found.check_templates()?;
    let dependents = going.dependents();
    let whole = (&plan, dependents.plan());
    let entered = found.enter(whole, cloud, run_args.progress, &output).await?;
    let known = (&plan, &*entered.1);
    if let Err(error) = agree(arguments, &found, (&going, &dependents), (known, global)).await {
        return Err(found.declined(&plan, &output, (error, &entered.0)).await);
    }
    let (ready, not_begun) = found.ready(plan, entered).await?;
    let left = LeftOfPlan::of(&ready.run, &ready.plan, cloud);
    let told = (cloud, run_args.progress);
    let (exit, _) = made_up::told_after(told, output.carry_out(ready, not_begun)).await;
    if let Some(left) = left {
        left.tidy_up().await;
    }
    Ok(exit)
}

/// Checks that what a run did can be put back, whatever it was.
fn check_whether_it_may_go_back(found: &ResumableRun) -> Result<(), CommandError> {
    let run = &found.start.run;
    if found.start.operation.deletes() {
        return Err(unusable(
            &format!("run {run} deleted stacks: what they held is gone"),
            "`xdeploy apply` makes them anew",
        ));
    }
    if found.kept.past.is_open() {
        let resume = resume_command(run, found.named_state());
        return Err(unusable(
            &format!("run {run} left stacks that may still move"),
            &format!("`{resume}` follows them to their end; then roll back"),
        ));
    }
    Ok(())
}

/// Says that there is nothing to put back.
fn tell_that_nothing_is_left(found: &ResumableRun, going: &GoingBack<'_>) {
    let run = &found.start.run;
    let text = match (going.is_done(), going.has_kept_something()) {
        (true, false) => format!("run {run} was rolled back before: nothing is left to put back"),
        (true, true) => format!(
            "run {run} was rolled back before, and what is left of it cannot be put back: `{}` tells it",
            run_command("report", run, found.named_state())
        ),
        (false, _) => format!("run {run} changed nothing that could be put back"),
    };
    print::note(&text);
}

/// Checks that nothing needs what is deleted, and asks whether all of it is to be done.
async fn agree(
    arguments: &RollbackArgs,
    found: &ResumableRun,
    (going, dependents): (&GoingBack<'_>, &Dependents),
    ((plan, sessions), global): ((&Arc<Plan>, &Sessions), &Global),
) -> Result<(), CommandError> {
    let RollbackArgs { cloud, yes, leave_dependents, run_args, .. } = arguments;
    let (on_dependents, progress) = (OnDependents::of(*leave_dependents), run_args.progress);
    dependents.check(sessions, on_dependents, ROLLBACK, (progress, global)).await?;
    left_behind_dependents::check_rollback(
        (&found.folder, &clouds_of_run(&found.start.environments, &found.asked)),
        &going.deleted_places(),
        (&going.changed_stacks(), &dependents.places().collect()),
        (on_dependents, progress),
    )?;
    let (ids, deleted) = going.left();
    let asked = ("rollback", arguments.allow.as_slice());
    let known = (plan, sessions);
    let used = guards::check_some_deletions(known, going.deleted_stacks(), asked).await?;
    // What goes back by an update is looked at in its turn.
    if deleted == ids.len() {
        guards::tell_unused(&arguments.allow, &used, progress);
    }
    let what = confirm::rollback(&found.start, &ids, deleted);
    let is_sandbox = cloud.sandbox || found.asked.sandbox;
    Consent::of(*yes, is_sandbox, progress).settle("rollback", &what)
}
