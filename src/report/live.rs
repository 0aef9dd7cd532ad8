//! Progress on a terminal: lines that stay above a small region that is drawn in place.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::frame::frame;
use super::lines::Lines;
use super::palette::Palette;
use super::state::RunState;
use crate::event::RunEvent;

/// Draws a run on a terminal; on anything else it shows nothing.
///
/// The cursor is never hidden, and the region is wiped when this is closed or dropped.
#[derive(Debug)]
pub struct Live {
    lines: Lines,
    region: ProgressBar,
    size: fn() -> (u16, u16),
}

impl Live {
    /// Returns a display that draws on `target`, whose `size` is asked as rows and columns before
    /// each frame.
    pub fn new(target: ProgressDrawTarget, palette: Palette, size: fn() -> (u16, u16)) -> Self {
        let style = ProgressStyle::with_template("{msg}").expect("the template names one key");
        let region = ProgressBar::with_draw_target(None, target).with_style(style);
        Self { lines: Lines::essential(palette), region, size }
    }

    /// Returns a display on the terminal that stderr is.
    pub fn stderr(palette: Palette) -> Self {
        Self::new(ProgressDrawTarget::stderr(), palette, || console::Term::stderr().size())
    }

    /// Shows an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) {
        for line in self.lines.on(event, state) {
            self.region.println(line);
        }
    }

    /// Draws the region as it is at `now`.
    pub fn tick(&mut self, state: &RunState, now: Timestamp) {
        let (rows, columns) = (self.size)();
        // One column less: some terminals go to the next line when the last one is filled.
        let width = usize::from(columns).saturating_sub(1);
        self.region.set_message(frame(state, now, width, usize::from(rows)).join("\n"));
    }

    /// Wipes the region; the lines stay.
    pub fn close(&mut self) {
        self.region.finish_and_clear();
    }
}
