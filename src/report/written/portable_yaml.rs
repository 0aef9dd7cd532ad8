//! The tree as YAML that every reader takes for the same text: those of YAML 1.1 as well, to which `no`, `on`,
//! `12:30:45`, `1_000`, a date, `=` and `<<` are no text.

use serde_json::Value;

use crate::foreign;

/// Returns a value as YAML, ending with a line break.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => write(value, 0, &mut text),
        Value::Array(items) if !items.is_empty() => write(value, 0, &mut text),
        scalar => {
            text.push_str(&inline(scalar));
            text.push('\n');
        }
    }
    text
}

/// Writes the members of a mapping or the items of a list, each on a line of its own.
fn write(value: &Value, indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                text.push_str(&format!("{margin}{}:", scalar(key)));
                write_value(value, indent, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&format!("{margin}-"));
                write_value(item, indent, text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes what follows a key or a dash.
fn write_value(value: &Value, indent: usize, text: &mut String) {
    let is_block = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if is_block {
        text.push('\n');
        write(value, indent + 2, text);
    } else {
        text.push_str(&format!(" {}\n", inline(value)));
    }
}

/// Returns a value that stands on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Returns a text without quotes where every reader takes it for text, else in double quotes, with JSON's
/// escapes: they are YAML's as well.
fn scalar(text: &str) -> String {
    match is_plain(text) {
        true => text.to_owned(),
        false => foreign::yaml(&Value::from(text).to_string()),
    }
}

/// Words that are no text to a reader of YAML 1.1, in any capitals.
///
/// Source: YAML 1.1's types `bool` and `null`, <https://yaml.org/type/>.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

fn is_plain(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(is_safe)
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_older_readers_take_for_something_else_is_quoted() {
        for word in [
            "yes",
            "NO",
            "On",
            "off",
            "y",
            "N",
            "True",
            "null",
            "~",
            "",
            "2026-11-23",
            "12:30:45",
            "1_000",
            "0x1F",
            "0o17",
            "1e3",
            ".inf",
            ".NaN",
            "=",
            "<<",
            "- a",
            "a: b",
            "a #b",
            "a:",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "'a'",
            "a\nb",
            " a",
        ] {
            assert_eq!(scalar(word), Value::from(word).to_string());
        }
        for word in [
            "arn:aws:iam::100000000001:role/x",
            "eu-central-1",
            "app",
            "/path/x.y",
            "https://x.y/z",
        ] {
            assert_eq!(scalar(word), word);
        }
        let tree = json!({ "on": { "no": "yes", "empty": {}, "list": ["a", ["1"]] } });
        let yaml =
            "\"on\":\n  \"no\": \"yes\"\n  empty: {}\n  list:\n    - a\n    -\n      - \"1\"\n";
        assert_eq!(text(&tree), yaml);
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_text_back(
            texts in prop::collection::btree_map("[ -~äß\n]{0,8}", "[ -~äß\t\n\u{85}]{0,12}", 0..5),
        ) {
            let tree = json!({ "a": texts });
            prop_assert_eq!(yaml_serde::from_str::<Value>(&text(&tree)).expect("YAML"), tree);
        }
    }
}
