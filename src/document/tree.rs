//! The tree while it grows: open collections, anchors and the bounds that keep it small.

use std::collections::BTreeMap;

use super::collection::{Collection, RepeatedKey, RepeatedKeys};
use super::fault::{Fault, Place};
use super::node::Node;

/// How deep collections may nest.
const MOST_LEVELS: usize = 64;
/// How many values a document may hold, aliases expanded.
const MOST_NODES: usize = 1_000_000;
/// How many of them aliases may bring: enough for any honest file, and quickly reached by a bomb.
const MOST_ALIASED_NODES: usize = 100_000;

/// How many faults are found before reading stops; nobody mends more at once.
const MOST_FAULTS: usize = 50;

/// A document that is being read.
pub(super) struct Tree {
    /// The whole, once it is complete.
    pub(super) root: Option<Node>,
    /// What was wrong so far without being a reason to stop.
    pub(super) faults: Vec<Fault>,
    /// The keys that took the place of another one, by their order; no more than anyone mends.
    pub(super) repeated_keys: Vec<RepeatedKey>,
    /// Where the first alias stands.
    pub(super) alias: Option<Place>,
    /// Where a merge key, `<<`, stands.
    pub(super) merge_key: Option<Place>,
    /// The types of YAML beside text, numbers, truths, lists and mappings that are asked for, such as `!!binary`; no
    /// more than anyone mends.
    pub(super) types: Vec<(String, Place)>,
    on_repeated_key: RepeatedKeys,
    open: Vec<Collection>,
    anchors: BTreeMap<usize, Anchored>,
    nodes: usize,
    aliased_nodes: usize,
}

/// A node with an anchor, for aliases to repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    levels: usize,
}

impl Tree {
    /// Returns a document of which nothing is read yet.
    pub(super) fn new(on_repeated_key: RepeatedKeys) -> Self {
        Self {
            root: None,
            faults: Vec::new(),
            repeated_keys: Vec::new(),
            alias: None,
            merge_key: None,
            types: Vec::new(),
            on_repeated_key,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            aliased_nodes: 0,
        }
    }

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
        self.open.push(Collection::new(node, anchor, nodes_before));
        Ok(())
    }

    /// Takes the end of the innermost open sequence or mapping; `end` is its closing bracket, or
    /// an empty place if it has none.
    pub(super) fn close(&mut self, end: &Place) -> Result<(), Fault> {
        let mut closed = self.open.pop().expect("the parser closes only what it opened");
        if !end.span.is_empty() {
            closed.node.place.span.end = end.span.end;
        }
        if let Some(place) = closed.merge_key.take() {
            self.merge_key.get_or_insert(place);
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
        self.alias.get_or_insert_with(|| place.clone());
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
        match parent.take(node, self.on_repeated_key) {
            Ok(repeated) => {
                let room = MOST_FAULTS - self.repeated_keys.len();
                self.repeated_keys.extend(repeated.filter(|_| room > 0));
                Ok(())
            }
            Err(fault) if self.faults.len() < MOST_FAULTS => {
                self.faults.push(fault);
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }
}
