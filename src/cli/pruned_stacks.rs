//! What is left behind, as `prune` finds it: looked up and shown before anything is deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change_args::ChangeArgs;
use super::confirm::Consent;
use super::error::CommandError;
use super::left_behind::look_up;
use super::print;
use super::pruned_files::{PrunedFiles, Stays};
use crate::engine::FoundRemoval;
use crate::event::LeftBehind;
use crate::foreign;
use crate::journal::{Inventory, InventoryStack};
use crate::name::AccountId;
use crate::plan::{Plan, Purpose, StackInstance};
use crate::report::{Palette, counted, left_behind};
use crate::run::{EnvironmentCloud, LeftBehindStack};
use crate::sessions::Sessions;

/// What is left behind, as it was looked up.
pub(super) struct PrunedStacks {
    /// What is looked for and deleted.
    pub plan: Arc<Plan>,
    pub sessions: Arc<Sessions>,
    /// Those of the plan's stacks that stand, or could not be looked at.
    pub deleted: Vec<LeftBehindStack>,
    /// What is left behind and stays.
    pub left: Vec<LeftBehind>,
    /// Those that are gone already.
    pub gone: Vec<LeftBehindStack>,
}

impl PrunedStacks {
    /// Looks up what is left behind in these clouds and selected.
    ///
    /// # Errors
    /// What is wrong with how the accounts are entered.
    pub async fn look(
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

    /// Returns what the inventory knows of what is deleted, and of what is gone already.
    pub fn known(&self) -> [Vec<&InventoryStack>; 2] {
        [&self.deleted, &self.gone].map(|all| all.iter().map(|one| &one.known).collect())
    }

    /// Shows what is deleted, what is gone already, and what stays, and why.
    pub fn show(&self, files: &PrunedFiles, change: &ChangeArgs) {
        let progress = change.run_args.progress;
        let is_asked = change.consent() == Consent::Asked && !progress.is_events();
        if !progress.is_for_people() && !is_asked {
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
        let mut gone: BTreeMap<&AccountId, usize> = BTreeMap::new();
        for one in &self.left {
            match files.why_it_stays(one) {
                Some(Stays::AccountGone) => *gone.entry(&one.account_id).or_default() += 1,
                Some(stays) => print::note(&format!(
                    "{} stays, as {}",
                    one.id.label(self.plan.has_several_environments()),
                    told(one, stays)
                )),
                None => {}
            }
        }
        for (account, count) in gone {
            let (stay, them) = if count == 1 { ("stays", "it") } else { ("stay", "them") };
            let count = counted(count, "stack instance");
            print::note(&format!(
                "{count} in account {account} {stay}, as no file names that any more; `--gone {account}` \
                 deletes {them} as well"
            ));
        }
    }
}

/// Returns why a stack stays, and what to do about it.
fn told(one: &LeftBehind, stays: Stays<'_>) -> String {
    match stays {
        Stays::AccountGone => "no file names its account any more".to_owned(),
        Stays::SharedWith(other) => {
            format!("runs of {other} made it as well; name the file of {other} too")
        }
        Stays::MadeFrom(file) => {
            let (file, name) = (foreign::path(file), &one.id.environment);
            format!("it was changed last from {file}, which is {name} as well; prune that file")
        }
        Stays::Newer => {
            format!("run {} went on after the files were read; `xdeploy prune` again", one.run)
        }
    }
}
