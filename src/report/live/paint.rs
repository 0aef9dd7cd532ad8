//! What a terminal must be sent so that it shows other lines than it does.
//!
//! Pure: lines and a size in, control sequences (ECMA-48) out. Only relative moves are used, so that
//! nothing needs to be known of what stands above.

use console::measure_text_width;

use crate::report::dashboard::Size;

/// Keeps the terminal from showing anything until [`END`] (DEC private mode 2026).
///
/// A terminal that does not know the mode ignores it, as it does every private mode it does not
/// know: <https://contour-terminal.org/vt-extensions/synchronized-output/>.
const BEGIN: &str = "\x1b[?2026h";

/// Shows everything since [`BEGIN`] at once.
const END: &str = "\x1b[?2026l";

/// Cuts lines at the right margin instead of wrapping them (DECAWM).
///
/// A terminal may have a new size before it says so. The region then keeps a row for each line, and
/// the cursor stays where it is looked for.
const NO_WRAP: &str = "\x1b[?7l";

/// Wraps lines, as usual.
const WRAP: &str = "\x1b[?7h";

/// Erases from the cursor to the end of its line.
const ERASE_LINE: &str = "\x1b[K";

/// Erases from the cursor to the end of the screen.
const ERASE_BELOW: &str = "\x1b[J";

/// What stands at the end of a screen and is redrawn in place.
///
/// The cursor rests at the start of the last line: the `^C` that a terminal writes when somebody
/// interrupts lands there and is painted over. With no lines it is at the start of an empty row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Painted {
    region: Vec<String>,
    /// The size of the terminal when it was painted; absent if nothing was.
    size: Option<Size>,
    /// Lines of it that a lower terminal pushed out at its top, right above what is painted now.
    pushed_out: Vec<String>,
}

impl Painted {
    /// Whether it is these lines, painted for that size.
    pub fn is(&self, region: &[String], size: Size) -> bool {
        self.region == region && (region.is_empty() || self.size == Some(size))
    }

    /// Returns what puts `stay` and then `region` in its place, in a terminal of `size`.
    ///
    /// Nothing is cleared before it is painted over, unless the terminal changed its size meanwhile.
    /// Then most terminals have wrapped lines that no longer fit, and those rows are erased as well.
    /// One that cuts lines instead of wrapping them (xterm, the Linux console) loses as many rows
    /// above the region as were not wrapped; the next frames are right again.
    pub fn paint(&mut self, stay: &[String], region: &[String], size: Size) -> String {
        let mut text = BEGIN.to_owned();
        up(&mut text, self.climb(stay.is_empty(), size));
        text.push('\r');
        // Once erased, nothing that stood may be taken for what is to stand there.
        let mut is_erased = self.size.is_some_and(|painted| painted != size);
        if is_erased {
            // Not from the screen's very first column: tmux would keep what is erased there.
            text.push(' ');
            text.push_str(ERASE_BELOW);
            text.push('\r');
        }
        for line in stay {
            is_erased = put_for_good(&mut text, line, size, is_erased);
            text.push_str("\r\n");
        }
        text.push_str(NO_WRAP);
        for (position, line) in region.iter().enumerate() {
            let is_last = position + 1 == region.len();
            let stands = !is_erased && self.region.get(stay.len() + position) == Some(line);
            // What is typed or echoed lands in the last line, so that one is painted always.
            if !stands || is_last {
                text.push_str(line);
                text.push_str(ERASE_LINE);
            }
            text.push_str(if is_last { "" } else { "\r\n" });
        }
        if !is_erased && self.region.len() > stay.len() + region.len() {
            text.push_str(ERASE_BELOW);
        }
        (self.region, self.size) = (region.to_vec(), Some(size));
        text + "\r" + WRAP + END
    }

    /// Returns how many rows above the cursor the first row is that is painted anew, and takes in
    /// what the terminal did to those above it since it changed its size.
    ///
    /// Rather too few than too many: what stands above is not ours. A terminal that keeps free rows
    /// below the cursor when it wraps lines (tmux) pushes out more than is known here, until it is
    /// full.
    fn climb(&mut self, stays_below: bool, size: Size) -> usize {
        let painted = self.size.unwrap_or(size);
        let is_higher = size.rows > painted.rows && !self.pushed_out.is_empty();
        // A terminal that gets higher takes rows back until it is full, above what it shows, which
        // was painted from its first row on and may have left some rows free below.
        let back = if is_higher { std::mem::take(&mut self.pushed_out) } else { Vec::new() };
        let free = if is_higher { painted.rows.saturating_sub(self.region.len()) } else { 0 };
        let (last, above) = match self.region.split_last() {
            Some((last, above)) => (rows(last, size), above),
            None => (1, &[][..]),
        };
        // The cursor is in the first row of the last line, however many that takes now.
        let highest = size.rows.saturating_sub(last + free);
        let mut climb = back.iter().chain(above).map(|line| rows(line, size)).sum::<usize>();
        for line in back.iter().chain(above) {
            let rows = rows(line, size);
            // Only whole lines: of one that is cut in two, a terminal may join the rest to the next.
            if climb < highest + rows {
                break;
            }
            self.pushed_out.push(line.clone());
            climb -= rows;
        }
        if !stays_below {
            // Under lines that stay, what was pushed out cannot be reached any more.
            self.pushed_out.clear();
        }
        climb.min(highest)
    }
}

/// Writes a line over whatever is in its row, and below if it is a long one; returns whether all
/// that was below is erased.
fn put_for_good(text: &mut String, line: &str, size: Size, is_erased: bool) -> bool {
    let is_long = measure_text_width(line) >= size.columns;
    if is_long && !is_erased {
        // First, as nothing can be erased after a full row: the cursor is still on its last sign.
        text.push_str(ERASE_BELOW);
    }
    text.push_str(line);
    if !is_long && !is_erased {
        text.push_str(ERASE_LINE);
    }
    is_erased || is_long
}

/// Returns how many rows a line takes.
fn rows(line: &str, size: Size) -> usize {
    measure_text_width(line).div_ceil(size.columns.max(1)).max(1)
}

fn up(text: &mut String, rows: usize) {
    if rows > 0 {
        text.push_str(&format!("\x1b[{rows}A"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::live::test_terminal::TestTerminal;

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|&line| line.to_owned()).collect()
    }

    /// Paints on a terminal.
    fn show(terminal: &TestTerminal, painted: &mut Painted, stay: &[&str], region: &[&str]) {
        terminal.show(&painted.paint(&lines(stay), &lines(region), terminal.size()));
    }

    /// Returns what stands once these lines were painted.
    fn after(region: &[&str], size: Size) -> Painted {
        Painted { region: lines(region), size: Some(size), pushed_out: Vec::new() }
    }

    #[test]
    fn lines_that_stay_push_the_region_down() {
        let terminal = TestTerminal::new(20, 6);
        let mut painted = Painted::default();
        show(&terminal, &mut painted, &[], &["1/3 done", "  a", "  b"]);
        show(&terminal, &mut painted, &["a created"], &["2/3 done", "  b"]);
        assert_eq!(terminal.text(), "a created\n2/3 done\n  b");
        assert_eq!(terminal.cursor(), (2, 0), "the cursor rests at the start of the last line");
        show(&terminal, &mut painted, &[], &[]);
        assert_eq!(terminal.text(), "a created");
        assert_eq!(terminal.cursor(), (1, 0), "the cursor rests where the region began");
    }

    #[test]
    fn only_lines_that_changed_are_written_and_the_last_one() {
        let mut painted = after(&["head", "same", "other", "last"], SIZE);
        let text = painted.paint(&[], &lines(&["HEAD", "same", "OTHER", "last"]), SIZE);
        assert!(["HEAD", "OTHER", "last"].iter().all(|line| text.contains(line)), "{text:?}");
        assert!(!text.contains("same"), "{text:?}");
    }

    #[test]
    fn nothing_is_erased_before_it_is_painted_over() {
        let mut painted = after(&["one", "two"], SIZE);
        let text = painted.paint(&lines(&["stays"]), &lines(&["ONE", "TWO"]), SIZE);
        let (before, _) = text.split_once("stays").expect("it is painted");
        assert!(!before.contains(ERASE_BELOW) && !before.contains(ERASE_LINE), "{before:?}");
    }

    #[test]
    fn what_the_terminal_echoes_is_painted_over() {
        let terminal = TestTerminal::new(20, 6);
        let mut painted = Painted::default();
        show(&terminal, &mut painted, &[], &["head", "  row"]);
        terminal.show("^C");
        show(&terminal, &mut painted, &[], &["head", "  row"]);
        assert_eq!(terminal.text(), "head\n  row");
    }

    #[test]
    fn rows_that_a_narrower_terminal_wrapped_are_erased() {
        // What a terminal that wraps shows after it shrank from 40 columns to 10, cursor included.
        let terminal = TestTerminal::new(10, 12);
        let before = ["stays", "0123456789abcdefghij", "ABCDEFGHIJKL", "last line of 23 columns"];
        terminal.show(&before.join("\r\n"));
        terminal.show("\x1b[2A\r");
        let mut painted = after(&before[1..], Size { columns: 40, rows: 12 });
        show(&terminal, &mut painted, &["a"], &["head", "row"]);
        assert_eq!(terminal.text(), "stays\na\nhead\nrow");
    }

    #[test]
    fn rows_that_a_lower_terminal_pushed_out_are_erased_when_they_come_back() {
        let size = |rows| Size { columns: 20, rows };
        let mut painted = after(&["head", "a", "b", "c", "d", "e"], size(8));
        painted.paint(&[], &lines(&["HEAD"]), size(3));
        assert_eq!(painted.pushed_out, ["head", "a", "b"]);
        // What a terminal shows that takes two of the three rows back.
        let terminal = TestTerminal::new(20, 5);
        terminal.show("a\r\nb\r\nHEAD\r");
        show(&terminal, &mut painted, &[], &["HEAD", "row"]);
        assert_eq!(terminal.text(), "HEAD\nrow");
        assert_eq!(painted.pushed_out, ["head"]);
        show(&terminal, &mut painted, &["stays"], &["HEAD"]);
        assert_eq!(terminal.text(), "stays\nHEAD");
        assert!(painted.pushed_out.is_empty());
    }

    #[test]
    fn a_last_line_that_a_narrower_terminal_wraps_pushes_out_more() {
        let size = |columns| Size { columns, rows: 4 };
        let mut painted = after(&["head", "a", "b", "last line of 23 columns"], size(40));
        painted.paint(&[], &lines(&["HEAD"]), size(20));
        assert_eq!(painted.pushed_out, ["head"]);
    }

    #[test]
    fn lines_above_the_region_outlive_a_terminal_that_shrinks_and_grows_both_ways() {
        let region = ["0123456789abcdefgh", "ABCDEFGHIJKLMNOPQR", "ab", "cd", "ef"];
        let mut painted = after(&region, Size { columns: 20, rows: 8 });
        painted.paint(&[], &lines(&["HEAD"]), Size { columns: 10, rows: 3 });
        assert_eq!(painted.pushed_out, region[..2]);
        // Wide again, each of them takes one row and not two.
        let terminal = TestTerminal::new(20, 8);
        terminal.show(&["precious", "own", region[0], region[1], "HEAD\r"].join("\r\n"));
        show(&terminal, &mut painted, &[], &["HEAD", "row"]);
        assert_eq!(terminal.text(), "precious\nown\nHEAD\nrow");
    }

    const SIZE: Size = Size { columns: 20, rows: 6 };

    proptest! {
        #[test]
        fn what_stays_stands_once_and_in_order_and_the_region_under_it(
            frames in prop::collection::vec(
                (prop::collection::vec("[a-z]{1,45}", 0..3), prop::collection::vec("[A-Z]{1,18}", 0..6)),
                1..8,
            ),
        ) {
            let terminal = TestTerminal::new(20, 150);
            let (mut painted, mut stayed) = (Painted::default(), Vec::new());
            for (stay, region) in frames {
                terminal.show(&painted.paint(&stay, &region, terminal.size()));
                stayed.extend(stay);
                let wrapped = |line: &String| {
                    let characters: Vec<char> = line.chars().collect();
                    let rows = characters.chunks(20).map(|row| row.iter().collect::<String>());
                    rows.collect::<Vec<_>>()
                };
                let expected: Vec<String> =
                    stayed.iter().flat_map(wrapped).chain(region.clone()).collect();
                let rows = terminal.rows();
                prop_assert_eq!(&rows[..expected.len()], &expected[..]);
                prop_assert!(rows[expected.len()..].iter().all(String::is_empty));
            }
        }
    }
}
