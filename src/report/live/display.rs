//! Progress on a terminal: lines that stay above a dashboard that is drawn in place.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::keyboard::Keyboard;
use super::lines::{Lines, LogStyle};
use super::screen::Screen;
use crate::event::RunEvent;
use crate::report::dashboard;
use crate::report::dashboard::{Size, Theme, View};
use crate::report::fold::lifecycle::elapsed;
use crate::report::fold::state::RunState;
use crate::report::forecast::Forecast;

/// How old a forecast may become.
const FORECAST_AGE: SignedDuration = SignedDuration::from_secs(1);

/// A size for what must be printed even where the terminal does not tell its own.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// Draws a run on a terminal.
///
/// What stays and the dashboard under it are painted together, once per tick. The cursor is never
/// hidden, and the dashboard is wiped when this is closed or dropped.
#[derive(Debug)]
pub struct DashboardDisplay {
    lines: Lines,
    theme: Theme,
    screen: Screen,
    /// Lines that stay and are not painted yet.
    waiting: Vec<String>,
    frame: Vec<String>,
    forecast: Forecast,
    forecast_at: Option<Timestamp>,
    view: View,
    keyboard: Option<Keyboard>,
    /// The terminal's size, as last known.
    size: Size,
}

impl DashboardDisplay {
    /// Returns a display that draws on `screen`, whose lines that stay end in that style.
    pub fn new(screen: Screen, theme: Theme, end: LogStyle) -> Self {
        Self {
            lines: Lines::essential(theme.palette, end),
            theme,
            size: screen.size().unwrap_or(USUAL),
            screen,
            waiting: Vec::new(),
            frame: Vec::new(),
            forecast: Forecast::default(),
            forecast_at: None,
            view: View::default(),
            keyboard: None,
        }
    }

    /// Heeds the keys that a person presses from now on.
    pub fn heed_keys(&mut self, keyboard: Keyboard) {
        self.view = View::with_keys();
        self.keyboard = Some(keyboard);
    }

    /// Takes in an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) {
        self.lines.fit(within(self.size).columns);
        self.waiting.extend(self.lines.on(event, state));
    }

    /// Takes in a line that stays and is no event of the run.
    pub fn say(&mut self, line: &str) {
        self.waiting.push(line.to_owned());
    }

    /// Shows the run as it is at `now`, unless the terminal is somebody else's at the moment.
    pub fn tick(&mut self, state: &RunState, now: Timestamp) {
        if let Some(keyboard) = &mut self.keyboard {
            keyboard.heed(&mut self.view, state);
        }
        let Some(size) = self.screen.size() else { return };
        self.size = size;
        let now = whole_seconds(state, now);
        let is_fresh = |at: Timestamp| (SignedDuration::ZERO..FORECAST_AGE).contains(&(now - at));
        if !self.forecast_at.is_some_and(is_fresh) {
            self.forecast = Forecast::of(state, now);
            self.forecast_at = Some(now);
        }
        let look = (within(size), self.theme);
        self.frame = dashboard::frame(state, &self.forecast, now, look, &self.view);
        self.present(size);
    }

    /// Paints the lines that wait, and the frame under them.
    fn present(&mut self, size: Size) {
        if self.screen.present(&self.waiting, &self.frame, size) {
            self.waiting.clear();
        }
    }

    /// Wipes the dashboard; the lines stay.
    pub fn close(&mut self) {
        self.frame.clear();
        self.present(self.screen.size().unwrap_or(self.size));
    }
}

impl Drop for DashboardDisplay {
    fn drop(&mut self) {
        // What a panic said stands below the dashboard and must stay readable.
        if !std::thread::panicking() {
            self.close();
        }
    }
}

/// Returns what of a terminal may be drawn on.
fn within(size: Size) -> Size {
    // One column less: some terminals go to the next line when the last one is filled.
    Size { columns: size.columns.saturating_sub(1), ..size }
}

/// Returns the last moment that is a number of whole seconds after the run's start: what is shown
/// changes when something happens and once a second, but not ten times.
fn whole_seconds(state: &RunState, now: Timestamp) -> Timestamp {
    let Some(start) = &state.start else { return now };
    let seconds = Duration::from_secs(elapsed(start.at, now).as_secs());
    start.at.checked_add(seconds).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::event::Operation;
    use crate::report::Palette;
    use crate::report::dashboard::Symbols;
    use crate::report::live::test_terminal::TestTerminal;
    use crate::report::recorded::{self, Recording};

    const LOOK: Theme = Theme { palette: Palette::Plain, symbols: Symbols::Unicode };

    /// Shows a run with a frame after each event, and returns the display and its terminal.
    fn shown(recording: &Recording) -> (DashboardDisplay, TestTerminal) {
        let terminal = TestTerminal::new(80, 24);
        let mut live = DashboardDisplay::new(terminal.screen(), LOOK, LogStyle::WithSummary);
        show(&mut live, &mut RunState::default(), recording);
        (live, terminal)
    }

    fn show(live: &mut DashboardDisplay, state: &mut RunState, recording: &Recording) {
        for event in &recording.events {
            state.on(event);
            live.on(event, state);
            live.tick(state, event.at);
        }
    }

    /// A run that stands somewhere in its middle.
    fn begun() -> Recording {
        let mut recording = recorded::failure();
        recording.events.truncate(10);
        recording
    }

    fn later(recording: &Recording, ms: i64) -> Timestamp {
        recording.events.last().expect("an event").at + SignedDuration::from_millis(ms)
    }

    #[test]
    fn the_dashboard_stands_under_the_lines() {
        let (_live, terminal) = shown(&begun());
        insta::assert_snapshot!(terminal.text());
    }

    #[test]
    fn a_closed_display_leaves_its_lines_only() {
        let (mut live, terminal) = shown(&recorded::failure());
        live.close();
        insta::assert_snapshot!(terminal.text());
        assert_eq!(terminal.cursor().1, 0, "the cursor is at a line's start");
        assert!(!terminal.is_cursor_hidden());
    }

    #[test]
    fn a_dropped_display_wipes_its_dashboard() {
        let (live, terminal) = shown(&begun());
        let dashboard = live.frame.clone();
        drop(live);
        assert!(dashboard.iter().all(|line| !terminal.text().contains(line.trim_end())));
    }

    #[test]
    fn each_tick_is_one_write_however_much_happened() {
        let terminal = TestTerminal::new(80, 24);
        let mut live = DashboardDisplay::new(terminal.screen(), LOOK, LogStyle::WithSummary);
        let recording = recorded::many();
        let mut state = RunState::default();
        for event in &recording.events {
            state.on(event);
            live.on(event, &state);
        }
        live.tick(&state, later(&recording, 0));
        assert_eq!(terminal.writes().len(), 1);
    }

    #[test]
    fn nothing_is_written_between_two_seconds_in_which_nothing_happens() {
        let recording = Recording::started(Operation::Apply, vec![recorded::announced("dev/a", 3)]);
        let (mut live, terminal) = shown(&recording);
        let state = recording.state();
        terminal.writes();
        for ms in (0..1_000).step_by(100) {
            live.tick(&state, later(&recording, ms));
        }
        assert_eq!(terminal.writes(), Vec::<String>::new());
        live.tick(&state, later(&recording, 1_000));
        assert_eq!(terminal.writes().len(), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_breaks_nothing() {
        let recording = begun();
        let (mut live, terminal) = shown(&recording);
        live.tick(&recording.state(), later(&recording, -86_400_000));
        live.tick(&recording.state(), later(&recording, 86_400_000));
        assert!(!terminal.text().is_empty());
    }

    #[test]
    fn a_suspended_display_is_out_of_the_way_until_it_is_resumed() {
        let recording = begun();
        let (mut live, terminal) = shown(&recording);
        let (screen, state) = (live.screen.clone(), recording.state());
        let dashboard = live.frame.clone();
        screen.suspend();
        live.tick(&state, later(&recording, 5_000));
        assert!(dashboard.iter().all(|line| !terminal.text().contains(line.trim_end())));
        terminal.show("$ fg\r\n");
        screen.resumption().store(true, Ordering::Relaxed);
        live.tick(&state, later(&recording, 5_000));
        let text = terminal.text();
        let (_, below) = text.split_once("$ fg\n").expect("what the shell wrote stays");
        assert_eq!(below.lines().count(), live.frame.len(), "{text}");
    }

    #[test]
    fn a_display_in_the_background_waits() {
        let terminal = TestTerminal::new(80, 24);
        let screen = Screen::new(terminal.clone(), || None);
        let mut live = DashboardDisplay::new(screen, LOOK, LogStyle::WithSummary);
        show(&mut live, &mut RunState::default(), &recorded::failure());
        assert_eq!(terminal.text(), "");
        live.close();
        assert!(terminal.text().contains("failed after"), "the lines are not lost");
    }

    #[test]
    fn nothing_is_painted_over_what_a_panic_says() {
        let recording = begun();
        let (mut live, terminal) = shown(&recording);
        let before = terminal.text();
        live.screen.let_go();
        terminal.show("\r\nxdeploy broke a promise of its own");
        live.tick(&recording.state(), later(&recording, 5_000));
        drop(live);
        assert_eq!(terminal.text(), before + "\nxdeploy broke a promise of its own");
    }

    #[test]
    fn a_resized_terminal_shows_one_dashboard() {
        let recording = begun();
        let (mut live, terminal) = shown(&recording);
        for (step, (columns, rows)) in
            [(120, 40), (120, 8), (200, 60), (80, 24)].into_iter().enumerate()
        {
            terminal.resize(columns, rows);
            live.tick(&recording.state(), later(&recording, 1_000 * step as i64));
            let text = terminal.text();
            let head = live.frame[0].trim_end();
            assert_eq!(text.matches(head).count(), 1, "{columns} by {rows}:\n{text}");
        }
    }
}
