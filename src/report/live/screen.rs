//! The end of a terminal's screen: lines that stay, and under them a region that is drawn in place.
//!
//! `indicatif` keeps the two apart and draws here as if this were a terminal. What it draws is
//! gathered, and sent to the real terminal as one write when [`Screen::present`] is called. Who is
//! not the one that draws, such as a signal or a panic, holds a clone and may keep the screen free.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use indicatif::TermLike;

use super::paint::Standing;
use crate::report::dashboard::Size;

/// How many columns `indicatif` believes that there are: so many that no line is ever wrapped, and
/// so it counts lines. How many rows a line takes is known when it is painted.
const WIDEST: u16 = 4096;

/// What is known of the terminal: its size, or nothing while it is not ours to draw on.
type Measure = Box<dyn Fn() -> Option<Size> + Send>;

/// The end of a terminal's screen; clones are the same one.
#[derive(Clone)]
pub struct Screen(Arc<Mutex<Inside>>);

struct Inside {
    /// Absent once it is broken: whoever closes a terminal loses the lines, and the run goes on.
    writer: Option<Box<dyn Write + Send>>,
    measure: Measure,
    standing: Standing,
    /// What is to stand from the region's first row on.
    drawn: Vec<String>,
    draft: Draft,
    is_held: bool,
}

/// What `indicatif` has drawn since it flushed.
#[derive(Debug, Default)]
struct Draft {
    /// How many lines it cleared: those of its region.
    cleared: usize,
    lines: Vec<String>,
    /// Whether what it writes next fills up the last line.
    is_filler: bool,
}

impl Screen {
    /// Returns the screen of the terminal that `writer` writes to, which stands at the start of an
    /// empty row. `measure` tells its size before each frame, and nothing while somebody else draws.
    pub fn new(
        writer: impl Write + Send + 'static,
        measure: impl Fn() -> Option<Size> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            writer: Some(Box::new(writer)),
            measure: Box::new(measure),
            standing: Standing::default(),
            drawn: Vec::new(),
            draft: Draft::default(),
            is_held: false,
        })))
    }

    /// Returns the terminal's size; nothing while it is not ours to draw on.
    pub fn size(&self) -> Option<Size> {
        let inside = self.inside();
        (inside.measure)().filter(|_| !inside.is_held)
    }

    /// Shows what was drawn, of which the last `region` lines are drawn in place from now on.
    ///
    /// Nothing is written when nothing changed, and nothing before a [`Screen::resume`] when the
    /// screen is held.
    pub fn present(&self, region: usize, size: Size) {
        let mut inside = self.inside();
        if inside.is_held {
            return;
        }
        let Inside { drawn, standing, .. } = &mut *inside;
        if standing.is(drawn, size) {
            return;
        }
        let stay = drawn.len().saturating_sub(region);
        let text = standing.paint(&drawn[..stay], &drawn[stay..], size);
        drawn.drain(..stay);
        inside.write(&text);
    }

    /// Wipes the region and paints nothing more until [`Screen::resume`].
    pub fn suspend(&self) {
        let mut inside = self.inside();
        if let Some(size) = (inside.measure)().filter(|_| !inside.is_held) {
            let text = inside.standing.paint(&[], &[], size);
            inside.write(&text);
        }
        inside.standing = Standing::default();
        inside.is_held = true;
    }

    /// Paints again, below whatever else was written meanwhile.
    pub fn resume(&self) {
        let mut inside = self.inside();
        inside.standing = Standing::default();
        inside.is_held = false;
    }

    /// Paints nothing more and leaves what stands: for what must be read, whatever else goes on.
    pub fn let_go(&self) {
        // Whoever paints at this moment may be the one who panicked, and never lets go of the lock.
        if let Ok(mut inside) = self.0.try_lock() {
            inside.is_held = true;
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // A panic while painting leaves lines behind, and nothing that could not be painted over.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Inside {
    /// Writes a whole frame at once, so that no part of it is ever seen alone.
    fn write(&mut self, text: &str) {
        let Some(writer) = &mut self.writer else { return };
        if writer.write_all(text.as_bytes()).and_then(|()| writer.flush()).is_err() {
            self.writer = None;
        }
    }
}

/// What `indicatif` draws on: it clears its region line by line, then writes each line and as many
/// blanks as fill its row. Its moves mean nothing here, since painting finds its own way.
impl TermLike for Screen {
    fn width(&self) -> u16 {
        WIDEST
    }

    fn height(&self) -> u16 {
        u16::MAX
    }

    fn move_cursor_up(&self, _rows: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _rows: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _columns: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _columns: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let draft = &mut self.inside().draft;
        if !draft.is_filler {
            draft.lines.push(text.to_owned());
        }
        draft.is_filler = !draft.is_filler;
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.inside().draft.cleared += 1;
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut inside = self.inside();
        let Draft { cleared, lines, .. } = std::mem::take(&mut inside.draft);
        let kept = inside.drawn.len().saturating_sub(cleared);
        inside.drawn.truncate(kept);
        inside.drawn.extend(lines);
        Ok(())
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = self.inside();
        f.debug_struct("Screen")
            .field("standing", &inside.standing)
            .field("is_held", &inside.is_held)
            .finish_non_exhaustive()
    }
}
