//! Words of a file inside a message.

use crate::foreign::is_stray;

/// The most characters of a user's text that a message repeats; the snippet shows the rest.
const MOST_CHARS: usize = 48;

/// Returns `text` between backticks, cut to fit a message, without anything a terminal would obey.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == MOST_CHARS {
            quoted.push('…');
            break;
        }
        if is_stray(c) {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_fits_a_line_and_holds_no_control_characters() {
        assert_eq!(quoted("größe"), "`größe`");
        assert_eq!(quoted("a\u{1b}[31m\nb"), "`a\\u{1b}[31m\\nb`");
        assert_eq!(quoted(&"x".repeat(5000)).chars().count(), MOST_CHARS + 3);
    }
}
