//! What is left behind of environment files: told by `plan`, `apply` and `status`, deleted by `prune`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arguments::{ProgressMode, SelectionArgs};
use super::environment_lock::ELSEWHERE;
use super::error::CommandError;
use super::load::{read, variable};
use super::other_files::other_files;
use super::renames::{renamed_keys, renames};
use super::{dependents, print};
use crate::engine::{self, FoundRemoval};
use crate::environment::Environment;
use crate::event::{LeftBehind, RunRefusal};
use crate::journal::{self, Inventory, RunFolder};
use crate::name::{AccountId, InstanceId, StackPlace};
use crate::plan::{self, Plan, Selection, StackToRemove};
use crate::run::{
    self, KnownInventory, LeftBehindStack, NAMES_UNKNOWN, RenamedKey, unreadable_run,
};
use crate::sessions::Sessions;

/// What is left behind, with the files that it is left behind of.
#[derive(Default)]
pub(super) struct LeftBehindFound {
    pub left: Vec<LeftBehindStack>,
    pub environments: Vec<Environment>,
    /// Which stacks and keys have another name than before, each in a line.
    renames: Vec<String>,
    /// What keeps what is left behind from being known whole, each in a line.
    unknown: Vec<String>,
}

/// Returns what of a selection is left behind, as far as runs have told; says what cannot be told.
pub(super) fn find(
    selected: &SelectionArgs,
    plan: &Plan,
    (sessions, folder): (&Sessions, &RunFolder),
    progress: ProgressMode,
) -> LeftBehindFound {
    let KnownInventory { inventory, mut unknown } = KnownInventory::read(folder);
    unknown.iter().for_each(|text| tell(progress, text));
    let clouds = run::environment_clouds(plan, sessions);
    let may_be_ours = |stack: &journal::InventoryStack| {
        clouds.iter().any(|cloud| cloud.environment == stack.environment)
    };
    let nothing = |unknown| LeftBehindFound { unknown, ..LeftBehindFound::default() };
    if !inventory.made().any(may_be_ours) {
        return nothing(unknown);
    }
    let Ok(environments) = read(&selected.files, &selected.listings) else {
        return nothing(unknown);
    };
    let Ok(mut coverage) = plan::coverage(&environments, &variable) else {
        tell(progress, NAMES_UNKNOWN);
        unknown.push(NAMES_UNKNOWN.to_owned());
        return nothing(unknown);
    };
    coverage.other_files = other_files(&inventory, &environments);
    let selection = Selection::parse(&selected.accounts, &selected.stacks, &selected.regions);
    let selection = selection.unwrap_or_default();
    let mut search = run::left_behind(&inventory, &clouds, &coverage);
    let renamed = renamed_keys(&search, &inventory, &coverage, (plan, folder));
    let takes = |id: &InstanceId, account: &AccountId| {
        selection.takes(id, account, coverage.groups_of(&id.environment, account))
    };
    search.left.retain(|left| takes(&left.told.id, &left.told.account_id));
    search.renamed.retain(|one| takes(&one.id, &one.place.account_id));
    let is_selected =
        |one: &RenamedKey| search.left.iter().any(|left| one.left.contains(&left.told.id));
    let renamed: Vec<RenamedKey> = renamed.into_iter().filter(is_selected).collect();
    let renames = renames(&search.renamed, &renamed);
    LeftBehindFound { left: search.left, environments, renames, unknown }
}

/// Returns the inventory of a state folder; says which journals cannot be read.
pub(super) fn inventory(folder: &RunFolder, progress: ProgressMode) -> Inventory {
    let KnownInventory { inventory, unknown } = KnownInventory::read(folder);
    unknown.iter().for_each(|text| tell(progress, text));
    inventory
}

/// Returns what a prune deletes from: what runs made, and the journals that it was read from.
///
/// # Errors
/// If one of them cannot be read: what it tells may keep a stack.
pub(super) fn readable_inventory(
    command: &'static str,
    folder: &RunFolder,
) -> Result<journal::InventoryReading, CommandError> {
    let reading = journal::read_inventory(folder)
        .map_err(|error| CommandError::caused_by(&error, ELSEWHERE))?;
    let Some(run) = reading.unreadable.first() else { return Ok(reading) };
    let more = match reading.unreadable.len() {
        1 => String::new(),
        count => format!(" (and {} more)", crate::report::counted(count - 1, "journal")),
    };
    let message = format!("{}{more}", unreadable_run(folder, run));
    let help =
        "use the version of xdeploy that wrote it; if it is damaged, move it to another folder";
    let help = Some(help.to_owned());
    Err(CommandError::refused(command, RunRefusal { message, help, ..RunRefusal::default() }))
}

/// Says something in a line on stderr, unless events stand there.
fn tell(progress: ProgressMode, text: &str) {
    if !progress.is_events() {
        print::note_line(text);
    }
}

impl LeftBehindFound {
    /// Says which stacks and keys have another name than before.
    pub fn tell_renames(self, progress: ProgressMode) -> Self {
        self.renames.iter().for_each(|text| dependents::tell(progress, text));
        self
    }

    /// Returns what is told of each, and what keeps them from being known whole.
    pub fn told(self) -> (Vec<LeftBehind>, Vec<String>) {
        (self.left.into_iter().map(|left| left.told).collect(), self.unknown)
    }

    /// Returns the same once each was looked for in the cloud, where its account is still in a file: what
    /// is gone is left out, from now on.
    pub async fn looked_up(self, sessions: &Sessions, folder: &RunFolder) -> Self {
        let Self { left, environments, renames, unknown } = self;
        let (gone, covered): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|left| left.told.account_gone);
        let stacks: Vec<StackToRemove> = covered.iter().map(to_remove).collect();
        let plan = match plan::removal(&environments, &stacks, &variable) {
            Ok(plan) if !stacks.is_empty() => Arc::new(plan),
            Ok(_) | Err(_) => {
                return Self { left: [covered, gone].concat(), environments, renames, unknown };
            }
        };
        let sessions = sessions.for_plan(plan.clone());
        let since = sessions.now();
        let found = look_up(&plan, &sessions).await;
        let mut absent = Vec::new();
        let mut left = Vec::new();
        for one in covered {
            match found.get(&one.told.place()) {
                Some(FoundRemoval::Gone | FoundRemoval::Replaced) => absent.push(one.known),
                Some(FoundRemoval::Stands(stack)) => left.push(one.standing_as(stack)),
                Some(FoundRemoval::Unknown(_)) | None => left.push(one),
            }
        }
        journal::remember_absent(folder, &absent, since);
        left.extend(gone);
        Self { left, environments, renames, unknown }
    }
}

impl LeftBehindStack {
    /// Returns the same once its stack was seen.
    pub(super) fn standing_as(mut self, stack: &crate::cloud::Stack) -> Self {
        self.told.status = Some(stack.status.clone());
        self.told.stack_id = Some(stack.id.clone());
        self.told.may_stand = false;
        self
    }
}

/// Returns how each stack that a plan removes stands.
pub(super) async fn look_up(
    plan: &Plan,
    sessions: &Sessions,
) -> BTreeMap<StackPlace, FoundRemoval> {
    let found = engine::survey_removals(plan, sessions, || {}).await;
    plan.instances.iter().map(|instance| plan.place_of(instance)).zip(found).collect()
}

/// Returns a stack that is left behind, to be removed.
pub(super) fn to_remove(left: &LeftBehindStack) -> StackToRemove {
    StackToRemove {
        id: left.told.id.clone(),
        place: left.told.place(),
        stack_id: left.told.stack_id.clone(),
        needs: left.known.needs.clone(),
        made_by: left.known.making().map_or(&left.known.run, |made| &made.moment.run).clone(),
    }
}
