//! The end of a terminal's screen: lines that stay, and under them a region that is redrawn in place.
//!
//! Each frame is one write. Who is not the one that draws, such as a signal or a panic, holds a clone
//! and may keep the screen free.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::paint::Painted;
use crate::report::dashboard::Size;

/// What is known of the terminal: its size, or nothing while it is not ours to draw on.
type Measure = Box<dyn Fn() -> Option<Size> + Send>;

/// Prepares the terminal for a region that stands on it (`true`), and gives it back (`false`).
type Prepare = Box<dyn FnMut(bool) + Send>;

/// The end of a terminal's screen; clones are the same one.
#[derive(Clone)]
pub struct Screen(Arc<Mutex<Inside>>);

struct Inside {
    /// Absent once it is broken: whoever closes a terminal loses the lines, and the run goes on.
    writer: Option<Box<dyn Write + Send>>,
    measure: Measure,
    prepare: Prepare,
    is_prepared: bool,
    painted: Painted,
    is_held: bool,
    /// Set by whoever had the terminal and gave it back.
    was_resumed: Arc<AtomicBool>,
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
            prepare: Box::new(|_| ()),
            is_prepared: false,
            painted: Painted::default(),
            is_held: false,
            was_resumed: Arc::default(),
        })))
    }

    /// Returns what is to be set when the program goes on after somebody else had the terminal: the next frame is painted
    /// below whatever was written meanwhile, also by a [`Screen`] that was suspended.
    pub fn resumption(&self) -> Arc<AtomicBool> {
        self.inside().was_resumed.clone()
    }

    /// Has `prepare` called with `true` before a region stands on the terminal, and with `false` as soon as none does.
    /// It is called while the terminal is ours to draw on.
    pub fn prepared_by(self, prepare: impl FnMut(bool) + Send + 'static) -> Self {
        self.inside().prepare = Box::new(prepare);
        self
    }

    /// Returns the terminal's size; nothing while it is not ours to draw on.
    pub fn size(&self) -> Option<Size> {
        let mut inside = self.inside();
        inside.take_back();
        (inside.measure)().filter(|_| !inside.is_held)
    }

    /// Paints `stay` for good and `region` under it, to be redrawn in place; returns whether `stay` was
    /// painted.
    ///
    /// Nothing is written when nothing changed, and nothing before the program is resumed when the
    /// screen is held.
    pub fn present(&self, stay: &[String], region: &[String], size: Size) -> bool {
        let mut inside = self.inside();
        inside.take_back();
        if inside.is_held {
            return false;
        }
        if !(stay.is_empty() && inside.painted.is(region, size)) {
            inside.paint(stay, region, size);
        }
        true
    }

    /// Wipes the region and paints nothing more until the program is resumed.
    pub fn suspend(&self) {
        let mut inside = self.inside();
        inside.take_back();
        if let Some(size) = (inside.measure)().filter(|_| !inside.is_held) {
            inside.paint(&[], &[], size);
        }
        inside.painted = Painted::default();
        inside.is_held = true;
    }

    /// Paints nothing more and leaves what stands: for what must be read, whatever else goes on.
    pub fn let_go(&self) {
        // Whoever paints at this moment may be the one who panicked, and never lets go of the lock.
        if let Ok(mut inside) = self.0.try_lock() {
            inside.is_held = true;
            if (inside.measure)().is_some() {
                inside.prepare(false);
            }
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // A panic while painting leaves lines behind, and nothing that could not be painted over.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Inside {
    /// Takes the screen back if the program went on after somebody else had it: what stands there is theirs.
    fn take_back(&mut self) {
        if self.was_resumed.swap(false, Ordering::Relaxed) {
            self.painted = Painted::default();
            // Who had the terminal meanwhile may have changed it.
            self.is_prepared = false;
            self.is_held = false;
        }
    }

    /// Paints on a terminal that is prepared as long as a region stands there.
    fn paint(&mut self, stay: &[String], region: &[String], size: Size) {
        let text = self.painted.paint(stay, region, size);
        if !region.is_empty() {
            self.prepare(true);
        }
        self.write(&text);
        if region.is_empty() {
            self.prepare(false);
        }
    }

    fn prepare(&mut self, is_wanted: bool) {
        if self.is_prepared != is_wanted {
            (self.prepare)(is_wanted);
            self.is_prepared = is_wanted;
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::live::test_terminal::TestTerminal;

    #[test]
    fn a_terminal_is_prepared_as_long_as_a_region_stands_there() {
        let terminal = TestTerminal::new(80, 24);
        let told: Arc<Mutex<Vec<bool>>> = Arc::default();
        let hear = {
            let told = told.clone();
            move |is_wanted| told.lock().expect("no test panics while it hears").push(is_wanted)
        };
        let screen = terminal.screen().prepared_by(hear);
        let said = || std::mem::take(&mut *told.lock().expect("no test panics while it reads"));
        let (lines, size) = (["a line".to_owned()], terminal.size());
        screen.present(&lines, &[], size);
        assert_eq!(said(), [false; 0], "lines that stay need nothing");
        screen.present(&[], &lines, size);
        screen.present(&lines, &lines, size);
        assert_eq!(said(), [true]);
        screen.suspend();
        screen.present(&[], &lines, size);
        assert_eq!(said(), [false]);
        screen.resumption().store(true, Ordering::Relaxed);
        screen.present(&[], &lines, size);
        screen.present(&lines, &[], size);
        assert_eq!(said(), [true, false]);
        screen.present(&[], &lines, size);
        screen.let_go();
        assert_eq!(said(), [true, false]);
    }
}
