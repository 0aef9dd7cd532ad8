//! A terminal that a test can look at: `vt100`, which nobody here wrote.

use std::io::{self, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use super::screen::Screen;
use crate::report::dashboard::Size;

/// A terminal; clones are the same one. It cuts lines when it gets narrower and does not wrap them.
#[derive(Clone)]
pub struct TestTerminal {
    parser: Arc<Mutex<vt100::Parser>>,
    writes: Arc<Mutex<Vec<String>>>,
}

impl TestTerminal {
    pub fn new(columns: u16, rows: u16) -> Self {
        let parser = Arc::new(Mutex::new(vt100::Parser::new(some(rows), some(columns), 1_000)));
        Self { parser, writes: Arc::default() }
    }

    fn with<R>(&self, look: impl FnOnce(&mut vt100::Parser) -> R) -> R {
        look(&mut self.parser.lock().expect("no test panics while it looks"))
    }

    /// A screen that paints on it, and always may.
    pub fn screen(&self) -> Screen {
        let terminal = self.clone();
        Screen::new(self.clone(), move || Some(terminal.size()))
    }

    pub fn size(&self) -> Size {
        let (rows, columns) = self.with(|parser| parser.screen().size());
        Size { columns: columns.get().into(), rows: rows.get().into() }
    }

    /// What the terminal itself, or another program, writes.
    pub fn show(&self, text: &str) {
        self.with(|parser| parser.process(text.as_bytes()));
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.with(|parser| parser.screen_mut().set_size(some(rows), some(columns)));
    }

    /// What stands on it, without blanks at the ends of lines.
    pub fn text(&self) -> String {
        let text = self.with(|parser| parser.screen().contents());
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Each of its rows, as painted: a long line takes several.
    pub fn rows(&self) -> Vec<String> {
        let columns = self.size().columns as u16;
        self.with(|parser| parser.screen().rows(0, columns).collect())
    }

    /// The row and column of the cursor.
    pub fn cursor(&self) -> (u16, u16) {
        self.with(|parser| parser.screen().cursor_position())
    }

    pub fn is_cursor_hidden(&self) -> bool {
        self.with(|parser| parser.screen().hide_cursor())
    }

    /// What was written since this was asked last, write by write.
    pub fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.writes.lock().expect("no test panics while it looks"))
    }
}

fn some(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has rows and columns")
}

impl Write for TestTerminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|parser| parser.process(bytes));
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        self.writes.lock().expect("no test panics while it looks").push(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
