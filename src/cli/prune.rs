//! `xdeploy prune`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, RunArgs, SelectionArgs};
use super::confirm::{self, confirm};
use super::connect::connect;
use super::dependents::OnDependents;
use super::environment_lock::{ELSEWHERE, lock_environments};
use super::error::CommandError;
use super::exit::Exit;
use super::left_behind::{look_up, readable_inventory};
use super::login::log_in;
use super::pruned_dependents::{self, PRUNE};
use super::pruned_files::PrunedFiles;
use super::run_output::RunOutput;
use super::run_request::{run_request, with_caller};
use super::unfinished_runs::tell_unfinished;
use super::{codebuild, print, rehearsal, signals};
use crate::clock::Clock;
use crate::engine::{FoundRemoval, Limits, Run};
use crate::event::{LeftBehind, Operation};
use crate::foreign;
use crate::journal::{Inventory, InventoryStack};
use crate::name::{AccountId, RunId};
use crate::plan::{Plan, Purpose, StackInstance};
use crate::report::{Palette, RunState, counted, left_behind};
use crate::run::{self, EnvironmentCloud, LeftBehindStack};
use crate::sessions::Sessions;

/// The arguments of `prune`.
#[derive(Clone, Debug, Args)]
pub struct PruneArgs {
    /// Which stack instances, by the names that they had.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// An account that the files do not cover any more, whose stacks are to be deleted as well; may be
    /// repeated
    #[arg(long, value_name = "ACCOUNT-ID")]
    pub gone: Vec<AccountId>,
    /// Delete stacks although others that stand needed them when they were last deployed
    #[arg(long)]
    pub leave_dependents: bool,
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
}

/// Deletes what earlier runs made and no file names any more, after showing it.
///
/// # Errors
/// When it was refused before it began.
pub async fn prune(arguments: &PruneArgs, global: &Global) -> Result<Exit, CommandError> {
    let is_sandbox = arguments.cloud.sandbox;
    let files = PrunedFiles::load(&arguments.selection, &arguments.gone, is_sandbox)?;
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    let not_begun = signals::not_begun();
    let clock = Clock::System;
    let folder = arguments.cloud.state.folder();
    let unusable = |error: &dyn std::error::Error| CommandError::caused_by(error, ELSEWHERE);
    let names = || files.environments.iter().map(|environment| &environment.name.value);
    // A folder without runs is left as it is, and a lock is only taken where there is something to do.
    let before = readable_inventory(&folder)?;
    if files.candidates(&before.inventory).is_empty() {
        return nothing(&files, arguments, &output, not_begun, Vec::new()).await;
    }
    folder.make().map_err(|error| unusable(&error))?;
    let when_locked = arguments.run_args.when_locked();
    let mut locks = lock_environments(&folder, names(), when_locked).await?;
    let execution = codebuild::execution().unwrap_or_default();
    let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
    locks.sign(&id, Operation::Prune, clock);
    // Only under our locks: the run before it may have made or deleted some of it.
    let reading = readable_inventory(&folder)?;
    let files = files.again((&arguments.selection, &arguments.gone), &before, &reading)?;
    let inventory = reading.inventory;
    let candidates = files.plan(&files.meant(files.candidates(&inventory)).0)?;
    rehearsal::announce(&arguments.cloud.sandbox_fault, arguments.run_args.progress);
    let cloud = connect(&arguments.cloud, &candidates, clock)?;
    let max_concurrent = arguments.max_concurrent;
    let limits = Limits { max_concurrent, ..Limits::default() };
    let run = Run::new(id, Operation::Prune, limits, clock);
    let sessions = log_in(&output, &candidates, &cloud, run.clone(), RunState::default()).await?;
    sessions.look_for_sources().await;
    let clouds = run::environment_clouds(&candidates, &sessions);
    let found = Found::look(&files, &inventory, &clouds, &sessions).await?;
    let asked = run_request(&arguments.selection, &arguments.cloud, &found.plan);
    let max_concurrent = arguments.max_concurrent.map(NonZeroUsize::get);
    let leave_dependents = arguments.leave_dependents;
    let asked = crate::event::RunRequest { max_concurrent, leave_dependents, ..asked };
    let asked = with_caller(asked, &found.plan, &found.sessions);
    tell_unfinished(&folder, &found.plan, (&asked, arguments.run_args.progress));
    found.show(&files, arguments);
    if found.plan.instances.is_empty() {
        return nothing(&files, arguments, &output, not_begun, found.left).await;
    }
    let Found { plan, sessions, left, deleted, gone } = found;
    let run = Run { asked: Some(asked), left_behind: left, sessions: Some(sessions), ..run };
    let [deleted_known, gone] = [&deleted, &gone].map(|all| known(all));
    let told = (OnDependents::of(arguments.leave_dependents), arguments.run_args.progress);
    let agreed = pruned_dependents::check(&inventory, (&deleted_known, &gone), PRUNE, told)
        .and_then(|()| agree(arguments, &plan, deleted.len()));
    if let Err(refused) = agreed {
        return Err(output.decline(&plan, run, refused).await);
    }
    let ready = run::begin(plan, cloud, run, folder, locks).map_err(|error| unusable(&error))?;
    Ok(output.carry_out(ready, not_begun).await)
}

/// Reports that nothing is deleted, and what stays, and returns the exit code.
async fn nothing(
    files: &PrunedFiles,
    arguments: &PruneArgs,
    output: &RunOutput<'_>,
    not_begun: signals::NotBegun,
    left_behind: Vec<LeftBehind>,
) -> Result<Exit, CommandError> {
    let plan = files.plan(&[])?;
    let clock = Clock::System;
    let id = RunId::new(clock.now(), fastrand::u32(..));
    let asked = Some(run_request(&arguments.selection, &arguments.cloud, &plan));
    let run = Run::new(id, Operation::Prune, Limits::default(), clock);
    let cloud = connect(&arguments.cloud, &plan, clock)?;
    let state = output.follow(plan, &cloud, Run { asked, left_behind, ..run }, not_begun).await;
    Ok(output.finish(&state))
}

/// What is left behind, as it was looked up.
struct Found {
    /// What is looked for and deleted.
    plan: Arc<Plan>,
    sessions: Arc<Sessions>,
    /// Those of the plan's stacks that stand, or could not be looked at.
    deleted: Vec<LeftBehindStack>,
    /// What is left behind and stays.
    left: Vec<LeftBehind>,
    /// Those that are gone already.
    gone: Vec<LeftBehindStack>,
}

impl Found {
    async fn look(
        files: &PrunedFiles,
        inventory: &Inventory,
        clouds: &[EnvironmentCloud],
        sessions: &Sessions,
    ) -> Result<Self, CommandError> {
        let all = files.selected(inventory, clouds);
        let (meant, kept) = files.meant(all);
        let planned = files.plan(&meant)?;
        let sessions = Arc::new(sessions.for_plan(planned.clone()));
        let standing = look_up(&planned, &sessions).await;
        let (mut deleted, mut gone) = (Vec::new(), Vec::new());
        let mut plan = (*planned).clone();
        for one in meant {
            let place = one.told.place();
            let is_its = |instance: &StackInstance| planned.place_of(instance) == place;
            let at = planned.instances.iter().position(is_its);
            let removed = at.and_then(|at| match &mut plan.instances[at].purpose {
                Purpose::Remove(removed) => Some(removed),
                Purpose::Deploy(_) | Purpose::Read(_) => None,
            });
            let removed = removed.expect("the plan removes all that is meant");
            match standing.get(&place) {
                Some(FoundRemoval::Stands(stack)) => {
                    removed.stack_id = Some(stack.id.clone());
                    deleted.push(one.standing_as(stack));
                }
                Some(FoundRemoval::Unknown(_)) | None => deleted.push(one),
                Some(FoundRemoval::Gone | FoundRemoval::Replaced) => {
                    removed.is_gone = true;
                    gone.push(one);
                }
            }
        }
        let left = kept.into_iter().map(|one| one.told).collect();
        Ok(Self { plan: Arc::new(plan), sessions, deleted, left, gone })
    }

    /// Shows what is deleted, what is gone already, and what stays, and why.
    fn show(&self, files: &PrunedFiles, arguments: &PruneArgs) {
        let is_for_people = arguments.run_args.progress.is_for_people();
        if !is_for_people && (arguments.yes || arguments.cloud.sandbox) {
            return;
        }
        let deleted: Vec<LeftBehind> = self.deleted.iter().map(|one| one.told.clone()).collect();
        let list = left_behind::list(&deleted, Palette::Plain);
        if !list.is_empty() {
            print::note(list.trim_end());
        }
        if !self.gone.is_empty() {
            let count = counted(self.gone.len(), "stack instance");
            print::note(&format!("already gone: {count}"));
        }
        let accounts: BTreeSet<&AccountId> =
            self.left.iter().filter(|one| one.account_gone).map(|one| &one.account_id).collect();
        for account in accounts {
            let count = self.left.iter().filter(|one| one.account_id == *account).count();
            print::note(&format!(
                "{} in account {account} stay, as no file names it any more; `--gone {account}` \
                 deletes them as well",
                counted(count, "stack instance")
            ));
        }
        for one in self.left.iter().filter(|one| !one.account_gone) {
            let why = match &one.shared_with {
                Some(other) => {
                    format!("runs of {other} made it as well; name the file of {other} too")
                }
                None if let Some(file) = &one.made_from => {
                    let (file, name) = (foreign::path(file), &one.id.environment);
                    format!(
                        "it was changed last from {file}, which is {name} as well; prune that file"
                    )
                }
                None if files.is_newer(one) => {
                    format!(
                        "run {} went on after the files were read; `xdeploy prune` again",
                        one.run
                    )
                }
                None => continue,
            };
            print::note(&format!("{} stays, as {why}", one.id));
        }
    }
}

fn known(stacks: &[LeftBehindStack]) -> Vec<&InventoryStack> {
    stacks.iter().map(|one| &one.known).collect()
}

/// Asks whether it is to be deleted; what is gone already needs no answer.
fn agree(arguments: &PruneArgs, plan: &Plan, count: usize) -> Result<(), CommandError> {
    if arguments.yes || arguments.cloud.sandbox || count == 0 {
        return Ok(());
    }
    let accounts: BTreeSet<&AccountId> = plan.accounts.iter().map(|account| &account.id).collect();
    let what = format!(
        "prune deletes {} in {}",
        counted(count, "stack instance"),
        counted(accounts.len(), "account")
    );
    confirm::check("prune")?;
    confirm("prune", &what)
}
