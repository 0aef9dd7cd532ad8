//! A sequence or mapping while it grows: the key whose value comes next, keys given twice, and what `<<` brings.

use std::collections::HashMap;

use super::fault::{Fault, Place};
use super::node::{Key, Node, NodeValue};

/// What is made of a key that its mapping has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RepeatedKeys {
    /// It is a fault, and its value is forgotten.
    AreFaults,
    /// It takes the place of the one before.
    Replace,
}

/// A key that took the place of an earlier one.
#[derive(Clone, Debug)]
pub struct RepeatedKey {
    /// The later one.
    pub key: Key,
    /// Where the earlier one begins.
    pub first: usize,
}

/// A sequence or mapping that is not closed yet.
pub(super) struct Collection {
    pub(super) node: Node,
    pub(super) anchor: usize,
    pub(super) nodes_before: usize,
    /// How many levels of collections stand below this one.
    pub(super) levels_below: usize,
    key: AwaitedKey,
    /// The keys that the mapping has so far.
    seen: HashMap<String, SeenKey>,
    merged: Vec<Node>,
    /// Where `<<` stands, if the mapping has it.
    pub(super) merge_key: Option<Place>,
}

/// A key that a mapping has.
struct SeenKey {
    /// Where in the text it stands.
    start: usize,
    /// Which of the mapping's entries is its, or will be; none if it is `<<`.
    entry: Option<usize>,
}

/// What a mapping knows of the key whose value comes next.
enum AwaitedKey {
    None,
    Key(Key),
    /// The key takes the place of that of an entry.
    Again(Key, usize),
    Merge,
    /// The key was faulty: its value is read and forgotten.
    Refused,
}

impl Collection {
    /// Returns the sequence or mapping `node`, of which nothing is read yet.
    pub(super) fn new(node: Node, anchor: usize, nodes_before: usize) -> Self {
        Self {
            node,
            anchor,
            nodes_before,
            levels_below: 0,
            key: AwaitedKey::None,
            seen: HashMap::new(),
            merged: Vec::new(),
            merge_key: None,
        }
    }

    /// Takes the next node inside this collection; a fault here does not end the reading. Returns it if it
    /// is a key that takes the place of another one.
    pub(super) fn take(
        &mut self,
        node: Node,
        on_repeated_key: RepeatedKeys,
    ) -> Result<Option<RepeatedKey>, Fault> {
        self.node.place.span.end = self.node.place.span.end.max(node.place.span.end);
        let entries = match &mut self.node.value {
            NodeValue::Scalar { .. } => unreachable!("a scalar is never open"),
            NodeValue::Sequence(items) => {
                items.push(node);
                return Ok(None);
            }
            NodeValue::Mapping(entries) => entries,
        };
        match std::mem::replace(&mut self.key, AwaitedKey::None) {
            AwaitedKey::None => {
                let entries = entries.len();
                return self.take_key(node, entries, on_repeated_key);
            }
            AwaitedKey::Key(key) => entries.push((key, node)),
            AwaitedKey::Again(key, entry) => entries[entry] = (key, node),
            AwaitedKey::Refused => {}
            AwaitedKey::Merge => self.take_merged(node)?,
        }
        Ok(None)
    }

    /// Takes a key of a mapping that has so many entries.
    fn take_key(
        &mut self,
        node: Node,
        entries: usize,
        on_repeated_key: RepeatedKeys,
    ) -> Result<Option<RepeatedKey>, Fault> {
        self.key = AwaitedKey::Refused;
        let NodeValue::Scalar { text, plain } = node.value else {
            return Err(Fault::at(&node.place, "a key is text, not a list or a mapping"));
        };
        let is_merge = plain && text == "<<";
        let key = Key { text, place: node.place };
        if is_merge {
            self.merge_key.get_or_insert_with(|| key.place.clone());
        }
        let seen = self.seen.get(&key.text);
        let again = match (seen, on_repeated_key) {
            (Some(seen), RepeatedKeys::AreFaults) => return Err(given_twice(&key, seen)),
            (Some(seen), RepeatedKeys::Replace) if !is_merge => {
                seen.entry.map(|at| (at, seen.start))
            }
            (Some(_), RepeatedKeys::Replace) | (None, _) => None,
        };
        if let Some((entry, start)) = again {
            self.key = AwaitedKey::Again(key.clone(), entry);
            return Ok(Some(RepeatedKey { key, first: start }));
        }
        let seen = SeenKey { start: key.place.span.start, entry: (!is_merge).then_some(entries) };
        self.seen.insert(key.text.clone(), seen);
        self.key = if is_merge { AwaitedKey::Merge } else { AwaitedKey::Key(key) };
        Ok(None)
    }

    fn take_merged(&mut self, node: Node) -> Result<(), Fault> {
        let place = node.place.clone();
        let merged = match node.value {
            NodeValue::Mapping(_) => vec![node],
            NodeValue::Sequence(items) => items,
            NodeValue::Scalar { .. } => Vec::new(),
        };
        if merged.is_empty() || merged.iter().any(|node| node.entries().is_none()) {
            return Err(Fault::at(&place, "`<<` takes a mapping or a list of mappings"));
        }
        self.merged.extend(merged);
        Ok(())
    }

    /// Adds what `<<` brought: keys written here win, then the earlier of the merged mappings.
    pub(super) fn merge(&mut self) {
        let NodeValue::Mapping(entries) = &mut self.node.value else { return };
        for merged in self.merged.drain(..) {
            let NodeValue::Mapping(brought) = merged.value else { continue };
            for (key, node) in brought {
                if !self.seen.contains_key(&key.text) {
                    let seen = SeenKey { start: key.place.span.start, entry: Some(entries.len()) };
                    self.seen.insert(key.text.clone(), seen);
                    entries.push((key, node));
                }
            }
        }
    }
}

fn given_twice(key: &Key, seen: &SeenKey) -> Fault {
    let first_line = key.place.file.line_and_column(seen.start).0;
    Fault::at(&key.place, format!("`{}` is given twice", key.text))
        .with_label("given again")
        .with_help(format!("it stands on line {first_line} already"))
}
