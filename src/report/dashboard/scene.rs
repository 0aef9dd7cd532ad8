//! What every part of a frame is drawn from: the run, the time, and the terminal's size.

use jiff::Timestamp;

use super::theme::Theme;
use super::view::View;
use crate::report::fold::state::RunState;
use crate::report::forecast::Forecast;

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
pub(super) struct Scene<'a> {
    pub state: &'a RunState,
    pub forecast: &'a Forecast,
    pub now: Timestamp,
    pub columns: usize,
    pub theme: Theme,
    pub has_several_regions: bool,
    pub view: &'a View,
}
