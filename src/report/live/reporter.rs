//! Who is told of a run while it goes on.

use std::fmt;
use std::io::{self, Write};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::display::DashboardDisplay;
use super::keyboard::Keyboard;
use super::lines::{Lines, LogStyle};
use super::screen::Screen;
use crate::event::{EventKind, Kept, RunEvent};
use crate::foreign;
use crate::journal::Journal;
use crate::report::dashboard::Theme;
use crate::report::fold::state::RunState;
use crate::report::notices::notice::Notice;
use crate::report::notices::teller::NoticeTeller;
use crate::report::text::palette::Palette;

/// One way to follow a run.
#[derive(Debug)]
pub enum Reporter {
    /// A line for each event worth reading.
    Plain(Lines, Output),
    /// Each event as one line of JSON.
    Json(Output),
    /// Lines above a dashboard that is drawn in place.
    Live(Box<DashboardDisplay>),
    /// Nothing of the run, only what goes wrong with following it.
    Quiet(Output),
    /// What is worth a notice, for whoever sends it on.
    Notices(NoticeTeller, mpsc::UnboundedSender<Notice>),
}

impl Reporter {
    /// Returns a reporter that writes plain lines.
    pub fn plain(writer: impl Write + Send + 'static, palette: Palette) -> Self {
        Self::Plain(Lines::new(palette), Output::new(writer))
    }

    /// Returns a reporter that writes `lines`.
    pub fn lines(writer: impl Write + Send + 'static, lines: Lines) -> Self {
        Self::Plain(lines, Output::new(writer))
    }

    /// Returns a reporter that writes each event as one line of JSON.
    pub fn json(writer: impl Write + Send + 'static) -> Self {
        Self::Json(Output::new(writer))
    }

    /// Returns a reporter that draws on a screen, whose lines that stay end in that style.
    pub fn live(screen: Screen, theme: Theme, end: LogStyle) -> Self {
        Self::Live(Box::new(DashboardDisplay::new(screen, theme, end)))
    }

    /// Returns the same reporter, which heeds the keys that a person presses if it draws.
    pub fn heeding(mut self, keyboard: Option<Keyboard>) -> Self {
        if let (Self::Live(live), Some(keyboard)) = (&mut self, keyboard) {
            live.heed_keys(keyboard);
        }
        self
    }

    /// Returns a reporter that shows nothing of the run.
    pub fn quiet(writer: impl Write + Send + 'static) -> Self {
        Self::Quiet(Output::new(writer))
    }

    /// Returns a reporter that leaves notices to whoever sends them on.
    pub fn notices(sender: mpsc::UnboundedSender<Notice>) -> Self {
        Self::Notices(NoticeTeller::default(), sender)
    }

    fn on(&mut self, event: &RunEvent, state: &RunState) {
        match self {
            Self::Plain(lines, output) => {
                lines.on(event, state).iter().for_each(|line| output.line(line));
            }
            Self::Json(output) => {
                let json = serde_json::to_string(event).expect("an event becomes JSON");
                output.line(&foreign::json(&json));
            }
            Self::Live(live) => live.on(event, state),
            Self::Quiet(_) => {}
            Self::Notices(teller, sender) => {
                // Whoever sends them on is there for as long as the run.
                teller.on(event, state).into_iter().for_each(|notice| drop(sender.send(notice)));
            }
        }
    }

    /// Shows a line that is not of the run.
    fn say(&mut self, line: &str) {
        match self {
            Self::Plain(_, output) | Self::Json(output) | Self::Quiet(output) => {
                output.line(&foreign::line(line));
            }
            Self::Live(live) => live.say(&foreign::line(line)),
            Self::Notices(..) => {}
        }
    }
}

/// Everyone who follows a run: its journal before all others, then the displays.
#[derive(Debug, Default)]
pub struct Reporters {
    journal: Option<Journal>,
    keeping: Option<watch::Sender<Kept>>,
    safe: Option<watch::Receiver<Kept>>,
    /// The number of the last event, and whether somebody may wait until it is safe.
    last: u64,
    is_awaited: bool,
    displays: Vec<Reporter>,
}

impl Reporters {
    /// Returns reporters that show nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns these and `reporter`.
    pub fn with(mut self, reporter: Reporter) -> Self {
        self.displays.push(reporter);
        self
    }

    /// Returns these and a journal that is told of everything first.
    pub fn with_journal(self, journal: Journal) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Returns these, who tell how much of the run is safe on disk.
    pub fn telling_what_is_kept(self, keeping: watch::Sender<Kept>) -> Self {
        Self { keeping: Some(keeping), ..self }
    }

    /// Returns these, who hear of what is lost on its way to where others see it.
    pub fn hearing_what_is_lost(self, safe: watch::Receiver<Kept>) -> Self {
        Self { safe: Some(safe), ..self }
    }

    /// Waits until something is lost on its way, and tells it once.
    pub async fn hear_what_is_lost(&mut self) {
        let Some(safe) = &mut self.safe else { return std::future::pending().await };
        let lost = safe.wait_for(|kept| matches!(kept, Kept::Lost(_))).await;
        let reason = match lost.as_deref() {
            Ok(Kept::Lost(reason)) => Some(reason.clone()),
            _ => None,
        };
        drop(lost);
        self.safe = None;
        if let Some(reason) = reason {
            let warning = format!(
                "warning: the run can no longer be kept where others see it ({reason}): what runs settles, \
                 nothing more is started"
            );
            self.displays.iter_mut().for_each(|reporter| reporter.say(&warning));
        }
    }

    /// Tells of an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) {
        self.write_down(|journal| journal.append(event));
        self.last = event.sequence;
        self.is_awaited |= is_awaited(&event.kind);
        self.displays.iter_mut().for_each(|reporter| reporter.on(event, state));
    }

    /// Tells that no event waits at the moment.
    pub fn rest(&mut self) {
        if std::mem::take(&mut self.is_awaited) {
            self.write_down(Journal::sync);
            if let (Some(_), Some(keeping)) = (&self.journal, &self.keeping) {
                keeping.send_replace(Kept::UpTo(self.last));
            }
        } else {
            self.write_down(Journal::flush);
        }
    }

    /// Whether somebody shows time passing, and so wants to be ticked.
    pub fn want_ticks(&self) -> bool {
        self.displays.iter().any(|reporter| match reporter {
            Reporter::Plain(..) | Reporter::Live(_) => true,
            Reporter::Json(_) | Reporter::Quiet(_) | Reporter::Notices(..) => false,
        })
    }

    /// Tells lines that it is `now`.
    pub fn beat(&mut self, state: &RunState, now: Timestamp) {
        for reporter in &mut self.displays {
            if let Reporter::Plain(lines, output) = reporter {
                lines.beat(state, now).iter().for_each(|line| output.line(line));
            }
        }
    }

    /// Draws the run as it is `now`.
    pub fn draw(&mut self, state: &RunState, now: Timestamp) {
        for reporter in &mut self.displays {
            if let Reporter::Live(live) = reporter {
                live.tick(state, now);
            }
        }
    }

    /// Tells that no more will come.
    pub fn close(&mut self) {
        self.rest();
        for reporter in &mut self.displays {
            if let Reporter::Live(live) = reporter {
                live.close();
            }
        }
    }

    /// Writes to the journal; one that breaks is given up with a warning, and the engine is told.
    fn write_down(&mut self, write: impl FnOnce(&mut Journal) -> io::Result<()>) {
        let Some(journal) = &mut self.journal else { return };
        if let Err(error) = write(journal) {
            let path = foreign::path(journal.path());
            let warning = format!(
                "warning: the journal {path} can no longer be written ({error}): what runs \
                 settles, nothing more is started"
            );
            self.journal = None;
            if let Some(keeping) = &self.keeping {
                keeping.send_replace(Kept::Lost(error.to_string()));
            }
            self.displays.iter_mut().for_each(|reporter| reporter.say(&warning));
        }
    }
}

/// Whether an event must survive the machine: it tells of a change, before or after.
fn is_awaited(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::RunStarted { .. }
            | EventKind::RunResumed { .. }
            | EventKind::ActionIntended { .. }
            | EventKind::ActionStarted { .. }
            | EventKind::RunFinished { .. }
    )
}

/// Where lines go until it breaks: whoever closes a pipe loses the lines, and the run goes on.
pub struct Output(Option<Box<dyn Write + Send>>);

impl Output {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Some(Box::new(writer)))
    }

    fn line(&mut self, line: &str) {
        let Some(writer) = &mut self.0 else { return };
        // One write for the line and its end, so that lines of several programs do not mix.
        let written: io::Result<()> =
            writer.write_all(format!("{line}\n").as_bytes()).and_then(|()| writer.flush());
        if written.is_err() {
            self.0 = None;
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Output(open)" } else { "Output(closed)" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::report::recorded;

    /// Sends on what is written.
    struct Sent(Sender<Vec<u8>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_event_is_one_line_of_json_that_reads_back() {
        let (written, read) = channel();
        let mut reporters = Reporters::none().with(Reporter::json(Sent(written)));
        let recording = recorded::failure();
        let state = recording.state();
        recording.events.iter().for_each(|event| reporters.on(event, &state));
        drop(reporters);
        let text = String::from_utf8(read.iter().flatten().collect()).expect("UTF-8");
        let events: Vec<RunEvent> =
            text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
        assert_eq!(events, recording.events);
    }
}
