//! The end of a terminal's screen: lines that stay, and under them a region that is redrawn in place.
//!
//! Each frame is one write. Who is not the one that draws, such as a signal or a panic, holds a clone
//! and may keep the screen free.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use super::paint::Painted;
use crate::report::dashboard::Size;

/// What is known of the terminal: its size, or nothing while it is not ours to draw on.
type Measure = Box<dyn Fn() -> Option<Size> + Send>;

/// The end of a terminal's screen; clones are the same one.
#[derive(Clone)]
pub struct Screen(Arc<Mutex<Inside>>);

struct Inside {
    /// Absent once it is broken: whoever closes a terminal loses the lines, and the run goes on.
    writer: Option<Box<dyn Write + Send>>,
    measure: Measure,
    painted: Painted,
    is_held: bool,
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
            painted: Painted::default(),
            is_held: false,
        })))
    }

    /// Returns the terminal's size; nothing while it is not ours to draw on.
    pub fn size(&self) -> Option<Size> {
        let inside = self.inside();
        (inside.measure)().filter(|_| !inside.is_held)
    }

    /// Paints `stay` for good and `region` under it, to be redrawn in place; returns whether `stay` was
    /// painted.
    ///
    /// Nothing is written when nothing changed, and nothing before a [`Screen::resume`] when the
    /// screen is held.
    pub fn present(&self, stay: &[String], region: &[String], size: Size) -> bool {
        let mut inside = self.inside();
        if inside.is_held {
            return false;
        }
        if !(stay.is_empty() && inside.painted.is(region, size)) {
            let text = inside.painted.paint(stay, region, size);
            inside.write(&text);
        }
        true
    }

    /// Wipes the region and paints nothing more until [`Screen::resume`].
    pub fn suspend(&self) {
        let mut inside = self.inside();
        if let Some(size) = (inside.measure)().filter(|_| !inside.is_held) {
            let text = inside.painted.paint(&[], &[], size);
            inside.write(&text);
        }
        inside.painted = Painted::default();
        inside.is_held = true;
    }

    /// Paints again, below whatever else was written meanwhile.
    pub fn resume(&self) {
        let mut inside = self.inside();
        inside.painted = Painted::default();
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

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = self.inside();
        f.debug_struct("Screen")
            .field("painted", &inside.painted)
            .field("is_held", &inside.is_held)
            .finish_non_exhaustive()
    }
}
