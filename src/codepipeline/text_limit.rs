//! CodePipeline's limits on texts.

use crate::foreign;

/// The most characters of a summary.
///
/// Source: CodePipeline API reference, `ExecutionDetails`, `summary`.
pub const MOST_SUMMARY: usize = 2048;
/// The most characters of the message of a failure.
///
/// Source: CodePipeline API reference, `FailureDetails`, `message`.
pub const MOST_MESSAGE: usize = 5000;

/// Returns a text of at most so many characters, and of at least one, that gives no command where it
/// is shown.
pub fn shortened(text: &str, most: usize) -> String {
    let text = foreign::screen(text);
    let text = text.trim();
    if text.is_empty() {
        return "nothing is known of it".to_owned();
    }
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_never_empty_nor_too_long(text in "\\PC{0,60}", most in 1..40usize) {
            let short = shortened(&text, most.max(30));
            prop_assert!((1..=most.max(30)).contains(&short.chars().count()), "{short}");
        }
    }
}
