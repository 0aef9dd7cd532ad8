//! The region under the lines that stay: how far the run is and what is running.

use std::time::Duration;

use jiff::Timestamp;

use super::running::Running;
use super::state::{Cancel, InstanceState, RunState, Standing, elapsed};
use super::{Counts, words};
use crate::clock::spoken;

/// The narrowest terminal that a name still gets half of.
const NARROWEST: usize = 16;

/// Returns the lines of the region at `now`, for a terminal of `width` columns and `height` rows:
/// at most half of its rows, none wider than it.
pub fn frame(state: &RunState, now: Timestamp, width: usize, height: usize) -> Vec<String> {
    let Some(start) = &state.start else { return Vec::new() };
    let mut running: Vec<(&InstanceState, &Running)> =
        state.instances.iter().filter_map(running_part).collect();
    // Stable: among those that started together, the plan's order stays.
    running.sort_by_key(|(_, running)| running.since);

    let rows = (height / 2).max(1) - 1;
    let shown = if running.len() <= rows { running.len() } else { rows.saturating_sub(1) };
    let mut lines = vec![head(state, elapsed(start.at, now))];
    lines.extend(table(&running[..shown], state, now, width));
    if rows > 0 && shown < running.len() {
        lines.push(format!("  and {} more running", running.len() - shown));
    }
    lines.into_iter().map(|line| cut(&line, width)).collect()
}

/// Returns the line that says how far the run is.
fn head(state: &RunState, since_start: Duration) -> String {
    let ended = state.instances.iter().filter_map(|instance| match &instance.standing {
        Standing::Finished { end, .. } => Some(end.outcome),
        Standing::Waiting | Standing::Running(_) => None,
    });
    let counts = Counts::of(ended);
    let progress = format!("{}/{} done", counts.total(), state.instances.len());
    let trouble = (counts.not_good() > 0).then(|| {
        let bad = Counts { created: 0, updated: 0, deleted: 0, unchanged: 0, ..counts };
        bad.in_words()
    });
    let stopping = match state.cancel {
        Cancel::No => None,
        Cancel::Settling => Some("stopping".to_owned()),
        Cancel::AtOnce => Some("leaving".to_owned()),
    };
    let parts = [Some(progress), trouble, Some(spoken(since_start)), stopping];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn running_part(instance: &InstanceState) -> Option<(&InstanceState, &Running)> {
    match &instance.standing {
        Standing::Running(running) => Some((instance, running)),
        Standing::Waiting | Standing::Finished { .. } => None,
    }
}

/// Returns a line for each running instance: its name, what is done, how far and for how long.
fn table(
    running: &[(&InstanceState, &Running)],
    state: &RunState,
    now: Timestamp,
    width: usize,
) -> Vec<String> {
    let rows: Vec<[String; 4]> = running
        .iter()
        .map(|(instance, running)| {
            [
                words::label(&instance.announced.id, state),
                words::doing(running).to_owned(),
                resources(running),
                spoken(elapsed(running.since, now)),
            ]
        })
        .collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [doing, resources, time] = [widest(1), widest(2), widest(3)];
    let rest = 2 + 2 + doing + 2 + resources + 2 + time;
    let label = widest(0).min(width.saturating_sub(rest).max(NARROWEST.min(width) / 2));
    let line = |row: &[String; 4]| {
        let name = cut(&row[0], label);
        format!("  {name:label$}  {:doing$}  {:>resources$}  {:>time$}", row[1], row[2], row[3])
    };
    rows.iter().map(line).collect()
}

/// Returns `3/7` where the total is known, `3` where it is not, nothing before any resource moved.
fn resources(running: &Running) -> String {
    match (running.resources_done(), running.resources_total()) {
        (done, Some(total)) => format!("{done}/{total}"),
        (0, None) => String::new(),
        (done, None) => done.to_string(),
    }
}

fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, if width > 8 { ".." } else { "" }).into_owned()
}
