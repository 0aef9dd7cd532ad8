//! `xdeploy apply PLAN`: what was reviewed is carried out, once, if everything is as it was then.

use std::sync::Arc;

use super::arguments::{CloudArgs, Global, ProgressMode, SelectionArgs};
use super::change_args::ChangeArgs;
use super::discarded_plan::{delete, discard};
use super::error::CommandError;
use super::exit::Exit;
use super::progress::{Interrupt, ProgressLine};
use super::{plan_file, print};
use crate::engine::{self, ChangeSetUse, NotAsPlanned, PlannedStack, SavedPlan};
use crate::event::{Allowance, Outcome};
use crate::foreign;
use crate::journal::{self, Listed, RunFolder, RunStatus};
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::{counted, wrapped};
use crate::run::{PlanDifference, PlanFile, used_by};
use crate::sessions::Sessions;

/// How many stack instances, files or accounts are named.
const MOST_NAMES: usize = 8;
/// How wide names stand.
const WIDTH: usize = 78;

/// Why a saved plan is not carried out.
pub struct NotExecutable {
    /// What is said of it.
    pub error: CommandError,
    /// Whether somebody else carries it out, or did: its change sets are theirs.
    pub is_in_use: bool,
}

/// A saved plan that is carried out.
pub struct PlannedApply {
    file: PlanFile,
    saved: Arc<SavedPlan>,
}

impl PlannedApply {
    /// Returns the plan that is named in the place of environment files; nothing if these are named.
    ///
    /// # Errors
    /// If it cannot be carried out so, or was not made to its end.
    pub fn named(change: &ChangeArgs) -> Result<Option<Self>, CommandError> {
        let Some(file) = plan_file::named(&change.selection)? else { return Ok(None) };
        plan_file::check_cloud(&file, &change.cloud)?;
        let Some(saved) = file.saved().cloned() else {
            let text = "the plan was not made to its end: nothing was touched";
            return Err(CommandError::usage(text).with_help(
                "`xdeploy plan --discard` deletes what was made of it; then plan again",
            ));
        };
        Ok(Some(Self { file, saved: Arc::new(saved) }))
    }

    /// Returns its id.
    pub fn id(&self) -> &RunId {
        &self.file.id
    }

    /// Returns what was reviewed.
    pub fn saved(&self) -> &SavedPlan {
        &self.saved
    }

    /// Returns what was allowed to be lost when it was made.
    pub fn allow(&self) -> &[Allowance] {
        &self.file.asked.allow
    }

    /// Returns its files and its selection.
    pub fn selection(&self) -> SelectionArgs {
        plan_file::selection(&self.file)
    }

    /// Returns what becomes of change sets in its run.
    pub fn change_sets(&self) -> ChangeSetUse {
        ChangeSetUse::Executed(self.saved.clone())
    }

    /// Returns the plan as it was kept, if its files are others by now.
    pub fn if_changed(&self, cloud: &CloudArgs) -> Option<Plan> {
        if self.file.changed_files().is_empty() {
            return None;
        }
        self.file.clone().into_plan(&cloud.state.folder()).ok().map(|found| found.plan)
    }

    /// Checks that it was not used before, and that its files and accounts are what they were. A plan of which that is not
    /// so is good for nothing: its change sets are deleted.
    ///
    /// # Errors
    /// If one of them is not.
    pub async fn check_files(&self, plan: &Plan, cloud: &CloudArgs) -> Result<(), CommandError> {
        self.check_unused(&cloud.state.folder())?;
        let Some(why) = self.why_changed(plan) else { return Ok(()) };
        if discard(self.file.clone(), cloud, true).await.is_err() {
            print::note_line("`xdeploy plan --discard` deletes the change sets of the plan");
        }
        Err(refused(&why))
    }

    fn check_unused(&self, folder: &RunFolder) -> Result<(), CommandError> {
        let Some(run) = used_by(folder, self.id()) else { return Ok(()) };
        let Listed { standing, beginning, .. } = journal::list_run(folder, run.clone());
        let began = beginning.map(|beginning| {
            let by =
                beginning.origin.caller.map(|caller| format!(" by {}", foreign::one_line(&caller)));
            format!(", begun {:.0}{}", beginning.started, by.unwrap_or_default())
        });
        let began = began.unwrap_or_default();
        let text = format!(
            "the plan was used before, by run {run}{began}, {}: nothing was touched",
            standing.as_str()
        );
        let help = match standing {
            RunStatus::Running => format!("`xdeploy watch {run}` follows it"),
            RunStatus::Unfinished => format!("`xdeploy resume {run}` goes on with it"),
            RunStatus::Finished(_) | RunStatus::NotBegun | RunStatus::Unreadable => {
                format!("`xdeploy report {run}` tells how it went; plan again for more")
            }
        };
        Err(CommandError::new(Exit::Refused, text).with_help(help))
    }

    /// Returns why a plan of today is another, if it is.
    fn why_changed(&self, plan: &Plan) -> Option<String> {
        let files = self.file.changed_files();
        if !files.is_empty() {
            let names = files.iter().map(|path| foreign::path(path));
            return Some(format!("changed since the plan was made: {}", listed(names)));
        }
        if plan.has_digest(&self.file.asked.plan) {
            return None;
        }
        let PlanDifference { new_accounts, gone_accounts, instances } = self.file.difference(plan);
        if new_accounts.is_empty() && gone_accounts.is_empty() {
            let named = listed(instances.iter().map(ToString::to_string));
            return Some(format!(
                "a value, or a file that is named, is not what it was when the plan was made: {named}"
            ));
        }
        let new = new_accounts.iter().map(|account| format!("{account} is new"));
        let gone = gone_accounts.iter().map(|account| format!("{account} is gone"));
        Some(format!("the accounts are others than those of the plan: {}", listed(new.chain(gone))))
    }

    /// Checks that every stack stands as it stood, and that its change set can still be executed.
    ///
    /// # Errors
    /// With those of which that is not so.
    pub async fn check_stacks(
        &self,
        plan: &Arc<Plan>,
        sessions: &Sessions,
        (progress, global): (ProgressMode, &Global),
    ) -> Result<(), NotExecutable> {
        let count = self.saved.stacks.len();
        let work = ("comparing", count, "stack instance");
        let line = ProgressLine::start(work, Interrupt::IsHeard, progress, global);
        // Those of the run tell of each account when it enters it.
        let own = sessions.for_plan(plan.clone());
        let found = engine::check_saved_plan(plan, &own, &self.saved, || line.step()).await;
        drop(line);
        if found.is_empty() {
            return Ok(());
        }
        let several = plan.has_several_environments();
        let told = |NotAsPlanned { instance, why, .. }: &NotAsPlanned| {
            format!("{}: {why}", instance.label(several))
        };
        let moved = counted(found.len(), "stack instance");
        let verb = if found.len() == 1 { "is" } else { "are" };
        let told = listed(found.iter().map(told));
        let is_in_use = found.iter().any(|it| it.is_executed);
        let why = format!("{moved} {verb} not as planned: {told}");
        Err(match is_in_use {
            true => NotExecutable { error: used_elsewhere(&why), is_in_use },
            false => NotExecutable { error: refused(&why), is_in_use },
        })
    }

    /// Deletes its change sets, as it is refused.
    pub async fn discard(&self, plan: &Plan, sessions: &Sessions) {
        delete(plan, sessions, self.saved.change_sets(plan)).await;
    }

    /// Says what was reviewed: when it was planned, what becomes of its stacks, and which resources are lost.
    pub fn told(&self, plan: &Plan) -> String {
        let several = plan.has_several_environments();
        let stacks = || self.saved.stacks.values();
        let count = |outcome| stacks().filter(|stack| stack.outcome == outcome).count();
        let (created, updated) = (count(Outcome::Created), count(Outcome::Updated));
        let mut text = format!(
            "\nas planned {:.0}: {created} to create, {updated} to update, {} unchanged",
            self.file.made,
            count(Outcome::Unchanged)
        );
        let losses = |stack: &PlannedStack| {
            let label = stack.instance.label(several);
            let named = stack.losses.iter().map(move |loss| format!("{label}: {loss}"));
            named.collect::<Vec<String>>()
        };
        let losses: Vec<String> = stacks().flat_map(losses).collect();
        let more = losses.len().saturating_sub(MOST_NAMES);
        for loss in losses.iter().take(MOST_NAMES) {
            wrapped(loss, WIDTH).iter().for_each(|line| text.push_str(&format!("\n  {line}")));
        }
        if more > 0 {
            text.push_str(&format!("\n  and {more} more"));
        }
        text
    }
}

fn used_elsewhere(why: &str) -> CommandError {
    let text = format!("the plan was used before: {why}: nothing was touched");
    CommandError::new(Exit::Refused, text).with_help(
        "its other change sets are left to whoever carries it out; once that is over, \
         `xdeploy plan --discard` deletes what is left",
    )
}

fn refused(why: &str) -> CommandError {
    CommandError::new(Exit::Refused, format!("{why}: nothing was touched"))
        .with_help("plan again, and review what changes now")
}

/// Returns the first few names.
fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut text = names.into_iter().take(MOST_NAMES).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}
