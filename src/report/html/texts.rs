//! Texts of a page, each written once and without what its stack instance tells anyway.

use std::collections::BTreeMap;

use serde_json::Value;

/// What stands in place of what is known: `^0` is a `^`, `^1` the account's id, `^2` the start of
/// the stack's ARN. The page's `model.js` puts it back.
const MARK: char = '^';

/// Texts that repeat, each named by its position.
#[derive(Debug, Default)]
pub struct Texts {
    texts: Vec<Value>,
    positions: BTreeMap<String, usize>,
}

impl Texts {
    /// Returns the position of `text`.
    pub fn position(&mut self, text: &str) -> usize {
        self.position_of(text.into())
    }

    /// Returns the position of something that is made of texts.
    pub fn position_of(&mut self, value: Value) -> usize {
        let next = self.texts.len();
        let position = *self.positions.entry(value.to_string()).or_insert(next);
        if position == next {
            self.texts.push(value);
        }
        position
    }

    /// Returns every text at its position.
    pub fn into_value(self) -> Value {
        Value::Array(self.texts)
    }
}

/// Returns `text` with a mark in place of the account's id.
pub fn abridged(text: &str, account_id: &str) -> String {
    text.replace(MARK, "^0").replace(account_id, "^1")
}

/// Returns a stack's ARN with a mark in place of all that precedes its own id.
pub fn abridged_arn(arn: &str, region: &str, account_id: &str, stack_name: &str) -> String {
    let known = format!("arn:aws:cloudformation:{region}:{account_id}:stack/{stack_name}/");
    match arn.strip_prefix(&known) {
        Some(own) => format!("^2{}", own.replace(MARK, "^0")),
        None => abridged(arn, account_id),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the page does.
    fn restored(text: &str, account_id: &str) -> String {
        let mut pieces = text.split(MARK);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |whole, piece| {
            let known = if piece.starts_with('0') { "^" } else { account_id };
            whole + known + &piece[1..]
        })
    }

    proptest! {
        #[test]
        fn an_abridged_text_is_restored(text in "(a|\\^|0|1|100000000001){0,9}") {
            let id = "100000000001";
            prop_assert_eq!(restored(&abridged(&text, id), id), text);
        }
    }

    #[test]
    fn a_text_is_written_once() {
        let mut texts = Texts::default();
        assert_eq!(["a", "b", "a"].map(|text| texts.position(text)), [0, 1, 0]);
        assert_eq!(texts.into_value().to_string(), r#"["a","b"]"#);
    }

    #[test]
    fn only_the_own_id_of_a_usual_stack_arn_is_written() {
        let arn = "arn:aws:cloudformation:eu-central-1:100000000001:stack/app/7f3a";
        let written = |region| abridged_arn(arn, region, "100000000001", "app");
        assert_eq!(written("eu-central-1"), "^27f3a");
        assert_eq!(written("eu-west-1"), "arn:aws:cloudformation:eu-central-1:^1:stack/app/7f3a");
    }
}
