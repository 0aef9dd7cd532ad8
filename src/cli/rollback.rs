//! `xdeploy rollback`.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use super::arguments::{CloudArgs, Global, RunArgs};
use super::confirm::confirm;
use super::dependents::{Dependents, OnDependents, ROLLBACK};
use super::error::CommandError;
use super::exit::Exit;
use super::resumable_run::{ResumableRun, read};
use super::resumed_plan::{PlanSource, selected, unusable};
use super::run_output::RunOutput;
use super::{left_behind_dependents, print};
use crate::engine::Run;
use crate::event::Outcome;
use crate::name::{InstanceId, StackPlace};
use crate::plan::Plan;
use crate::report::resume_command;
use crate::run::ReadyRun;

/// The arguments of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackArgs {
    /// The run whose changes are put back: its id, the start of one, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
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
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    let when_locked = arguments.run_args.when_locked();
    let found = read(&arguments.run, &arguments.cloud, when_locked).await?;
    let (start, past) = (&found.start, &found.kept.past);
    if start.operation.deletes() {
        return Err(unusable(
            &format!("run {} deleted stacks: what they held is gone", start.run),
            "`xdeploy apply` makes them anew",
        ));
    }
    if past.is_open() {
        return Err(unusable(
            &format!("run {} left stacks that may still move", start.run),
            &format!(
                "`{}` follows them to their end; then roll back",
                resume_command(&start.run, arguments.cloud.state.named().as_deref())
            ),
        ));
    }
    let plan = found.plan(PlanSource::FilesOrKept)?;
    let changed = plan.instances.iter().filter(|i| past.change(&i.id).is_some()).count();
    if changed == 0 {
        print::note(&format!("run {} changed nothing that could be put back", start.run));
        return Ok(Exit::Done);
    }
    found.check_templates()?;
    let going = Going::of(&found, &plan);
    let dependents = going.dependents(&found, &plan);
    let progress = arguments.run_args.progress;
    let entered =
        found.enter((&plan, dependents.plan()), &arguments.cloud, progress, &output).await?;
    let on_dependents = OnDependents::of(arguments.leave_dependents);
    dependents.check(&entered.1, on_dependents, ROLLBACK, (progress, global)).await?;
    left_behind_dependents::check_rollback(
        (&found.folder, &found.asked),
        &going.deleted_places(&plan),
        &going.back_places(&plan).chain(dependents.places()).collect(),
        (on_dependents, progress),
    )?;
    if !arguments.yes && !arguments.cloud.sandbox && !found.asked.sandbox {
        let what = format!("rollback puts back {changed} stack instances of run {}", start.run);
        confirm("rollback", &what)?;
    }
    let (ready, not_begun) = found.ready(plan, entered)?;
    let ready = ReadyRun { run: Run { goes_back: true, ..ready.run }, ..ready };
    Ok(output.carry_out(ready, not_begun).await)
}

/// What a rollback does with the stack instances that its run changed.
struct Going<'a> {
    /// Those that go back.
    back: BTreeSet<&'a InstanceId>,
    /// Those among them that go away, as the run created them.
    deleted: BTreeSet<&'a InstanceId>,
    /// When the first of these was made, by AWS's clock: what was changed last before stood without it.
    since: Option<Timestamp>,
}

impl<'a> Going<'a> {
    fn of(found: &ResumableRun, plan: &'a Plan) -> Self {
        let mut going = Self { back: BTreeSet::new(), deleted: BTreeSet::new(), since: None };
        let mut made = Vec::new();
        for instance in &plan.instances {
            let Some(end) = found.kept.past.change(&instance.id) else { continue };
            going.back.insert(&instance.id);
            if end.outcome == Outcome::Created {
                going.deleted.insert(&instance.id);
                made.push(end.changed);
            }
        }
        let made: Option<Vec<Timestamp>> = made.into_iter().collect();
        going.since = made.and_then(|made| made.into_iter().min());
        going
    }

    /// Returns what needs a stack that goes away, and does not go back itself, as the files name it.
    fn dependents(&self, found: &ResumableRun, plan: &Arc<Plan>) -> Dependents {
        if self.deleted.is_empty() {
            return Dependents::none(plan);
        }
        // A rollback needs no more of the files than the run does: what else they hold may be unreadable.
        Dependents::of_rollback(&selected(&found.asked), &self.deleted, &self.back, self.since)
            .unwrap_or_else(|_| Dependents::none(plan))
    }

    /// Returns where the stacks are that go away.
    fn deleted_places(&self, plan: &Plan) -> BTreeSet<StackPlace> {
        let deleted = plan.instances.iter().filter(|one| self.deleted.contains(&one.id));
        deleted.map(|one| plan.place_of(one)).collect()
    }

    /// Returns where the stacks are that go back.
    fn back_places(&self, plan: &Plan) -> impl Iterator<Item = StackPlace> {
        let back = plan.instances.iter().filter(|one| self.back.contains(&one.id));
        back.map(|one| plan.place_of(one))
    }
}
