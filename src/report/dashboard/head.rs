//! The top of the dashboard: what runs, how far it is, how long it takes, what went wrong.

use std::time::Duration;

use jiff::Timestamp;

use super::line::{FrameLine, seconds};
use super::scene::Scene;
use super::theme::Theme;
use crate::report::fold::account_region::AccountRegion;
use crate::report::fold::lifecycle::{Cancel, RunStart, elapsed};
use crate::report::fold::state::RunState;
use crate::report::forecast::Forecast;
use crate::report::messages::origin::elsewhere;
use crate::report::text::prose;
use crate::report::text::tone::Tone;

/// The narrowest and the widest bar.
const BAR: (usize, usize) = (8, 40);

/// A part of the head; the lower its rank, the longer it stays when there is too little room.
struct Part {
    rank: usize,
    tone: Tone,
    text: String,
}

impl Part {
    fn new(rank: usize, tone: Tone, text: impl Into<String>) -> Self {
        Self { rank, tone, text: text.into() }
    }
}

/// Returns the head at `now`: one line where all of it fits, else up to three, at most `rows`.
pub(super) fn lines(scene: Scene<'_>, rows: usize) -> Vec<FrameLine> {
    let Scene { state, forecast, now, columns, theme, .. } = scene;
    let Some(start) = &state.start else { return Vec::new() };
    let title = title(start, state);
    let (counts, times) = (counts(state), times(start, forecast, now));
    let width = |parts: &[&[Part]]| width(parts.iter().flat_map(|parts| parts.iter()), theme);
    let bar = BAR.0 + theme.separator().chars().count();
    if rows < 3 || width(&[&title, &counts, &times]) + bar <= columns {
        let parts = title.into_iter().chain(counts).chain(times);
        return vec![joined(parts.collect(), scene)];
    }
    if rows < 8 || width(&[&counts, &times]) <= columns {
        let figures = counts.into_iter().chain(times).collect();
        return vec![joined(title, scene), joined(figures, scene)];
    }
    [title, counts, times].map(|parts| joined(parts, scene)).into()
}

/// Returns what runs: the operation and its environments, accounts, wave and the run's id.
fn title(start: &RunStart, state: &RunState) -> Vec<Part> {
    let mut parts = match state.cancel {
        Cancel::No => Vec::new(),
        Cancel::Settling => vec![Part::new(0, Tone::Caution, "cancelling")],
        Cancel::AtOnce => vec![Part::new(0, Tone::Caution, "cancelled")],
    };
    if state.paused_by.is_some() {
        parts.push(Part::new(0, Tone::Caution, "paused"));
    }
    if !state.awaited_logins.is_empty() {
        parts.push(Part::new(0, Tone::Caution, "waiting for a new login"));
    }
    let environments = match &start.environments[..] {
        few if few.len() <= 3 => few.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", "),
        many => format!("{} environments", many.len()),
    };
    let place = elsewhere(&start.origin).map(|place| format!(" ({place})")).unwrap_or_default();
    let operation = format!("{} {environments}{place}", start.operation.as_str());
    parts.push(Part::new(6, Tone::Strong, operation));
    parts.push(Part::new(8, Tone::Plain, prose::counted(start.accounts, "account")));
    parts.extend(wave(state).map(|wave| Part::new(5, Tone::Plain, wave)));
    parts.push(Part::new(9, Tone::Faint, format!("run {}", start.run)));
    parts
}

/// Returns how many stack instances are done, and how many are not as they should be.
fn counts(state: &RunState) -> Vec<Part> {
    let counts = &state.counts;
    // What was skipped was not done.
    let done = counts.total() - counts.skipped;
    let done = format!("{done}/{} done", state.instances.len());
    let mut parts = vec![Part::new(1, Tone::Strong, done)];
    let bad = [
        (2, Tone::Bad, counts.failed, "failed"),
        (7, Tone::Bad, counts.rolled_back, "rolled back"),
        (7, Tone::Caution, counts.skipped, "skipped"),
    ];
    for (rank, tone, count, word) in bad.into_iter().filter(|(_, _, count, _)| *count > 0) {
        parts.push(Part::new(rank, tone, format!("{count} {word}")));
    }
    parts
}

/// Returns how long the run has taken, and how long it still will if that can be told.
fn times(start: &RunStart, forecast: &Forecast, now: Timestamp) -> Vec<Part> {
    let mut parts = vec![Part::new(4, Tone::Plain, seconds(elapsed(start.at, now)))];
    let left = forecast.left(now).map(|left| format!("about {} left", rounded(left)));
    parts.extend(left.map(|left| Part::new(3, Tone::Plain, left)));
    parts
}

/// Returns the wave that runs, as `wave 2/3`, if one environment alone has several.
fn wave(state: &RunState) -> Option<String> {
    let is_open = |place: &&AccountRegion| place.ended.total() < place.instances.len();
    let mut open = state.places.iter().filter(is_open);
    let first = open.next()?;
    let (environment, mut number) = (&first.environment, first.wave?);
    let operation = state.start.as_ref()?.operation;
    for place in open {
        if place.environment != *environment {
            return None;
        }
        number = match operation {
            crate::event::Operation::Apply | crate::event::Operation::Plan => {
                number.min(place.wave?)
            }
            crate::event::Operation::Destroy | crate::event::Operation::Prune => {
                number.max(place.wave?)
            }
        };
    }
    Some(format!("wave {number}/{}", state.waves(environment)?))
}

/// Returns what is left in steps that do not flicker: whoever reads it does not need seconds.
fn rounded(left: Duration) -> String {
    let seconds = left.as_secs().max(1);
    match seconds {
        ..=55 => format!("{}s", seconds.div_ceil(5) * 5),
        56..=300 => match seconds.div_ceil(30) {
            halves if halves % 2 == 0 => format!("{}m", halves / 2),
            halves => format!("{}m 30s", halves / 2),
        },
        301..3600 => format!("{}m", seconds.div_ceil(60)),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 300 * 5),
    }
}

fn width<'a>(parts: impl Iterator<Item = &'a Part>, theme: Theme) -> usize {
    let separator = theme.separator().chars().count();
    let widths = parts.map(|part| part.text.chars().count() + separator);
    widths.sum::<usize>().saturating_sub(separator)
}

/// Returns the parts that fit in a line, with a bar in front of what is done where there is room.
fn joined(mut parts: Vec<Part>, scene: Scene<'_>) -> FrameLine {
    let Scene { state, columns, theme, .. } = scene;
    while parts.len() > 1 && width(parts.iter(), theme) > columns {
        let last = (0..parts.len()).max_by_key(|&part| parts[part].rank);
        last.map(|last| parts.remove(last));
    }
    let separator = theme.separator();
    let room = columns.saturating_sub(width(parts.iter(), theme) + separator.chars().count());
    let mut line = FrameLine::default();
    for (position, part) in parts.into_iter().enumerate() {
        if position > 0 {
            line.push(Tone::Faint, separator);
        }
        if part.rank == 1 && room >= BAR.0 {
            push_bar(&mut line, state, room.min(BAR.1), theme);
        }
        line.push(part.tone, part.text);
    }
    line
}

fn push_bar(line: &mut FrameLine, state: &RunState, width: usize, theme: Theme) {
    let share = |count: usize| (count * width).checked_div(state.instances.len()).unwrap_or(0);
    let counts = &state.counts;
    let (ended, skipped) = (share(counts.total()), share(counts.skipped));
    let bad = share(counts.failed + counts.rolled_back);
    let (full, empty) = theme.bar();
    let stretch = |character: char, count: usize| character.to_string().repeat(count);
    line.push(Tone::Good, stretch(full, ended - bad - skipped));
    line.push(Tone::Bad, stretch(full, bad));
    // Over, but not done: it is no part of the full bar for whoever sees no colour either.
    line.push(Tone::Caution, stretch(empty, skipped));
    line.push(Tone::Faint, stretch(empty, width - ended));
    line.push(Tone::Plain, " ");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_steps() {
        for (seconds, told) in [
            (0, "5s"),
            (12, "15s"),
            (59, "1m"),
            (60, "1m"),
            (61, "1m 30s"),
            (95, "2m"),
            (301, "6m"),
            (5_000, "1h 20m"),
        ] {
            assert_eq!(rounded(Duration::from_secs(seconds)), told);
        }
    }
}
