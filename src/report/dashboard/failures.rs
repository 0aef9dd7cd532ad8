//! What failed: a place, or the accounts that share a cause, and below it that cause.

use std::collections::BTreeSet;

use super::columns::Columns;
use super::line::FrameLine;
use super::row::Row;
use super::scene::Scene;
use crate::report::clusters::{Cluster, Member};
use crate::report::text::mark::Mark;
use crate::report::text::prose;
use crate::report::text::tone::Tone;

/// The most lines that a cause and what mends it take.
const MOST_LINES: usize = 4;

/// How far a cause is indented.
const INDENT: usize = 4;

/// A cause and who failed for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailureEntry<'a> {
    cluster: &'a Cluster,
    /// The only place where it was, which then gets a row of its own.
    pub place: Option<usize>,
}

/// Returns the causes of a run's failures, those of most accounts first.
pub(super) fn entries(scene: Scene<'_>) -> Vec<FailureEntry<'_>> {
    let entry = |cluster| FailureEntry { cluster, place: only_place(cluster, scene) };
    let entries = scene.state.failures.ranked().into_iter().map(entry);
    let is_held = |place: usize| scene.view.holds(&scene.state.places[place], scene.state);
    entries
        .filter(|entry: &FailureEntry<'_>| {
            scene.view.filter().is_none() || entry.places(scene).any(is_held)
        })
        .collect()
}

/// Returns the place where all of a cluster's failures are, if it is one.
fn only_place(cluster: &Cluster, scene: Scene<'_>) -> Option<usize> {
    let [member] = &cluster.members[..] else { return None };
    let places: BTreeSet<usize> = places(member, scene).collect();
    places.first().copied().filter(|_| places.len() == 1)
}

/// Returns the places where a member's failures are.
fn places<'a>(member: &'a Member, scene: Scene<'a>) -> impl Iterator<Item = usize> + 'a {
    // Of one Region, the first tells of all.
    let told = if scene.has_several_regions { member.instances.len() } else { 1 };
    let positions = member.instances.iter().take(told).filter_map(|id| scene.state.position(id));
    positions.map(|position| scene.state.place_of(position))
}

impl FailureEntry<'_> {
    /// Returns the places where it failed.
    pub fn places<'a>(&'a self, scene: Scene<'a>) -> impl Iterator<Item = usize> + 'a {
        self.cluster.members.iter().flat_map(move |member| places(member, scene))
    }

    /// Returns how many lines it takes at least.
    pub fn least_lines(&self) -> usize {
        2
    }

    /// Returns its lines, with up to `more` than the least for what does not fit in one.
    pub fn lines(
        &self,
        row: Option<&Row>,
        columns: &Columns,
        more: usize,
        scene: Scene<'_>,
    ) -> Vec<FrameLine> {
        let who = row.map(|row| columns.line(row, scene.theme));
        let who = who.unwrap_or_else(|| self.names(scene));
        [who].into_iter().chain(self.why(more, scene)).collect()
    }

    /// Returns the cause in as many lines as there are, and what mends it if some are left.
    fn why(&self, more: usize, scene: Scene<'_>) -> Vec<FrameLine> {
        let width = scene.columns.saturating_sub(INDENT).max(1);
        let mut lines = prose::wrapped(&self.cluster.cause(), width);
        let help = self.cluster.help.iter();
        let help = help
            .flat_map(|help| prose::wrapped(&format!("help: {}", prose::one_line(help)), width));
        let cause_lines = lines.len();
        lines.extend(help);
        let room = (1 + more).min(MOST_LINES);
        // Half a help helps nobody: it is shown whole or not at all.
        let kept = if lines.len() > room { room.min(cause_lines) } else { lines.len() };
        if kept < cause_lines {
            // All that is left in one line: what does not fit is cut there and marked so.
            lines[kept - 1] = lines[kept - 1..cause_lines].join(" ");
        }
        lines.truncate(kept);
        let line = |(number, text): (usize, String)| {
            let tone = if number < cause_lines { Tone::Plain } else { Tone::Faint };
            FrameLine::default().with(Tone::Plain, " ".repeat(INDENT)).with(tone, text)
        };
        lines.into_iter().enumerate().map(line).collect()
    }

    /// Returns how many accounts there are, as many of their names as a line holds, and how many
    /// more there are.
    fn names(&self, scene: Scene<'_>) -> FrameLine {
        let count = prose::counted(self.cluster.accounts, "account");
        let front = format!("{} {count}: ", Mark::Failed.symbol(scene.theme.symbols));
        let room = scene.columns.saturating_sub(front.chars().count() + " and 1234 more".len());
        let mut names = String::new();
        for (shown, member) in self.cluster.members.iter().enumerate() {
            let name = scene.state.account_label(&member.environment, &member.account);
            let separator = if shown == 0 { "" } else { ", " };
            if shown > 0 && names.len() + separator.len() + name.len() > room {
                names += &format!(" and {} more", self.cluster.members.len() - shown);
                break;
            }
            names = names + separator + &name;
        }
        FrameLine::default().with(Tone::Bad, front).with(Tone::Plain, names)
    }
}
