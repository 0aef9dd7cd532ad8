//! Progress of long work that has no dashboard, such as reading accounts: a spinner line on stderr, where
//! that is a terminal, and gone before anything else is printed.
//!
//! It is drawn by one task, ten times a second and from the first half second on: short work shows none.
//! Whoever prints goes through [`aside`], which takes the line away meanwhile.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::arguments::{Global, ProgressMode};
use super::caught_signals::Signals;
use super::exit::Exit;
use super::{codebuild, terminal};
use crate::clock::spoken;
use crate::report::counted;
use crate::report::dashboard::Symbols;

/// How long work takes before it shows a line.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// How often the line is drawn.
const DRAWN_EVERY: Duration = Duration::from_millis(100);
/// How long work takes before what is left is estimated from it.
const ESTIMATED_AFTER: Duration = Duration::from_secs(3);

/// How often, and how many times, an interrupted program tries to take the line away before it ends.
const TRIED_EVERY: Duration = Duration::from_millis(10);
const MOST_TRIES: usize = 20;
/// How many columns of the line are the spinner's, the blank's behind it, and left free at its end.
const MARGIN: usize = 3;

/// The line on stderr, of which there is one.
static LINE: Mutex<Line> = Mutex::new(Line { is_wanted: false, asides: 0, bar: None });

struct Line {
    /// Whether there is work to show.
    is_wanted: bool,
    /// How many write to the terminal at the moment.
    asides: usize,
    /// What is drawn there, if anything is.
    bar: Option<ProgressBar>,
}

impl Line {
    fn draw(&mut self, text: &str) {
        let Some(size) = terminal::size_if_ours() else { return };
        if !self.is_wanted || self.asides > 0 {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| spinner(terminal::symbols()));
        let most = size.columns.saturating_sub(MARGIN);
        bar.set_message(text.chars().take(most).collect::<String>());
        bar.tick();
        // indicatif leaves the cursor at the end of the row: a `^C` there would go on to the next one.
        let _ = io::stderr().write_all(b"\r");
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Does something that writes to the terminal while no progress line stands there. Nothing is locked
/// meanwhile: a reader may keep it waiting for long.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    {
        let mut line = line();
        line.asides += 1;
        line.clear();
    }
    let written = write();
    line().asides -= 1;
    written
}

/// What Ctrl-C does to work that shows its progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// It ends the program, as it does without a progress line.
    EndsProgram,
    /// The work itself hears it.
    IsHeard,
}

/// Work of known size that shows how far it is, until this is dropped.
pub struct ProgressLine {
    done: Arc<AtomicUsize>,
    drawing: Option<JoinHandle<()>>,
}

impl ProgressLine {
    /// Shows the progress of `verb`, such as "reading", over `total` times `noun`, if `mode` and the
    /// terminal allow it.
    pub fn start(
        (verb, total, noun): (&'static str, usize, &'static str),
        interrupt: Interrupt,
        mode: ProgressMode,
        global: &Global,
    ) -> Self {
        let done = Arc::new(AtomicUsize::new(0));
        if !is_wanted(mode, global) {
            return Self { done, drawing: None };
        }
        let work = Work { verb, total, noun, begun: Instant::now() };
        line().is_wanted = true;
        let drawing = Some(tokio::spawn(draw(work, done.clone())));
        if interrupt == Interrupt::EndsProgram {
            let mut interrupted = Signals::catch();
            // To the end of the program: a signal that was caught once does nothing by itself any more.
            tokio::spawn(async move {
                interrupted.next().await;
                for _ in 0..MOST_TRIES {
                    if give_way() {
                        break;
                    }
                    sleep(TRIED_EVERY).await;
                }
                std::process::exit(Exit::Interrupted.code().into());
            });
        }
        Self { done, drawing }
    }

    /// Notes that one more is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(drawing) = &self.drawing {
            drawing.abort();
            let mut line = line();
            line.is_wanted = false;
            line.clear();
        }
    }
}

/// Whether somebody looks at stderr who wants to see progress, and nothing else is drawn there.
fn is_wanted(mode: ProgressMode, global: &Global) -> bool {
    let is_wanted = match mode {
        ProgressMode::Auto | ProgressMode::Dashboard => true,
        ProgressMode::Plain | ProgressMode::Json | ProgressMode::None => false,
    };
    // What -v says would be drawn over.
    is_wanted && global.verbose == 0 && terminal::can_draw() && !codebuild::is_codebuild()
}

/// What is worked on.
struct Work {
    verb: &'static str,
    total: usize,
    noun: &'static str,
    begun: Instant,
}

/// Draws the line until the task is aborted, as long as the terminal is ours.
async fn draw(work: Work, done: Arc<AtomicUsize>) {
    sleep(SHOWN_AFTER).await;
    loop {
        line().draw(&text(&work, done.load(Ordering::Relaxed), work.begun.elapsed()));
        sleep(DRAWN_EVERY).await;
    }
}

fn spinner(symbols: Symbols) -> ProgressBar {
    let frames = match symbols {
        Symbols::Unicode => "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ",
        Symbols::Ascii => "|/-\\ ",
    };
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("it has no fault");
    let target = ProgressDrawTarget::stderr_with_hz(20);
    ProgressBar::with_draw_target(None, target).with_style(style.tick_chars(frames))
}

/// Returns how far the work is, and how long it may still take.
fn text(work: &Work, done: usize, elapsed: Duration) -> String {
    let &Work { verb, total, noun, .. } = work;
    let done = done.min(total);
    let how_far = format!("{verb}: {done} of {}", counted(total, noun));
    let per_one = elapsed.checked_div(u32::try_from(done).unwrap_or(u32::MAX));
    match per_one.and_then(|one| one.checked_mul(u32::try_from(total - done).ok()?)) {
        Some(left) if elapsed >= ESTIMATED_AFTER && !left.is_zero() => {
            format!("{how_far}, about {} left", spoken(left))
        }
        _ => how_far,
    }
}

/// Takes the line away, for good, unless somebody draws or writes at the moment; returns whether it is
/// gone.
pub fn give_way() -> bool {
    let Ok(mut line) = LINE.try_lock() else { return false };
    line.is_wanted = false;
    line.clear();
    true
}

fn line() -> MutexGuard<'static, Line> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_estimated_once_there_is_something_to_go_by() {
        let work = Work { verb: "reading", total: 300, noun: "account", begun: Instant::now() };
        let told = |done, seconds| text(&work, done, Duration::from_secs(seconds));
        assert_eq!(told(0, 60), "reading: 0 of 300 accounts");
        assert_eq!(told(37, 1), "reading: 37 of 300 accounts");
        assert_eq!(told(100, 60), "reading: 100 of 300 accounts, about 2m 00s left");
        assert_eq!(told(300, 60), "reading: 300 of 300 accounts");
        assert_eq!(told(301, 60), "reading: 300 of 300 accounts");
    }
}
