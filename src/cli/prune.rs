//! `xdeploy prune`.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use super::account_sets::AccountSets;
use super::approval::Ended;
use super::arguments::Global;
use super::change_args::ChangeArgs;
use super::confirm::{Consent, confirm};
use super::connect::{clock, connect};
use super::dependents::named;
use super::environment_lock::{ELSEWHERE, lock_environments, sign};
use super::error::CommandError;
use super::exit::Exit;
use super::guards;
use super::left_behind::readable_inventory;
use super::login::log_in;
use super::on_dependents::{OnDependents, PRUNE};
use super::pruned_dependents;
use super::pruned_files::PrunedFiles;
use super::pruned_stacks::PrunedStacks;
use super::run_output::RunOutput;
use super::run_request::with_caller;
use super::unfinished_runs::tell_unfinished;
use super::unmatched::tell_unmatched;
use super::{codebuild, rehearsal, signals};
use crate::clock::Clock;
use crate::engine::Run;
use crate::event::{LeftBehind, Operation, RunRequest};
use crate::journal::Inventory;
use crate::name::{AccountId, InstanceId, RunId};
use crate::plan::Plan;
use crate::report::{RunState, counted};
use crate::run;

/// The arguments of `prune`.
#[derive(Clone, Debug, Args)]
pub struct PruneArgs {
    /// What is deleted, by the names that it had, and how.
    #[command(flatten)]
    pub change: ChangeArgs,
    /// An account that the files do not cover any more, whose stacks are to be deleted as well; may be
    /// repeated
    #[arg(long, value_name = "ACCOUNT-ID")]
    pub gone: Vec<AccountId>,
    /// Delete stacks although others that stand needed them when they were last deployed
    #[arg(long)]
    pub leave_dependents: bool,
}

impl PruneArgs {
    fn on_dependents(&self) -> OnDependents {
        OnDependents::of(self.leave_dependents)
    }

    fn asked(&self, plan: &Plan) -> RunRequest {
        let asked = self.change.run_request(self.on_dependents(), plan);
        RunRequest { gone: self.gone.clone(), ..asked }
    }

    fn new_run(&self, plan: &Plan) -> Run {
        let clock = Clock::System;
        let execution = codebuild::execution().unwrap_or_default();
        let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
        let asked = Some(self.asked(plan));
        Run { asked, ..Run::new(id, Operation::Prune, self.change.limits(), clock) }
    }
}

/// Deletes what earlier runs made and no file names any more, after showing it.
///
/// # Errors
/// When it was refused before it began.
pub async fn prune(arguments: &PruneArgs, global: &Global) -> Result<Ended, CommandError> {
    let change = arguments.change.listed(global).await?;
    let arguments = &PruneArgs { change, ..arguments.clone() };
    let PruneArgs { change, gone, .. } = arguments;
    let files = PrunedFiles::load(&change.selection, gone, change.cloud.sandbox)?;
    change.run_args.report_files.check()?;
    let output = RunOutput::new(&change.run_args, global);
    let refusing = Refusing { arguments, files: &files, output: &output };
    let not_begun = signals::not_begun();
    let place = change.cloud.state.place();
    let folder = place.folder().clone();
    // A folder without runs is left as it is, and a lock is only taken where there is something to do.
    let before = refusing.told(readable_inventory("prune", &folder)).await?;
    tell_unmatched(&files, (change, gone), &before.inventory)?;
    if files.candidates(&before.inventory).is_empty() {
        let none = nothing(&files, arguments, &output, not_begun, Vec::new()).await;
        return none.map(Ended::from);
    }
    let account_sets = refusing.told(change.account_sets("prune")).await?;
    folder.make().map_err(|error| unusable(&error))?;
    let names = files.environments.iter().map(|environment| &environment.name.value);
    let locked = lock_environments(&place, names, change.run_args.when_locked()).await;
    let mut locks = refusing.told(locked).await?;
    // Only under our locks: the run before it may have made or deleted some of it, or moved the sandbox's time.
    let clock = clock(&change.cloud)?;
    let reading = refusing.told(readable_inventory("prune", &folder)).await?;
    let again = files.again((&change.selection, gone), &before, &reading);
    let files = refusing.told(again).await?;
    let inventory = reading.inventory;
    let candidates = files.plan(&files.meant(files.candidates(&inventory)).0)?;
    let run = Run { clock, ..arguments.new_run(&candidates) };
    refusing.told(sign(&mut locks, &run.id, Operation::Prune).await).await?;
    rehearsal::announce(&change.cloud.sandbox_fault, change.run_args.progress);
    let cloud = connect(&change.cloud, &candidates, clock)?;
    let sessions = log_in(&output, &candidates, &cloud, run.clone(), RunState::default()).await?;
    sessions.look_for_sources().await;
    let clouds = run::environment_clouds(&candidates, &sessions);
    let found = PrunedStacks::look(&files, &inventory, &clouds, &sessions).await?;
    let asked = with_caller(arguments.asked(&found.plan), &found.plan, &found.sessions);
    tell_unfinished(&folder, &found.plan, (&asked, change.run_args.progress));
    found.show(&files, change);
    if found.plan.instances.is_empty() {
        let none = nothing(&files, arguments, &output, not_begun, found.left).await;
        return none.map(Ended::from);
    }
    let (left_behind, sessions) = (found.left.clone(), Some(found.sessions.clone()));
    let run = Run { asked: Some(asked), left_behind, sessions, ..run };
    let agreed = check_and_agree(&found, &inventory, (arguments, &account_sets)).await;
    if let Err(refused) = agreed {
        return Err(output.decline(&found.plan, run, (refused, Some(&cloud))).await);
    }
    let ready = run::begin(found.plan, cloud, run, place, locks).await;
    let ready = ready.map_err(|error| unusable(&error))?;
    account_sets.keep(&ready.run);
    let (exit, state) = output.carry_out(ready, not_begun).await;
    Ok(Ended::of((exit, &state), (&change.cloud, &change.run_args, false)))
}

/// Checks that what was found may be deleted, and that it is agreed to.
///
/// # Errors
/// If guards or dependents forbid it, or the person asked does.
async fn check_and_agree(
    found: &PrunedStacks,
    inventory: &Inventory,
    (arguments, account_sets): (&PruneArgs, &AccountSets),
) -> Result<(), CommandError> {
    let change = &arguments.change;
    check_guards(found, change).await?;
    let [deleted, gone] = found.known();
    let several = found.plan.has_several_environments();
    let told = (arguments.on_dependents(), change.run_args.progress);
    pruned_dependents::check(inventory, (&deleted, &gone), (PRUNE, several), told)?;
    agree(change, found, account_sets)
}

/// How a prune is refused of which nothing is known yet but its files.
struct Refusing<'a> {
    arguments: &'a PruneArgs,
    files: &'a PrunedFiles,
    output: &'a RunOutput<'a>,
}

impl Refusing<'_> {
    /// Returns what was done, with the report of a run that was refused if it was.
    async fn told<T>(&self, done: Result<T, CommandError>) -> Result<T, CommandError> {
        match done {
            Err(refused) if refused.exit == Exit::Refused => {
                let plan = self.files.plan(&[])?;
                Err(self
                    .output
                    .decline(&plan, self.arguments.new_run(&plan), (refused, None))
                    .await)
            }
            done => done,
        }
    }
}

/// Reports that nothing is deleted, and what stays, and returns the exit code.
async fn nothing(
    files: &PrunedFiles,
    arguments: &PruneArgs,
    output: &RunOutput<'_>,
    not_begun: signals::NotBegun,
    left_behind: Vec<LeftBehind>,
) -> Result<Exit, CommandError> {
    let plan: Arc<Plan> = files.plan(&[])?;
    let cloud = connect(&arguments.change.cloud, &plan, clock(&arguments.change.cloud)?)?;
    let run = Run { left_behind, ..arguments.new_run(&plan) };
    let state = output.follow(plan, &cloud, run, not_begun).await;
    Ok(output.finish(&state))
}

/// Checks that what is deleted holds nothing that the files keep.
async fn check_guards(found: &PrunedStacks, change: &ChangeArgs) -> Result<(), CommandError> {
    let instances = found.plan.instances.iter().enumerate();
    let deleted = instances.filter_map(|(at, instance)| {
        let removed = instance.removed().filter(|removed| !removed.is_gone)?;
        Some((at, removed.stack_id.clone()))
    });
    let asked = ("prune", change.allow.as_slice());
    let known = (&found.plan, &*found.sessions);
    guards::check_deletions(known, deleted.collect(), asked, change.run_args.progress).await
}

/// Asks whether it is to be deleted, unless its accounts may only have moved; what is gone already needs no answer.
fn agree(
    change: &ChangeArgs,
    found: &PrunedStacks,
    account_sets: &AccountSets,
) -> Result<(), CommandError> {
    account_sets.check_pruned(&found.deleted, change.accept_accounts)?;
    let count = found.deleted.len();
    if change.consent() != Consent::Asked || count == 0 {
        return Ok(());
    }
    let accounts: BTreeSet<&AccountId> =
        found.plan.accounts.iter().map(|account| &account.id).collect();
    let what = format!(
        "prune deletes {} in {}",
        counted(count, "stack instance"),
        counted(accounts.len(), "account")
    );
    // Elsewhere they were shown before.
    let names = change.run_args.progress.is_events().then(|| {
        let ids: Vec<&InstanceId> = found.deleted.iter().map(|one| &one.told.id).collect();
        format!(": {}", named(&ids, found.plan.has_several_environments()))
    });
    confirm("prune", &(what + &names.unwrap_or_default()))
}

fn unusable(error: &dyn std::error::Error) -> CommandError {
    CommandError::caused_by(error, ELSEWHERE)
}
