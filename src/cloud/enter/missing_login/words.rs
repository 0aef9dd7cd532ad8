//! The SDK's words without what says nothing.

/// The longest text that is repeated, in characters.
const MOST: usize = 300;

/// What the SDK puts before what it has to say.
const PREAMBLES: [&str; 9] = [
    "dispatch failure: ",
    "other: ",
    "an error occurred while loading credentials: ",
    "an error occurred while loading an access token: ",
    "the credentials provider was not properly configured: ",
    "the credential provider was not enabled: ",
    "ProfileFile provider could not be built: ",
    "Error retrieving credentials from external process, ",
    "Error retrieving credentials: ",
];

/// Returns what the SDK said, without its preambles, on one line.
pub(super) fn of_sdk(said: &str) -> String {
    let mut text = said.to_owned();
    for preamble in PREAMBLES {
        text = text.replace(preamble, "");
    }
    on_one_line(&text)
}

/// Returns a text on one line, not too long, with nothing in it that moves a cursor.
pub(super) fn on_one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preambles_and_lines_fall_away() {
        let said = "other: an error occurred while loading credentials: no\n\u{1b}[31m such  file";
        assert_eq!(of_sdk(said), "no [31m such file");
        assert_eq!(of_sdk(&"ä".repeat(500)).chars().count(), MOST + 1);
    }
}
