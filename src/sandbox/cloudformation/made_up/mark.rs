//! The mark of made-up texts of which nobody can tell what they would be on AWS: no rule is held against them,
//! wherever they get to through exports, parameters and functions.

use serde_json::Value as Json;

use crate::sandbox::cloudformation::macro_call::calls_macro;

/// What such texts begin with.
const MARK: &str = "made-up";

/// How a made-up text is spelled where a parameter takes letters only.
const MARK_OF_LETTERS: &str = "madeup";

/// Returns a text for something that is called `what`.
pub fn text(what: &str) -> String {
    if is_made_up_text(what) { what.to_owned() } else { format!("{MARK}-{what}") }
}

/// Whether a text, or a part of it, was made up.
pub fn is_made_up_text(text: &str) -> bool {
    let text = text.to_lowercase();
    [MARK, MARK_OF_LETTERS].iter().any(|mark| text.contains(mark))
}

/// Whether a value, or a part of it, was made up or is what a macro makes of it.
pub fn is_made_up(value: &Json) -> bool {
    fn holds(value: &Json) -> bool {
        match value {
            Json::String(text) => is_made_up_text(text),
            Json::Array(items) => items.iter().any(holds),
            Json::Object(members) => members.values().any(holds),
            _ => false,
        }
    }
    calls_macro(value) || holds(value)
}
