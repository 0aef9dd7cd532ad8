//! The inventory on disk: journals that grew are read, and what they told is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::journal_fold::JournalFold;
use super::merge::Inventory;
use super::stack::{Existence, InventoryStack, Moment};
use crate::event::EventKind;
use crate::file::How;
use crate::journal::folder::{FolderError, RunFolder, journal_name};
use crate::journal::line::JournalLine;
use crate::journal::list::head;
use crate::name::RunId;

/// The folder of the inventory in a state folder.
const INVENTORY: &str = "inventory";

/// The file in which it is kept.
const STACKS: &str = "stacks.json";

/// The form of that file; one of another form is made anew.
const INVENTORY_SCHEMA: u32 = 2;

/// What tells of a stack that is made or deleted: only these lines are read whole.
const TELLING: [&str; 4] =
    ["run-started", "action-intended", "action-started", "instance-finished"];

/// How much of a journal is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// The inventory as it is kept: a shortcut, which the journals can replace.
#[derive(Debug, Default, Serialize, Deserialize)]
struct KeptInventory {
    schema: u32,
    /// How long each journal was when it was read.
    journals: BTreeMap<RunId, u64>,
    stacks: Vec<InventoryStack>,
}

/// An inventory, and what could not be read for it.
#[derive(Debug, Default)]
pub struct InventoryReading {
    /// The stacks that runs made or deleted.
    pub inventory: Inventory,
    /// Journals that do not say what their runs made.
    pub unreadable: Vec<RunId>,
    /// How long each of the others was.
    pub journals: BTreeMap<RunId, u64>,
}

/// Returns the inventory of a state folder; an empty one if there is no such folder.
///
/// # Errors
/// If the folder of journals cannot be read.
pub fn read_inventory(folder: &RunFolder) -> Result<InventoryReading, FolderError> {
    let runs: BTreeSet<RunId> = folder.runs()?.into_iter().collect();
    let mut kept = kept(folder);
    let mut reading = InventoryReading::default();
    kept.stacks.drain(..).for_each(|stack| reading.inventory.add(stack));
    let mut has_grown = false;
    for run in &runs {
        let looked = folder.look(run).map(|found| found.map(|found| found.len()));
        let bytes = match looked {
            // It was deleted since.
            Ok(None) => continue,
            Ok(Some(bytes)) if kept.journals.get(run) == Some(&bytes) => continue,
            looked => looked.map(Option::unwrap_or_default),
        };
        match bytes.and_then(|bytes| Ok((bytes, fold(folder, run)?))) {
            Ok((bytes, fold)) => {
                has_grown = true;
                fold.stacks().into_iter().for_each(|stack| reading.inventory.add(stack));
                kept.journals.insert(run.clone(), bytes);
            }
            // What it told before is known all the same, and it is tried again.
            Err(error) => {
                tracing::warn!(%run, %error, "what a run made cannot be read");
                reading.unreadable.push(run.clone());
                kept.journals.remove(run);
            }
        }
    }
    kept.journals.retain(|run, _| runs.contains(run));
    if has_grown {
        keep(folder, kept.journals.clone(), &reading.inventory);
    }
    Ok(InventoryReading { journals: kept.journals, ..reading })
}

/// Keeps that stacks were looked for at a moment and not found. What cannot be kept is found out again.
pub fn remember_absent<'a>(
    folder: &RunFolder,
    absent: impl IntoIterator<Item = &'a InventoryStack>,
    at: Timestamp,
) {
    let mut kept = kept(folder);
    let mut inventory = Inventory::default();
    kept.stacks.drain(..).for_each(|stack| inventory.add(stack));
    let before = inventory.clone();
    for stack in absent {
        let existence = Existence::Absent;
        let sequence = u64::MAX;
        let gone = Some(Moment { at, run: stack.run.clone(), sequence });
        inventory.add(InventoryStack { existence, at, sequence, gone, ..stack.clone() });
    }
    if inventory != before {
        keep(folder, kept.journals, &inventory);
    }
}

/// Takes in an inventory as another machine kept it: of each stack what happened last. One that cannot be read, or is of
/// another form, is left out: the journals tell the same.
pub fn merge_inventory(folder: &RunFolder, text: &str) {
    let Ok(theirs) = serde_json::from_str::<KeptInventory>(text) else { return };
    if theirs.schema != INVENTORY_SCHEMA {
        return;
    }
    let mut own = kept(folder);
    let mut inventory = Inventory::default();
    own.stacks.drain(..).chain(theirs.stacks).for_each(|stack| inventory.add(stack));
    let mut journals = theirs.journals;
    journals.extend(own.journals);
    keep(folder, journals, &inventory);
}

/// Keeps that nothing stands any more of what runs made in the sandbox, which was emptied at a moment.
///
/// # Errors
/// If the folder of journals cannot be read.
pub fn forget_sandbox(folder: &RunFolder, at: Timestamp) -> Result<(), FolderError> {
    let InventoryReading { inventory, .. } = read_inventory(folder)?;
    remember_absent(folder, inventory.standing().filter(|stack| stack.scope.sandbox), at);
    Ok(())
}

/// Returns what is kept; nothing if it is missing, damaged or of a version to come.
fn kept(folder: &RunFolder) -> KeptInventory {
    let read = || {
        let text = folder.open_beside(INVENTORY)?.read_text(STACKS)?;
        Ok::<KeptInventory, io::Error>(serde_json::from_str(&text)?)
    };
    match read() {
        Ok(kept) if kept.schema == INVENTORY_SCHEMA => kept,
        Ok(_) => KeptInventory::default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => KeptInventory::default(),
        Err(error) => {
            tracing::warn!(%error, "the inventory cannot be read: the journals are read again");
            KeptInventory::default()
        }
    }
}

/// Keeps an inventory, if the folder takes it.
fn keep(folder: &RunFolder, journals: BTreeMap<RunId, u64>, inventory: &Inventory) {
    let stacks = inventory.stacks().cloned().collect();
    let kept = KeptInventory { schema: INVENTORY_SCHEMA, journals, stacks };
    let text = serde_json::to_string(&kept).expect("names, numbers and times become JSON");
    let written = folder.make_beside(INVENTORY);
    let written = written.and_then(|folder| folder.replace_soon(STACKS, text.as_bytes()));
    if let Err(error) = written {
        tracing::warn!(%error, "the inventory cannot be kept: the journals are read again");
    }
}

/// Folds the journal of a run.
///
/// # Errors
/// If it cannot be read, or does not say how the run began.
fn fold(folder: &RunFolder, run: &RunId) -> io::Result<JournalFold> {
    let file = folder.opened()?.open(journal_name(run), How::Read)?;
    let mut lines = BufReader::with_capacity(CHUNK_BYTES, file);
    let (mut fold, mut line) = (JournalFold::default(), Vec::new());
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_telling = head(&line).is_some_and(|(_, kind)| TELLING.contains(&kind));
        let event = if is_telling { JournalLine::read(&line) } else { JournalLine::Unknown };
        let event = match event {
            JournalLine::Event(event) => Some(event),
            JournalLine::Unknown | JournalLine::Damaged => None,
        };
        let is_start =
            event.as_ref().is_some_and(|event| matches!(event.kind, EventKind::RunStarted { .. }));
        // A run that is about to begin has made nothing.
        let is_cut = line.last() != Some(&b'\n');
        if number == 1 && !is_start && !is_cut {
            let why = "its first line does not say how the run began";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        event.iter().for_each(|event| fold.on(event));
    }
    Ok(fold)
}
