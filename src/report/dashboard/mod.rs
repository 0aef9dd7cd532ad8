//! The dashboard: a run's state, the time and a terminal's size into lines that are drawn in place.
//!
//! Everything here is pure. It knows nothing of terminals: who draws, where and how often is not its
//! matter, and neither is what stays on screen above it.

mod look;

use jiff::Timestamp;

pub use look::{Look, Symbols};

use super::forecast::Forecast;
use super::state::RunState;

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many columns it has.
    pub columns: usize,
    /// How many rows it has.
    pub rows: usize,
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
    let _ = (forecast, look);
    super::frame::frame(state, now, size.columns, size.rows)
}
