//! One frame of the dashboard: its head and its body, within a terminal's size.

use jiff::Timestamp;

use super::scene::{Scene, Size};
use super::theme::Theme;
use super::view::View;
use super::{body, footer, head};
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
    (size, theme): (Size, Theme),
    view: &View,
) -> Vec<String> {
    let mut regions = state.places.iter().map(|place| &place.region);
    let first = regions.next();
    let has_several_regions = regions.any(|region| Some(region) != first);
    let columns = size.columns;
    let scene = Scene { state, forecast, now, columns, theme, has_several_regions, view };
    let rows = size.rows.saturating_sub(2).max(1);
    let mut lines = head::lines(scene, rows);
    if lines.is_empty() {
        return Vec::new();
    }
    let footer = footer::lines(scene, rows.saturating_sub(lines.len()));
    lines.extend(body::lines(scene, rows.saturating_sub(lines.len() + footer.len())));
    lines.extend(footer);
    lines.into_iter().map(|line| line.painted(size.columns, theme)).collect()
}
