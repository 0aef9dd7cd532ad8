//! One frame of the dashboard: its head and its body, within a terminal's size.

use jiff::Timestamp;

use super::scene::{Scene, Size};
use super::theme::Theme;
use super::{body, head};
use crate::report::fold::state::RunState;
use crate::report::forecast::Forecast;

/// Returns the lines of the dashboard at `now`: as many as it needs, at most two fewer than the
/// terminal has rows but at least one, none wider than the terminal.
///
/// Before the run began there are none.
pub fn frame(
    state: &RunState,
    forecast: &Forecast,
    now: Timestamp,
    size: Size,
    theme: Theme,
) -> Vec<String> {
    let mut regions = state.places.iter().map(|place| &place.region);
    let first = regions.next();
    let has_several_regions = regions.any(|region| Some(region) != first);
    let scene = Scene { state, forecast, now, columns: size.columns, theme, has_several_regions };
    let rows = size.rows.saturating_sub(2).max(1);
    let mut lines = head::lines(scene, rows);
    lines.extend(body::lines(scene, rows.saturating_sub(lines.len())));
    lines.into_iter().map(|line| line.painted(size.columns, theme)).collect()
}
