//! A terminal whose cursor rests at the start of the line it is in.

use std::io;

use indicatif::TermLike;

/// A terminal that parks its cursor after each frame.
///
/// A frame fills its last line, so the cursor would rest beside the last column. The `^C` that a
/// terminal writes there when somebody interrupts would begin a new line, and the region would be
/// wiped one line too low ever after. At the start of the line, the next frame covers it.
#[derive(Debug)]
pub(super) struct Parked<T>(pub T);

impl<T: TermLike> TermLike for Parked<T> {
    fn width(&self) -> u16 {
        self.0.width()
    }

    fn height(&self) -> u16 {
        self.0.height()
    }

    fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
        self.0.move_cursor_up(rows)
    }

    fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
        self.0.move_cursor_down(rows)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}
