//! What is left behind: what the inventory holds of environments and their files no longer name.
//!
//! These are plain functions over what was read: which cloud a command works in, what files name, and what
//! runs made. Which part of the files a command is about does not count: a stack that a file names is
//! never left behind.

use std::collections::{BTreeMap, BTreeSet};

use crate::error_chain::with_causes;
use crate::event::{LeftBehind, RunRequest};
use crate::foreign;
use crate::journal::{
    self, CloudScope, Existence, Inventory, InventoryReading, InventoryStack, RunFolder,
    cloud_of_run,
};
use crate::name::{AccountId, EnvironmentName, InstanceId, RunId, StackKey, StackPlace};
use crate::plan::{Coverage, Plan, PlannedEnvironment};
use crate::sessions::Sessions;

/// How many journals that cannot be read are named.
const MOST_UNREADABLE: usize = 5;

/// The cloud in which runs of an environment work now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentCloud {
    /// The environment whose file says so.
    pub environment: EnvironmentName,
    /// Which cloud it is.
    pub scope: CloudScope,
    /// The account of the source credentials, if it is known.
    pub source: Option<AccountId>,
}

/// What is left behind, and what is only called otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeftBehindSearch {
    /// The stacks that no file names any more, by environment, account, Region and stack.
    pub left: Vec<LeftBehindStack>,
    /// The stacks that a file names by another key than the last run knew.
    pub renamed: Vec<RenamedStack>,
}

/// A stack that is left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftBehindStack {
    /// What is told of it.
    pub told: LeftBehind,
    /// What the inventory knows of it.
    pub known: InventoryStack,
}

/// A stack that a file names by another key than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedStack {
    /// The stack instance, as the file names it.
    pub id: InstanceId,
    /// The key under which the last run knew it.
    pub before: StackKey,
    /// Where the stack is.
    pub place: StackPlace,
}

/// Returns in which clouds the runs of a plan work, as far as its logins were looked for.
pub fn environment_clouds(plan: &Plan, sessions: &Sessions) -> Vec<EnvironmentCloud> {
    let cloud = |(at, planned): (usize, &PlannedEnvironment)| {
        let found = sessions.source(at).map(|(account, _)| account.clone());
        EnvironmentCloud {
            environment: planned.name.clone(),
            scope: CloudScope::new(sessions.is_sandbox(), sessions.endpoint(at)),
            source: planned.source_account.clone().or(found),
        }
    };
    plan.environments.iter().enumerate().map(cloud).collect()
}

/// Returns in which clouds a run worked for its environments, as far as it kept that.
pub fn clouds_of_run(
    environments: &[EnvironmentName],
    asked: &RunRequest,
) -> Vec<EnvironmentCloud> {
    let cloud = |environment: &EnvironmentName| {
        let (scope, source) = cloud_of_run(environments, environment, Some(asked))?;
        Some(EnvironmentCloud { environment: environment.clone(), scope, source })
    };
    environments.iter().filter_map(cloud).collect()
}

/// Why the name of a stack keeps what is left behind from being known.
pub const NAMES_UNKNOWN: &str = "what is left behind cannot be told, as the name of a stack in the files cannot: \
                                 `xdeploy validate` shows why";

/// What runs made, and what keeps that from being known whole.
#[derive(Debug, Default)]
pub struct KnownInventory {
    /// What runs made.
    pub inventory: Inventory,
    /// What is not known of it: sentences without a full stop at their end.
    pub unknown: Vec<String>,
}

impl KnownInventory {
    /// Reads the inventory of a state folder, as far as it can be read.
    pub fn read(folder: &RunFolder) -> Self {
        match journal::read_inventory(folder) {
            Ok(InventoryReading { inventory, unreadable, .. }) => {
                let more = unreadable.len().saturating_sub(MOST_UNREADABLE);
                let named = unreadable.iter().take(MOST_UNREADABLE);
                let mut unknown: Vec<String> =
                    named.map(|run| unreadable_run(folder, run)).collect();
                if more > 0 {
                    let runs = if more == 1 { "run" } else { "runs" };
                    unknown.push(format!("nor is what {more} more {runs} made"));
                }
                Self { inventory, unknown }
            }
            Err(error) => {
                let unknown = format!("what runs made is not known: {}", with_causes(&error));
                Self { inventory: Inventory::default(), unknown: vec![unknown] }
            }
        }
    }
}

/// Says that what a run made is not known.
pub fn unreadable_run(folder: &RunFolder, run: &RunId) -> String {
    let path = foreign::path(&folder.journal(run));
    format!("what run {run} made is not known: {path} does not tell how it began")
}

/// Returns what of an inventory is left behind: made by runs of the environments of `clouds` in these
/// very clouds, and named by none of the files that `coverage` is of.
pub fn left_behind(
    inventory: &Inventory,
    clouds: &[EnvironmentCloud],
    coverage: &Coverage,
) -> LeftBehindSearch {
    let mut search = LeftBehindSearch::default();
    let mut latest: BTreeMap<(&CloudScope, &StackPlace), &InventoryStack> = BTreeMap::new();
    let is_ours = |stack: &&InventoryStack| clouds.iter().any(|cloud| is_of(stack, cloud));
    for stack in inventory.standing().filter(is_ours) {
        match coverage.stacks.get(&stack.place) {
            Some(id) if id.environment == stack.environment && id.stack != stack.stack => {
                let (id, before) = (id.clone(), stack.stack.clone());
                search.renamed.push(RenamedStack { id, before, place: stack.place.clone() });
            }
            Some(_) => {}
            // It was there before: it is not ours to delete.
            None if stack.making().is_none() => {}
            // It is named by a process with the variables that it was made with.
            None if coverage.varies(&stack.environment, &stack.stack, &stack.place) => {}
            // Two environments may have made it, one after the other: it is one stack.
            None => {
                let known = latest.entry((&stack.scope, &stack.place)).or_insert(stack);
                if (known.at, &known.run) < (stack.at, &stack.run) {
                    *known = stack;
                }
            }
        }
    }
    search.left = latest.into_values().map(|stack| told(stack, inventory, coverage)).collect();
    search.left.sort_by(|one, other| {
        let key = |stack: &LeftBehindStack| (stack.told.id.clone(), stack.told.stack_name.clone());
        key(one).cmp(&key(other))
    });
    search.renamed.sort_by(|one, other| one.id.cmp(&other.id));
    search
}

/// Returns the stacks that are not to be deleted and needed one of those that are; `gone` were looked for and
/// not found.
pub fn standing_dependents<'i>(
    inventory: &'i Inventory,
    deleted: &[&InventoryStack],
    gone: &[&InventoryStack],
) -> Vec<&'i InventoryStack> {
    let deleted: BTreeSet<_> = deleted.iter().map(|stack| in_cloud(stack)).collect();
    let gone: BTreeSet<_> = gone.iter().map(|stack| in_cloud(stack)).collect();
    let needs_deleted = |stack: &InventoryStack| {
        stack.needs.iter().any(|need| deleted.contains(&(&stack.scope, need)))
    };
    inventory
        .standing()
        .filter(|stack| !deleted.contains(&in_cloud(stack)) && !gone.contains(&in_cloud(stack)))
        .filter(|stack| needs_deleted(stack))
        .collect()
}

/// Returns in which cloud a stack is, and where there.
fn in_cloud(stack: &InventoryStack) -> (&CloudScope, &StackPlace) {
    (&stack.scope, &stack.place)
}

/// Whether a stack was made by runs of an environment in its cloud. Journals of before do not tell the
/// source account.
fn is_of(stack: &InventoryStack, cloud: &EnvironmentCloud) -> bool {
    let is_other = match (&stack.source, &cloud.source) {
        (Some(one), Some(other)) => one != other,
        (Some(_) | None, None) | (None, Some(_)) => false,
    };
    stack.environment == cloud.environment && stack.scope == cloud.scope && !is_other
}

fn told(stack: &InventoryStack, inventory: &Inventory, coverage: &Coverage) -> LeftBehindStack {
    let account = (stack.environment.clone(), stack.place.account_id.clone());
    let mut others = inventory.standing().filter(|other| {
        other.scope == stack.scope
            && other.place == stack.place
            && !coverage.environments.contains(&other.environment)
    });
    let other_file = |one: &InventoryStack| {
        let file =
            one.file.clone().filter(|_| one.scope == stack.scope && one.place == stack.place)?;
        let is_other = coverage.other_files.contains(&(one.environment.clone(), file.clone()));
        is_other.then_some(file)
    };
    let told = LeftBehind {
        id: stack.id(),
        account_id: stack.place.account_id.clone(),
        stack_name: stack.place.stack_name.clone(),
        // Without it, the stack is told by the run that made it.
        stack_id: stack.making().and_then(|made| made.stack_id.clone()),
        status: None,
        run: stack.run.clone(),
        may_stand: stack.existence == Existence::MayStand,
        account_gone: !coverage.accounts.contains(&account),
        shared_with: others.next().map(|other| other.environment.clone()),
        made_from: inventory.standing().find_map(other_file),
    };
    LeftBehindStack { told, known: stack.clone() }
}

#[cfg(test)]
mod tests;
