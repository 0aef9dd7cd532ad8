//! The dashboard: a run's state, the time and a terminal's size into lines that are drawn in place.
//!
//! What needs attention comes first: the head, what failed with its first cause, what runs with the
//! longest in front, and the rest as counts. Everything here is pure. It knows nothing of terminals:
//! who draws, where and how often is not its matter, and neither is what stays on screen above it.

mod body;
mod columns;
mod failures;
mod head;
mod line;
mod look;
mod row;
#[cfg(test)]
mod tests;
mod triage;

use jiff::Timestamp;

pub use look::{Look, Symbols};

use super::fold::state::RunState;
use super::forecast::Forecast;

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many columns it has.
    pub columns: usize,
    /// How many rows it has.
    pub rows: usize,
}

/// What every part of a frame is drawn from.
#[derive(Clone, Copy, Debug)]
struct Scene<'a> {
    state: &'a RunState,
    forecast: &'a Forecast,
    now: Timestamp,
    columns: usize,
    look: Look,
    has_several_regions: bool,
}

/// Returns the lines of the dashboard at `now`: as many as it needs, at most two fewer than the
/// terminal has rows but at least one, none wider than the terminal.
///
/// Before the run began there are none.
pub fn frame(
    state: &RunState,
    forecast: &Forecast,
    now: Timestamp,
    size: Size,
    look: Look,
) -> Vec<String> {
    let mut regions = state.places.iter().map(|place| &place.region);
    let first = regions.next();
    let has_several_regions = regions.any(|region| Some(region) != first);
    let scene = Scene { state, forecast, now, columns: size.columns, look, has_several_regions };
    let rows = size.rows.saturating_sub(2).max(1);
    let mut lines = head::lines(scene, rows);
    lines.extend(body::lines(scene, rows.saturating_sub(lines.len())));
    lines.into_iter().map(|line| line.painted(size.columns, look)).collect()
}
