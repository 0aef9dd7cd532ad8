//! `xdeploy apply`, and the way of a new run that `destroy` shares.

use std::sync::Arc;

use clap::Args;

use super::approval::Ended;
use super::arguments::Global;
use super::change_args::ChangeArgs;
use super::confirm::{self, Consent};
use super::connect::{clock, connect};
use super::dependents::Dependents;
use super::environment_lock::{ELSEWHERE, lock_environments, sign};
use super::error::CommandError;
use super::exit::Exit;
use super::guards::Looked;
use super::left_behind::{self, LeftBehindFound};
use super::left_of_plan::LeftOfPlan;
use super::load::load_for;
use super::login::log_in;
use super::on_dependents::OnDependents;
use super::packaged::packaged;
use super::planned_apply::PlannedApply;
use super::run_output::RunOutput;
use super::run_request::with_caller;
use super::unfinished_runs::tell_unfinished;
use super::{codebuild, made_up, print, rehearsal, signals};
use crate::clock::Clock;
use crate::engine::Run;
use crate::event::{Allowance, Operation, RunRequest};
use crate::journal::RunFolder;
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::RunState;
use crate::run;
use crate::sessions::Sessions;

/// The arguments of `apply`.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// What is changed, and how.
    #[command(flatten)]
    pub change: ChangeArgs,
    /// What becomes of what is under way.
    #[command(flatten)]
    pub cancelling: CancelArgs,
}

/// What a cancelled run does with what is under way.
#[derive(Clone, Copy, Debug, Args)]
pub struct CancelArgs {
    /// When the run is cancelled, cancel the updates that are under way as well: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
}

/// Creates or updates everything that is selected.
///
/// # Errors
/// When it was refused before it began.
pub async fn apply(arguments: &ApplyArgs, global: &Global) -> Result<Ended, CommandError> {
    let ApplyArgs { change, cancelling } = arguments;
    let planned = PlannedApply::named(change)?;
    let change = match &planned {
        Some(planned) => ChangeArgs { selection: planned.selection(), ..change.clone() },
        None => change.clone(),
    };
    let change = &change.listed(global).await?;
    let (operation, on_dependents) = (Operation::Apply, OnDependents::Refuse);
    let planned = planned.as_ref();
    let run = NewRun { operation, change, cancelling: *cancelling, on_dependents, planned };
    run.carry_out(global).await
}

/// A run that is asked for, to change everything that is selected.
pub struct NewRun<'a> {
    /// What it does.
    pub operation: Operation,
    /// What it is told.
    pub change: &'a ChangeArgs,
    /// What becomes of what is under way when it is cancelled.
    pub cancelling: CancelArgs,
    /// What becomes of what needs stacks that it deletes.
    pub on_dependents: OnDependents,
    /// The saved plan that it carries out, if it does.
    pub planned: Option<&'a PlannedApply>,
}

impl NewRun<'_> {
    /// Carries out the run to its end.
    ///
    /// # Errors
    /// When it was refused before it began.
    pub async fn carry_out(&self, global: &Global) -> Result<Ended, CommandError> {
        let Self { operation, change, .. } = *self;
        let plan = Arc::new(self.load(global)?);
        let dependents = self.dependents(&plan)?;
        change.run_args.report_files.check()?;
        let output = RunOutput::new(&change.run_args, global);
        let not_begun = signals::not_begun();
        if change.consent() == Consent::Asked
            && let Err(refused) = confirm::check(operation.as_str())
        {
            return Err(output.decline(&plan, self.new_run(&plan), (refused, None)).await);
        }
        let account_sets = change.account_sets(operation.as_str());
        let account_sets = self.told(account_sets, &plan, &output).await?;
        let place = change.cloud.state.place();
        let folder = place.folder().clone();
        // Before the sandbox makes its own folder there.
        folder.make().map_err(|error| unusable(&error))?;
        let environments = plan.environments.iter().map(|environment| &environment.name);
        let when_locked = change.run_args.when_locked();
        let locked = lock_environments(&place, environments, when_locked).await;
        let mut locks = self.told(locked, &plan, &output).await?;
        // Only now: a run is as old as what it does, and the run before it may have moved the sandbox's time.
        let clock = clock(&change.cloud)?;
        let run = Run { clock, ..self.new_run(&plan) };
        self.told(sign(&mut locks, &run.id, operation).await, &plan, &output).await?;
        if let Some(planned) = self.planned {
            self.told(planned.check_files(&plan, &change.cloud).await, &plan, &output).await?;
        }
        // Only under our locks: the run before it may have changed IAM just now, or the sandbox.
        rehearsal::announce(&change.cloud.sandbox_fault, change.run_args.progress);
        if operation == Operation::Apply {
            made_up::tell(&change.cloud, &plan, change.run_args.progress);
        }
        let cloud = connect(&change.cloud, dependents.plan(), clock)?;
        let sessions = log_in(&output, &plan, &cloud, run.clone(), RunState::default()).await?;
        let asked = with_caller(self.asked(&plan), &plan, &sessions);
        tell_unfinished(&folder, &plan, (&asked, change.run_args.progress));
        // Before the question: a key that was renamed makes another stack.
        let left_behind = self.left_behind(&plan, (&sessions, &folder));
        let run = Run { asked: Some(asked), sessions: Some(sessions.clone()), ..run };
        let known = (&dependents, &*sessions, &folder);
        let agreed = self.agreed((&plan, &cloud), &run, (known, not_begun), global).await;
        let Looked { change_sets, not_begun } = match agreed {
            Ok(looked) => looked,
            Err(refused) => {
                return Err(output.decline(&plan, run, (refused, Some(&cloud))).await);
            }
        };
        let (left_behind, left_behind_unknown) = left_behind.told();
        let cancel_updates = self.cancelling.cancel_updates;
        let run = Run { left_behind, left_behind_unknown, cancel_updates, change_sets, ..run };
        let left = LeftOfPlan::of(&run, &plan, &change.cloud);
        let ready = run::begin(plan, cloud, run, place, locks).await;
        let ready = ready.map_err(|error| unusable(&error))?;
        account_sets.keep(&ready.run);
        let told = (&change.cloud, change.run_args.progress);
        let (exit, state) = made_up::told_after(told, output.carry_out(ready, not_begun)).await;
        if let Some(left) = left {
            left.tidy_up().await;
        }
        Ok(Ended::of((exit, &state), (&change.cloud, &change.run_args, cancel_updates)))
    }

    /// Returns what earlier runs made and no file names any more, once keys that were renamed are told.
    fn left_behind(&self, plan: &Plan, known: (&Sessions, &RunFolder)) -> LeftBehindFound {
        let (selection, progress) = (&self.change.selection, self.change.run_args.progress);
        match self.operation {
            Operation::Apply => {
                left_behind::find(selection, plan, known, progress).tell_renames(progress)
            }
            Operation::Destroy | Operation::Prune | Operation::Plan => LeftBehindFound::default(),
        }
    }

    /// Returns the plan of the files; of a saved one whose files are others by now, what was kept of it.
    fn load(&self, global: &Global) -> Result<Plan, CommandError> {
        if let Some(kept) = self.planned.and_then(|planned| planned.if_changed(&self.change.cloud))
        {
            return Ok(kept);
        }
        let plan = load_for(self.operation, &self.change.selection)?;
        match self.operation {
            Operation::Apply => packaged(plan, Some((self.change.run_args.progress, global))),
            Operation::Destroy | Operation::Prune | Operation::Plan => Ok(plan),
        }
    }

    /// Returns what was done, with the report of a run that was refused if it was.
    async fn told<T>(
        &self,
        done: Result<T, CommandError>,
        plan: &Plan,
        output: &RunOutput<'_>,
    ) -> Result<T, CommandError> {
        match done {
            Err(refused) if refused.exit == Exit::Refused => {
                Err(output.decline(plan, self.new_run(plan), (refused, None)).await)
            }
            done => done,
        }
    }

    /// Returns what needs what the run deletes and is not deleted with it.
    fn dependents(&self, plan: &Arc<Plan>) -> Result<Dependents, CommandError> {
        let selection = &self.change.selection;
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

    fn new_run(&self, plan: &Plan) -> Run {
        let clock = Clock::System;
        let execution = codebuild::execution().unwrap_or_default();
        let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
        let run = Run::new(id, self.operation, self.change.limits(), clock);
        let change_sets = self.planned.map(PlannedApply::change_sets).unwrap_or_default();
        Run { asked: Some(self.asked(plan)), change_sets, ..run }
    }

    /// Returns what the run was asked for, so that it can be resumed.
    fn asked(&self, plan: &Plan) -> RunRequest {
        let asked = self.change.run_request(self.on_dependents, plan);
        let Some(planned) = self.planned else { return asked };
        let mut allow = planned.allow().to_vec();
        Allowance::add(&mut allow, &asked.allow);
        RunRequest { saved_plan: Some(planned.id().clone()), allow, ..asked }
    }
}

fn unusable(error: &dyn std::error::Error) -> CommandError {
    CommandError::caused_by(error, ELSEWHERE)
}
