//! What reading an environment file finds besides its values: its faults and what it mentions.

use super::fault_list::FaultList;
use super::mention::Mention;
use crate::document::{Fault, Key, Node, NodeValue, Place, quoted};

/// What reading a file has found so far, apart from its values.
#[derive(Default)]
pub(super) struct FileReader {
    /// What is wrong.
    pub faults: FaultList,
    /// The names that must exist somewhere in the file.
    pub mentions: Vec<Mention>,
    /// Where the key stands that was read last among those that must be there.
    pub needed: Option<Place>,
    /// How many of the faults are keys that nobody knows.
    pub unknown_keys: usize,
}

/// How much was found up to a moment.
#[derive(Clone, Copy)]
pub(super) struct FoundSoFar {
    faults: usize,
    mentions: usize,
    unknown_keys: usize,
}

impl FileReader {
    /// Returns how much was found so far.
    pub fn so_far(&self) -> FoundSoFar {
        let (faults, mentions) = (self.faults.len(), self.mentions.len());
        FoundSoFar { faults, mentions, unknown_keys: self.unknown_keys }
    }

    /// Forgets what was found since.
    pub fn forget_since(&mut self, before: FoundSoFar) {
        self.faults.truncate(before.faults);
        self.mentions.truncate(before.mentions);
        self.unknown_keys = before.unknown_keys;
    }

    /// Refuses a key that nobody knows.
    pub fn refuse_unknown_key(&mut self, fault: impl FnOnce() -> Fault) {
        self.unknown_keys += 1;
        self.faults.push(fault);
    }

    /// Whether nothing is wrong but keys that nobody knows: all that was to be read was read.
    pub fn has_read_all(&self) -> bool {
        self.faults.len() == self.unknown_keys
    }

    /// Refuses `node` as the value of `key`: something of another kind is needed.
    pub fn refuse_kind(&mut self, key: &Key, node: &Node, needed: &str) {
        let remedy = self.remedy(key);
        self.faults.push(|| wrong_kind(key, node, needed, remedy));
    }

    /// Returns what a key without a value asks for.
    pub fn remedy(&self, key: &Key) -> KeyRemedy {
        let is_needed = self.needed.as_ref() == Some(&key.place);
        if is_needed { KeyRemedy::Fill } else { KeyRemedy::FillOrDrop }
    }

    /// Refuses `node` as the value of `key`: it is empty.
    pub fn refuse_empty(&mut self, key: &Key, node: &Node, needed: &str) {
        let remedy = self.remedy(key);
        self.faults.push(|| {
            Fault::at(&node.place, format!("{} is empty", called(key)))
                .with_label(format!("{needed} is needed here"))
                .with_help(remedy.after("fill it"))
        });
    }

    /// Refuses a tag: nothing in an environment file has one.
    pub fn refuse_tag(&mut self, node: &Node) {
        if let Some(tag) = &node.tag {
            self.faults.push(|| {
                Fault::at(&node.place, format!("{} means nothing here", quoted(&format!("!{tag}"))))
                    .with_label("a tag")
                    .with_help("short forms such as `!Ref` stand in templates only")
            });
        }
    }

    /// Returns the text of a scalar that is not null, else refuses it.
    pub fn scalar<'n>(&mut self, key: &Key, node: &'n Node, needed: &str) -> Option<&'n str> {
        self.refuse_tag(node);
        match &node.value {
            NodeValue::Scalar { text, .. } if !node.is_null() => Some(text),
            _ => {
                self.refuse_kind(key, node, needed);
                None
            }
        }
    }
}

/// What a key without a value asks for.
#[derive(Clone, Copy)]
pub(super) enum KeyRemedy {
    /// The key needs a value.
    Fill,
    /// A value, or to be left out.
    FillOrDrop,
}

impl KeyRemedy {
    /// Returns the help that begins with how to fill it.
    fn after(self, fill: &str) -> String {
        match self {
            Self::Fill => fill.to_owned(),
            Self::FillOrDrop => format!("{fill}, or leave the key out"),
        }
    }
}

/// Returns the fault of `node`, the value of `key`, where something of another kind is needed.
pub(super) fn wrong_kind(key: &Key, node: &Node, needed: &str, remedy: KeyRemedy) -> Fault {
    let name = called(key);
    let fault = if node.is_null() {
        Fault::at(&key.place, format!("{name} has no value")).with_help(remedy.after("give it one"))
    } else {
        Fault::at(&node.place, format!("{name} needs {needed}, not {}", node.kind()))
    };
    fault.with_label(format!("{needed} is needed here"))
}

/// Returns what a message calls the value of `key`; the file as a whole has no key.
pub(super) fn called(key: &Key) -> String {
    if key.text.is_empty() { "the file".to_owned() } else { quoted(&key.text) }
}
