//! What failed: a place with its first cause below it, or many places with the cause they share.

use std::collections::{BTreeMap, BTreeSet};

use super::Scene;
use super::columns::Columns;
use super::line::Line;
use super::look::{Mark, Tone};
use super::row::{self, Row};
use crate::event::{Failure, Outcome};
use crate::report::state::{InstanceState, Standing};
use crate::report::words;

/// The most lines that one cause takes.
const MOST_CAUSE_LINES: usize = 3;

/// How far a cause is indented.
const INDENT: usize = 4;

/// Places that failed for one reason.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The places, as positions.
    pub places: Vec<usize>,
    /// The first cause, on one line.
    cause: String,
}

/// Returns the causes for which places failed, those of most places first.
pub(super) fn entries(scene: Scene<'_>, failed: &[usize]) -> Vec<Entry> {
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for &place in failed {
        let instances = scene.state.places[place].instances.iter();
        let mut instances = instances.map(|&at| &scene.state.instances[at]);
        let cause = instances.find_map(failure).map(words::cause).unwrap_or_default();
        let position = *positions.entry(cause.clone()).or_insert(entries.len());
        if position == entries.len() {
            entries.push(Entry { places: Vec::new(), cause });
        }
        entries[position].places.push(place);
    }
    // Stable: of those with as many places, the plan's order stays.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.places.len()));
    entries
}

impl Entry {
    /// Returns how many lines it takes at least.
    pub fn least_lines(&self) -> usize {
        if self.cause.is_empty() { 1 } else { 2 }
    }

    /// Returns its lines, with up to `more` lines beyond the least for a cause that is long.
    pub fn lines(&self, row: &Row, columns: &Columns, more: usize, scene: Scene<'_>) -> Vec<Line> {
        let who = match self.places[..] {
            [_] => columns.line(row, scene.look),
            _ => self.names(scene),
        };
        let why = self.cause_lines(more, scene);
        [who].into_iter().chain(why).collect()
    }

    fn cause_lines(&self, more: usize, scene: Scene<'_>) -> Vec<Line> {
        let wrapped = words::wrapped(&self.cause, scene.columns.saturating_sub(INDENT).max(1));
        let count = wrapped.len().min(1 + more).min(MOST_CAUSE_LINES);
        let line = |text: &str| {
            Line::default().with(Tone::Plain, " ".repeat(INDENT)).with(Tone::Plain, text)
        };
        let mut lines: Vec<Line> = wrapped.iter().take(count).map(|text| line(text)).collect();
        if wrapped.len() > count
            && let Some(last) = lines.last_mut()
        {
            // All that is left in one line: what does not fit is cut and marked so.
            *last = line(&wrapped[count - 1..].join(" "));
        }
        lines
    }

    /// Returns how many accounts there are, as many of their names as a line holds, and how many
    /// more there are.
    fn names(&self, scene: Scene<'_>) -> Line {
        let state = scene.state;
        let accounts: BTreeSet<String> =
            self.places.iter().map(|&place| row::account(&state.places[place], state)).collect();
        let count = words::counted(accounts.len(), "account");
        let front = format!("{} {count}: ", Mark::Failed.symbol(scene.look.symbols));
        let room = scene.columns.saturating_sub(front.chars().count() + " and 1234 more".len());
        let mut names = String::new();
        for (shown, name) in accounts.iter().enumerate() {
            let separator = if shown == 0 { "" } else { ", " };
            if shown > 0 && names.len() + separator.len() + name.len() > room {
                names += &format!(" and {} more", accounts.len() - shown);
                break;
            }
            names = names + separator + name;
        }
        Line::default().with(Tone::Bad, front).with(Tone::Plain, names)
    }
}

/// Returns why an instance failed or was rolled back, if it was.
fn failure(instance: &InstanceState) -> Option<&Failure> {
    let Standing::Finished(finished) = &instance.standing else { return None };
    match finished.end.outcome {
        Outcome::Failed | Outcome::RolledBack => finished.end.failure.as_ref(),
        Outcome::Created
        | Outcome::Updated
        | Outcome::Deleted
        | Outcome::Unchanged
        | Outcome::Skipped => None,
    }
}
