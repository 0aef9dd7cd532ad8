//! What a file means after all layers, as one file; paths stand there as they are written, each relative to the
//! file that it comes from.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::layers::{Layers, MOST_BYTES};
use crate::document::{self, Faults, Node, NodeValue, Place, SourceFile};
use crate::foreign;

/// What is said beside the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing: the values are all there is.
    Nothing,
    /// The file and the line that each stands at.
    Places,
}

/// Returns what the environment file at `path` means together with the files that it extends, as one YAML file.
///
/// # Errors
/// What is wrong with the files as texts, and with how they extend each other.
pub fn shown(path: &Path, beside: Beside) -> Result<String, Faults> {
    let Layers { merged, faults, .. } = Layers::of(&document::read(path, MOST_BYTES)?, None);
    let Some(merged) = merged.filter(|_| faults.is_empty()) else { return Err(Faults(faults)) };
    let mut writer = Writer { text: String::new(), beside, lines: Lines::default() };
    writer.value(&merged, 0, Lead::Line);
    Ok(writer.text)
}

struct Writer {
    text: String,
    beside: Beside,
    /// Where the lines of the files begin from which values come.
    lines: Lines,
}

/// Where the lines of files begin: a file is searched once, however many values stand in it.
#[derive(Default)]
struct Lines(HashMap<*const SourceFile, Vec<usize>>);

impl Lines {
    /// Returns the line of a place, from 1.
    fn line(&mut self, place: &Place) -> usize {
        let starts = self
            .0
            .entry(Arc::as_ptr(&place.file))
            .or_insert_with(|| place.file.text.match_indices('\n').map(|(at, _)| at + 1).collect());
        starts.partition_point(|start| *start <= place.span.start) + 1
    }
}

/// What stands before a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// The start of a line, its indentation not yet written.
    Line,
    /// A key and its colon.
    Key,
    /// The dash of an item.
    Dash,
}

impl Writer {
    /// Writes a value and the end of its last line.
    fn value(&mut self, node: &Node, level: usize, lead: Lead) {
        match &node.value {
            NodeValue::Mapping(entries) if !entries.is_empty() && node.tag.is_none() => {
                let mut lead = self.broken_after_key(lead);
                for (key, value) in entries {
                    self.indent(level, lead);
                    self.text.push_str(&key_text(&key.text));
                    self.text.push(':');
                    self.value(value, level + 1, Lead::Key);
                    lead = Lead::Line;
                }
            }
            NodeValue::Sequence(items) if !items.is_empty() && node.tag.is_none() => {
                let mut lead = self.broken_after_key(lead);
                for item in items {
                    self.indent(level, lead);
                    self.text.push('-');
                    self.value(item, level + 1, Lead::Dash);
                    lead = Lead::Line;
                }
            }
            _ => self.leaf(node, lead),
        }
    }

    /// Ends the line of a key, beneath which what is its value begins.
    fn broken_after_key(&mut self, lead: Lead) -> Lead {
        if lead == Lead::Key {
            self.text.push('\n');
            return Lead::Line;
        }
        lead
    }

    fn indent(&mut self, level: usize, lead: Lead) {
        match lead {
            Lead::Line => self.text.push_str(&"  ".repeat(level)),
            Lead::Dash | Lead::Key => self.text.push(' '),
        }
    }

    fn leaf(&mut self, node: &Node, lead: Lead) {
        if lead != Lead::Line {
            self.text.push(' ');
        }
        if let Some(tag) = &node.tag {
            let _ = write!(self.text, "!{tag} ");
        }
        self.text.push_str(&leaf_text(node));
        if self.beside == Beside::Places {
            let line = self.lines.line(&node.place);
            let _ = write!(self.text, "  # {}:{line}", foreign::path(&node.place.file.path));
        }
        self.text.push('\n');
    }
}

/// Returns a value without other values in it on one line; one with a tag is written in flow style.
fn leaf_text(node: &Node) -> String {
    match &node.value {
        NodeValue::Scalar { text, plain: true } if text.is_empty() => "null".to_owned(),
        NodeValue::Scalar { text, plain: true } if !text.contains(['\n', '\r']) => text.clone(),
        NodeValue::Scalar { text, .. } => quoted(text),
        NodeValue::Sequence(items) => {
            format!("[{}]", items.iter().map(leaf_text).collect::<Vec<_>>().join(", "))
        }
        NodeValue::Mapping(entries) => {
            let entry = |(key, value): &(document::Key, Node)| {
                format!("{}: {}", quoted(&key.text), leaf_text(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn key_text(text: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let means_more = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_name)
        && !means_more.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// Returns a text in double quotes, which YAML reads as JSON does.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Key, parse};

    fn parsed(text: &str) -> Node {
        let file = SourceFile { path: "x.yaml".into(), text: text.to_owned() };
        parse(&Arc::new(file))
            .unwrap_or_else(|faults| panic!("{}\n{text}", faults.render(false, 80)))
    }

    fn written(node: &Node, beside: Beside) -> String {
        let mut writer = Writer { text: String::new(), beside, lines: Lines::default() };
        writer.value(node, 0, Lead::Line);
        writer.text
    }

    /// Returns a tree in which every value stands at one place, and nothing is written in two ways.
    fn placeless(node: &Node, place: &document::Place) -> Node {
        let value = match &node.value {
            NodeValue::Scalar { text, plain } if text.is_empty() && *plain => {
                NodeValue::Scalar { text: "null".to_owned(), plain: true }
            }
            NodeValue::Scalar { text, plain } => {
                NodeValue::Scalar { text: text.clone(), plain: *plain && !text.contains('\n') }
            }
            NodeValue::Sequence(items) => {
                NodeValue::Sequence(items.iter().map(|item| placeless(item, place)).collect())
            }
            NodeValue::Mapping(entries) => NodeValue::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let key = Key { text: key.text.clone(), place: place.clone() };
                        (key, placeless(value, place))
                    })
                    .collect(),
            ),
        };
        Node { place: place.clone(), tag: node.tag.clone(), value }
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        let whole = include_str!("whole.yaml");
        let texts = [
            whole,
            "a: [1, [2, [3]], {b: c, d: [e]}, []]\nb: {}\nc:\nd: |\n  x\n   y\ne: 'it''s'\nf: \"#\"",
            "'on': \"true\"\n? '*'\n: - - a\n    - b\n  - c: d\n    e: f\n",
            "a: text that\n  goes on\nb: 012\nc: !Ref x\n",
        ];
        for text in texts {
            let before = parsed(text);
            for beside in [Beside::Nothing, Beside::Places] {
                let shown = written(&before, beside);
                let place = &before.place;
                assert_eq!(placeless(&parsed(&shown), place), placeless(&before, place), "{shown}");
            }
        }
    }

    #[test]
    fn each_value_is_shown_with_its_file_and_line() {
        let tree = parsed("a:\n  b: [x,\n    y]\nc: {}\n");
        let shown = "a:\n  b:\n    - x  # x.yaml:2\n    - y  # x.yaml:3\nc: {}  # x.yaml:4\n";
        assert_eq!(written(&tree, Beside::Places), shown);
    }
}
