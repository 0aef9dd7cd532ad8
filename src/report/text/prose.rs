//! Prose: lines broken at a width, plurals, durations at the start of a line.

use std::time::Duration;

use console::measure_text_width;

use crate::foreign;
pub use crate::foreign::{one_line, visible};

/// Returns `text` broken at blanks into lines of at most `width` columns, colours not counted; a
/// longer word, such as an ARN, keeps a line of its own, whole.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in foreign::painted(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Returns `count` with its noun, which takes an `s` unless there is one.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Returns a moment of a run as the start of a line: tenths of a second in the first minute.
pub fn moment(since_start: Duration) -> String {
    if since_start.as_secs() < 60 {
        format!("{}.{}s", since_start.as_secs(), since_start.subsec_millis() / 100)
    } else {
        crate::clock::spoken(since_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_tenths_in_the_first_minute_only() {
        assert_eq!(moment(Duration::from_millis(12_480)), "12.4s");
        assert_eq!(moment(Duration::from_secs(64)), "1m 04s");
    }
}
