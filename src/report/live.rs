//! Progress on a terminal: lines that stay above a small region that is drawn in place.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use jiff::Timestamp;

use super::frame::frame;
use super::lines::Lines;
use super::palette::Palette;
use super::parked::Parked;
use super::state::RunState;
use crate::event::RunEvent;

/// The most often that the region is drawn.
const FRAMES_PER_SECOND: u8 = 10;

/// Draws a run on a terminal.
///
/// The cursor is never hidden, and the region is wiped when this is closed or dropped.
#[derive(Debug)]
pub struct Live {
    lines: Lines,
    region: ProgressBar,
    size: fn() -> (u16, u16),
}

impl Live {
    /// Returns a display that draws on `terminal`, whose `size` is asked as rows and columns before
    /// each frame.
    pub fn new(
        terminal: impl TermLike + 'static,
        palette: Palette,
        size: fn() -> (u16, u16),
    ) -> Self {
        let terminal = Box::new(Parked(terminal));
        let target = ProgressDrawTarget::term_like_with_hz(terminal, FRAMES_PER_SECOND);
        let style = ProgressStyle::with_template("{msg}").expect("the template names one key");
        let region = ProgressBar::with_draw_target(None, target).with_style(style);
        Self { lines: Lines::essential(palette), region, size }
    }

    /// Returns a display on the terminal that stderr is.
    pub fn stderr(palette: Palette) -> Self {
        Self::new(console::Term::stderr(), palette, || console::Term::stderr().size())
    }

    /// Shows an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) {
        self.lines.fit(self.width());
        for line in self.lines.on(event, state) {
            self.region.println(line);
        }
    }

    /// Shows a line that stays.
    pub fn say(&self, line: &str) {
        self.region.println(line);
    }

    /// Draws the region as it is at `now`.
    pub fn tick(&mut self, state: &RunState, now: Timestamp) {
        let (rows, _) = (self.size)();
        let lines = frame(state, now, self.width(), usize::from(rows));
        self.region.set_message(lines.join("\n"));
    }

    fn width(&self) -> usize {
        // One column less: some terminals go to the next line when the last one is filled.
        usize::from((self.size)().1.saturating_sub(1))
    }

    /// Wipes the region; the lines stay.
    pub fn close(&mut self) {
        self.region.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::report::recorded::{self, Recording};

    /// What stands on a screen of 80 columns, and the cursor on it.
    #[derive(Debug, Default)]
    struct Screen {
        rows: Vec<Vec<char>>,
        row: usize,
        column: usize,
    }

    impl Screen {
        fn put(&mut self, character: char) {
            match character {
                '\n' => (self.row, self.column) = (self.row + 1, 0),
                '\r' => self.column = 0,
                _ => {
                    // A terminal goes to the next line with the first character that needs it.
                    if self.column == 80 {
                        (self.row, self.column) = (self.row + 1, 0);
                    }
                    self.rows.resize(self.rows.len().max(self.row + 1), Vec::new());
                    let row = &mut self.rows[self.row];
                    row.resize(row.len().max(self.column + 1), ' ');
                    row[self.column] = character;
                    self.column += 1;
                }
            }
        }

        fn text(&self) -> String {
            let rows = self.rows.iter().map(|row| row.iter().collect::<String>());
            rows.map(|row| row.trim_end().to_owned() + "\n")
                .collect::<String>()
                .trim_end()
                .to_owned()
        }
    }

    /// A terminal whose screen a test can look at.
    #[derive(Clone, Debug, Default)]
    struct Terminal(Arc<Mutex<Screen>>);

    impl Terminal {
        fn with<R>(&self, use_it: impl FnOnce(&mut Screen) -> R) -> R {
            use_it(&mut self.0.lock().expect("no test panics while it holds the screen"))
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
            self.with(|screen| screen.row -= rows);
            Ok(())
        }

        fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
            self.with(|screen| screen.row += rows);
            Ok(())
        }

        fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
            self.with(|screen| screen.column += columns);
            Ok(())
        }

        fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
            self.with(|screen| screen.column -= columns);
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)?;
            self.write_str("\n")
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.with(|screen| text.chars().for_each(|character| screen.put(character)));
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.with(|screen| {
                let row = screen.row;
                screen.column = 0;
                if let Some(row) = screen.rows.get_mut(row) {
                    row.clear();
                }
            });
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Shows a run with a frame after each event, and returns the display and its terminal.
    fn shown(recording: &Recording) -> (Live, Terminal) {
        let terminal = Terminal::default();
        let mut live = Live::new(terminal.clone(), Palette::Plain, || (24, 80));
        let mut state = RunState::default();
        for event in &recording.events {
            state.on(event);
            live.on(event, &state);
            live.tick(&state, event.at);
        }
        (live, terminal)
    }

    #[test]
    fn the_region_stands_under_the_lines() {
        let mut recording = recorded::failure();
        recording.events.truncate(10);
        let (_live, terminal) = shown(&recording);
        insta::assert_snapshot!(terminal.with(|screen| screen.text()));
    }

    #[test]
    fn a_closed_display_leaves_its_lines_only() {
        let (mut live, terminal) = shown(&recorded::failure());
        live.close();
        insta::assert_snapshot!(terminal.with(|screen| screen.text()));
        assert_eq!(terminal.with(|screen| screen.column), 0, "the cursor is at a line's start");
    }

    #[test]
    fn an_interrupt_that_the_terminal_echoes_leaves_no_frame_behind() {
        let mut recording = recorded::failure();
        let rest = recording.events.split_off(10);
        let (mut live, terminal) = shown(&recording);
        terminal.with(|screen| "^C".chars().for_each(|character| screen.put(character)));
        let mut state = recording.state();
        for event in &rest {
            state.on(event);
            live.on(event, &state);
        }
        live.close();
        assert!(!terminal.with(|screen| screen.text()).contains("done,"));
    }

    #[test]
    fn a_dropped_display_wipes_its_region() {
        let mut recording = recorded::failure();
        recording.events.truncate(10);
        let (live, terminal) = shown(&recording);
        drop(live);
        assert!(!terminal.with(|screen| screen.text()).contains("done"));
    }
}
