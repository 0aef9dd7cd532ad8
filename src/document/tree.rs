//! The tree while it grows: open collections, anchors and the bounds that keep it small.

use std::collections::{BTreeMap, HashMap};

use super::fault::{Fault, Place};
use super::node::{Key, Node, NodeValue};

/// How deep collections may nest.
const MOST_LEVELS: usize = 64;
/// How many values a document may hold, aliases expanded.
const MOST_NODES: usize = 1_000_000;
/// How many of them aliases may bring: enough for any honest file, and quickly reached by a bomb.
const MOST_ALIASED_NODES: usize = 100_000;

/// How many faults are found before reading stops; nobody mends more at once.
const MOST_FAULTS: usize = 50;

/// A document that is being read.
#[derive(Default)]
pub(super) struct Tree {
    /// The whole, once it is complete.
    pub(super) root: Option<Node>,
    /// What was wrong so far without being a reason to stop.
    pub(super) faults: Vec<Fault>,
    open: Vec<Collection>,
    anchors: BTreeMap<usize, Anchored>,
    nodes: usize,
    aliased_nodes: usize,
}

/// A sequence or mapping that is not closed yet.
struct Collection {
    node: Node,
    anchor: usize,
    nodes_before: usize,
    /// How many levels of collections stand below this one.
    levels_below: usize,
    key: AwaitedKey,
    /// Where in the text each key stands that the mapping has so far.
    seen: HashMap<String, usize>,
    merged: Vec<Node>,
}

/// What a mapping knows of the key whose value comes next.
enum AwaitedKey {
    None,
    Key(Key),
    Merge,
    /// The key was faulty: its value is read and forgotten.
    Refused,
}

/// A node with an anchor, for aliases to repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    levels: usize,
}

impl Tree {
    /// Takes a scalar; `anchor` is 0 if it has none.
    pub(super) fn scalar(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        self.count(1, &node.place)?;
        self.remember(anchor, &node, 1, 0)?;
        self.complete(node, 0)
    }

    /// Takes the start of a sequence or mapping, which `node` is, still empty.
    pub(super) fn open(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        self.check_levels(1, &node.place)?;
        let nodes_before = self.nodes;
        self.count(1, &node.place)?;
        self.open.push(Collection {
            node,
            anchor,
            nodes_before,
            levels_below: 0,
            key: AwaitedKey::None,
            seen: HashMap::new(),
            merged: Vec::new(),
        });
        Ok(())
    }

    /// Takes the end of the innermost open sequence or mapping; `end` is its closing bracket, or
    /// an empty place if it has none.
    pub(super) fn close(&mut self, end: &Place) -> Result<(), Fault> {
        let mut closed = self.open.pop().expect("the parser closes only what it opened");
        if !end.span.is_empty() {
            closed.node.place.span.end = end.span.end;
        }
        closed.merge();
        let nodes = self.nodes - closed.nodes_before;
        let levels = closed.levels_below + 1;
        self.remember(closed.anchor, &closed.node, nodes, levels)?;
        self.complete(closed.node, levels)
    }

    /// Takes an alias of the node with `anchor`, which it repeats.
    pub(super) fn alias(&mut self, anchor: usize, place: &Place) -> Result<(), Fault> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Fault::at(place, "an alias repeats a value that holds the alias itself"));
        };
        let (nodes, levels) = (anchored.nodes, anchored.levels);
        let node = anchored.node.clone();
        self.check_levels(levels, place)?;
        self.count_aliased(nodes, place)?;
        self.complete(node, levels)
    }

    fn remember(
        &mut self,
        anchor: usize,
        node: &Node,
        nodes: usize,
        levels: usize,
    ) -> Result<(), Fault> {
        if anchor != 0 {
            // An anchor keeps a copy, so it costs what an alias costs.
            self.count_aliased(nodes, &node.place)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, levels });
        }
        Ok(())
    }

    fn check_levels(&self, more: usize, place: &Place) -> Result<(), Fault> {
        if self.open.len() + more > MOST_LEVELS {
            let message = format!("values nest more than {MOST_LEVELS} levels deep");
            return Err(Fault::at(place, message));
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, place: &Place) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(Fault::at(place, format!("there are more than {MOST_NODES} values")));
        }
        Ok(())
    }

    fn count_aliased(&mut self, nodes: usize, place: &Place) -> Result<(), Fault> {
        self.aliased_nodes += nodes;
        if self.aliased_nodes > MOST_ALIASED_NODES {
            let message = format!("aliases expand to more than {MOST_ALIASED_NODES} values");
            return Err(Fault::at(place, message));
        }
        self.count(nodes, place)
    }

    /// Puts a complete node where it belongs: as a key, a value, an item or the whole.
    fn complete(&mut self, node: Node, levels: usize) -> Result<(), Fault> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.levels_below = parent.levels_below.max(levels);
        match parent.take(node) {
            Err(fault) if self.faults.len() < MOST_FAULTS => {
                self.faults.push(fault);
                Ok(())
            }
            taken => taken,
        }
    }
}

impl Collection {
    /// Takes the next node inside this collection; a fault here does not end the reading.
    fn take(&mut self, node: Node) -> Result<(), Fault> {
        self.node.place.span.end = self.node.place.span.end.max(node.place.span.end);
        let entries = match &mut self.node.value {
            NodeValue::Scalar { .. } => unreachable!("a scalar is never open"),
            NodeValue::Sequence(items) => {
                items.push(node);
                return Ok(());
            }
            NodeValue::Mapping(entries) => entries,
        };
        match std::mem::replace(&mut self.key, AwaitedKey::None) {
            AwaitedKey::None => return self.take_key(node),
            AwaitedKey::Key(key) => entries.push((key, node)),
            AwaitedKey::Refused => {}
            AwaitedKey::Merge => return self.take_merged(node),
        }
        Ok(())
    }

    fn take_key(&mut self, node: Node) -> Result<(), Fault> {
        self.key = AwaitedKey::Refused;
        let NodeValue::Scalar { text, plain } = node.value else {
            return Err(Fault::at(&node.place, "a key is text, not a list or a mapping"));
        };
        if let Some(&first) = self.seen.get(&text) {
            let first = node.place.file.line_and_column(first).0;
            return Err(Fault::at(&node.place, format!("`{text}` is given twice"))
                .with_label("given again")
                .with_help(format!("it stands on line {first} already")));
        }
        self.seen.insert(text.clone(), node.place.span.start);
        self.key = if plain && text == "<<" {
            AwaitedKey::Merge
        } else {
            AwaitedKey::Key(Key { text, place: node.place })
        };
        Ok(())
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
    fn merge(&mut self) {
        let NodeValue::Mapping(entries) = &mut self.node.value else { return };
        for merged in self.merged.drain(..) {
            let NodeValue::Mapping(brought) = merged.value else { continue };
            for (key, node) in brought {
                if !self.seen.contains_key(&key.text) {
                    self.seen.insert(key.text.clone(), key.place.span.start);
                    entries.push((key, node));
                }
            }
        }
    }
}
