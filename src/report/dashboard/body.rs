//! What stands below the head: failures, what runs, and the rest, within the rows that there are.

use std::collections::BTreeSet;

use super::columns::Columns;
use super::failures::{self, FailureEntry};
use super::line::FrameLine;
use super::ranking::{Ranking, has_failed};
use super::row::Row;
use super::scene::Scene;
use crate::report::text::tone::Tone;

/// What of a run is shown, line by line; the rest is counted.
struct Shown<'a> {
    failures: Vec<FailureEntry<'a>>,
    /// Places that none of these has a row for.
    places: Vec<usize>,
    /// How many lines there are beyond what these take at least.
    spare: usize,
    /// How much there is of what is not shown.
    rest: Vec<Count>,
}

/// How many places that are not shown stand in one way.
struct Count {
    tone: Tone,
    count: usize,
    /// Whether others that stand so are shown.
    is_more: bool,
    word: &'static str,
}

/// Returns the lines of the body, at most `rows`.
pub(super) fn lines(scene: Scene<'_>, rows: usize) -> Vec<FrameLine> {
    if rows == 0 {
        return Vec::new();
    }
    let ranking = viewed(Ranking::of(scene.state, scene.forecast), scene);
    let shown = choose(scene, &ranking, rows);
    let of = |place: usize| Row::of(place, scene);
    let failed: Vec<Option<Row>> = shown.failures.iter().map(|entry| entry.place.map(of)).collect();
    let others: Vec<Row> = shown.places.iter().copied().map(of).collect();
    let all: Vec<&Row> = failed.iter().flatten().chain(&others).collect();
    let columns = Columns::fit(&all, scene.columns);
    let mut lines: Vec<FrameLine> = Vec::new();
    let mut spare = shown.spare;
    for (entry, row) in shown.failures.iter().zip(&failed) {
        let entry_lines = entry.lines(row.as_ref(), &columns, spare, scene);
        spare = spare.saturating_sub(entry_lines.len().saturating_sub(entry.least_lines()));
        lines.extend(entry_lines);
    }
    lines.extend(others.iter().map(|row| columns.line(row, scene.theme)));
    lines.extend(rest_line(&shown.rest, scene));
    if lines.is_empty() && scene.view.leaves_out() {
        let nothing = if scene.view.failures_only { "nothing failed here" } else { "nothing here" };
        lines.push(FrameLine::default().with(Tone::Faint, nothing));
    }
    lines.truncate(rows);
    lines
}

/// Returns the places that the view is for.
fn viewed(ranking: Ranking, scene: Scene<'_>) -> Ranking {
    let view = scene.view;
    match view.leaves_out() {
        true => ranking.only(|place| {
            let place = &scene.state.places[place];
            view.holds(place, scene.state) && (!view.failures_only || has_failed(place))
        }),
        false => ranking,
    }
}

/// Returns what is shown in `rows`: everything if it fits, else what failed and what runs as far as
/// they fit, where failures leave at least a third of the rows to what runs.
///
/// In whatever size, rows stand in one order: those with a cause of their own, what runs, what failed for a
/// shared cause while the rest goes on, and the rest.
fn choose<'a>(scene: Scene<'a>, ranking: &Ranking, rows: usize) -> Shown<'a> {
    let mut failures = failures::entries(scene);
    let own: Vec<usize> = failures.iter().filter_map(|entry| entry.place).collect();
    // Each takes a row at least: with one more than there are rows, not all fit.
    failures.truncate(rows + 1);
    let least =
        |entries: &[FailureEntry<'_>]| entries.iter().map(FailureEntry::least_lines).sum::<usize>();
    let told_by = |entries: &[FailureEntry<'_>]| {
        entries.iter().flat_map(|entry| entry.places(scene)).collect::<BTreeSet<usize>>()
    };
    let with_row = |entries: &[FailureEntry<'_>]| {
        entries.iter().filter_map(|entry| entry.place).collect::<BTreeSet<usize>>()
    };
    let have_row = with_row(&failures);
    let others: Vec<usize> =
        ranking.but_failed().filter(|place| !have_row.contains(place)).collect();
    let is_all_told = |told: &BTreeSet<usize>| ranking.with_failure().all(|at| told.contains(&at));
    if least(&failures) + others.len() <= rows && is_all_told(&told_by(&failures)) {
        let spare = rows - least(&failures) - others.len();
        return Shown { failures, places: others, spare, rest: Vec::new() };
    }
    let rows = rows.saturating_sub(1);
    let kept_for_running = ranking.running.len().min(rows.div_ceil(3));
    while least(&failures) > rows - kept_for_running {
        failures.pop();
    }
    let left = rows - least(&failures);
    let places = at_work(ranking, (&own, &with_row(&failures)), left);
    let shown = told_by(&failures).into_iter().chain(places.iter().copied()).collect();
    let spare = left - places.len();
    Shown { failures, spare, places, rest: rest(ranking, &shown) }
}

/// Returns up to `most` places where something is being worked on and that have no row yet, those where
/// nothing failed before others, in the order of all rows: those with a cause of their `own` stand first.
fn at_work(
    ranking: &Ranking,
    (own, have_row): (&[usize], &BTreeSet<usize>),
    most: usize,
) -> Vec<usize> {
    let running = ranking.running.iter().take(most);
    let room = most - running.len();
    let failing: BTreeSet<usize> = ranking.failing.iter().copied().collect();
    let of_own: BTreeSet<usize> = own.iter().copied().collect();
    let is_open = |place: &&usize| failing.contains(place) && !have_row.contains(place);
    let alone: Vec<usize> = own.iter().filter(is_open).take(room).copied().collect();
    let shared = ranking.failing.iter().filter(|place| !of_own.contains(place));
    let shared = shared.take(room - alone.len());
    alone.iter().chain(running).chain(shared).copied().collect()
}

/// Returns how many of what is not shown stand how: each place once, where it failed as failed.
fn rest(ranking: &Ranking, shown: &BTreeSet<usize>) -> Vec<Count> {
    let is_shown = |place: &usize| shown.contains(place);
    let hidden_failed = ranking.with_failure().filter(|place| !is_shown(place)).count();
    let hidden_running = ranking.running.iter().filter(|place| !is_shown(place)).count();
    let is_failed_shown = ranking.with_failure().any(|place| is_shown(&place));
    let is_running_shown = ranking.running.iter().any(is_shown);
    let counts = [
        (Tone::Bad, hidden_failed, is_failed_shown, "failed"),
        (Tone::Plain, hidden_running, is_running_shown, "running"),
        (Tone::Plain, ranking.waiting.len(), false, "waiting"),
        (Tone::Caution, ranking.skipped.len(), false, "skipped"),
        (Tone::Plain, ranking.done.len(), false, "done"),
    ];
    let some = counts.into_iter().filter(|(_, count, ..)| *count > 0);
    some.map(|(tone, count, is_more, word)| Count { tone, count, is_more, word }).collect()
}

/// Returns the counts in one line, in as many words as there is room for.
fn rest_line(mut rest: &[Count], scene: Scene<'_>) -> Option<FrameLine> {
    let noun = if scene.has_several_regions { None } else { Some("account") };
    for (noun, says_more) in [(noun, true), (None, true), (None, false)] {
        let line = counted(rest, noun, says_more, scene);
        if line.width() <= scene.columns {
            return Some(line).filter(|_| !rest.is_empty());
        }
    }
    // A count that is cut is another count, so the last ones go.
    while let [first @ .., _] = rest
        && !first.is_empty()
        && counted(rest, None, false, scene).width() > scene.columns
    {
        rest = first;
    }
    Some(counted(rest, None, false, scene))
}

fn counted(rest: &[Count], noun: Option<&str>, says_more: bool, scene: Scene<'_>) -> FrameLine {
    let mut line = FrameLine::default().with(Tone::Faint, format!("{} ", scene.theme.ellipsis()));
    for (position, Count { tone, count, is_more, word }) in rest.iter().enumerate() {
        let more = if *is_more && says_more { " more" } else { "" };
        let noun = noun.filter(|_| position == 0).map(|noun| match count {
            1 => format!(" {noun}"),
            _ => format!(" {noun}s"),
        });
        line.push(Tone::Plain, if position == 0 { "" } else { ", " });
        line.push(*tone, format!("{count}{more}{} {word}", noun.unwrap_or_default()));
    }
    line
}
