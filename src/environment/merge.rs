//! One layer over another: mappings by key, everything else as a whole.

use std::collections::HashMap;

use crate::document::{Key, Node, NodeValue};

/// Returns what `below` and `above` mean together.
///
/// A mapping in `above` is merged into one in `below` key by key; an empty one takes its place, as lists and texts
/// do. A key without a value takes away what `below` has under it. Keys keep the order in which they come first.
pub(super) fn merged(below: Node, above: Node) -> Node {
    merged_at(below, above, Spot::File)
}

/// What a value is to a file, as far as that counts for merging.
#[derive(Clone, Copy)]
enum Spot {
    File,
    Accounts,
    /// One of `accounts`: its id alone is short for a mapping that holds it.
    Account,
    Elsewhere,
}

impl Spot {
    fn beneath(self, key: &str) -> Self {
        match (self, key) {
            (Self::File, "accounts") => Self::Accounts,
            (Self::Accounts, _) => Self::Account,
            _ => Self::Elsewhere,
        }
    }
}

fn merged_at(below: Node, above: Node, spot: Spot) -> Node {
    let (below, above) = match spot {
        Spot::Account if is_mapping(&below) => (below, in_full(above)),
        Spot::Account if is_mapping(&above) => (in_full(below), above),
        _ => (below, above),
    };
    match (below, above) {
        (
            Node { value: NodeValue::Mapping(below), tag: None, .. },
            Node { value: NodeValue::Mapping(above), tag: None, place },
        ) if !above.is_empty() => {
            let value = NodeValue::Mapping(merged_entries(below, above, spot));
            Node { value, tag: None, place }
        }
        (_, above) => above,
    }
}

fn merged_entries(
    below: Vec<(Key, Node)>,
    above: Vec<(Key, Node)>,
    spot: Spot,
) -> Vec<(Key, Node)> {
    let names = below.iter().enumerate().map(|(at, (key, _))| (key.text.clone(), at));
    let positions: HashMap<String, usize> = names.collect();
    let mut entries: Vec<Option<(Key, Node)>> = below.into_iter().map(Some).collect();
    for (key, node) in above {
        let position = positions.get(&key.text).copied();
        let under = position.and_then(|at| entries[at].take());
        match (position, under) {
            (Some(_), _) if node.is_null() => {}
            (Some(at), Some((_, under))) => {
                let node = merged_at(under, node, spot.beneath(&key.text));
                entries[at] = Some((key, node));
            }
            _ => entries.push(Some((key, node))),
        }
    }
    entries.into_iter().flatten().collect()
}

fn is_mapping(node: &Node) -> bool {
    node.entries().is_some()
}

/// Returns an account in full where only its id stands.
fn in_full(node: Node) -> Node {
    if node.as_text().is_none() || node.is_null() {
        return node;
    }
    let place = node.place.clone();
    let key = Key { text: "id".to_owned(), place: place.clone() };
    Node { value: NodeValue::Mapping(vec![(key, node)]), tag: None, place }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::{SourceFile, parse};

    fn node(text: &str) -> Node {
        let file = SourceFile { path: "x.yaml".into(), text: text.to_owned() };
        parse(&Arc::new(file)).expect("it is YAML")
    }

    /// Returns a value as JSON, in its order and without places.
    fn shown(node: &Node) -> String {
        match &node.value {
            _ if node.is_null() => "null".to_owned(),
            NodeValue::Scalar { text, .. } => text.clone(),
            NodeValue::Sequence(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            NodeValue::Mapping(entries) => {
                let entry = |(key, node): &(Key, Node)| format!("{}: {}", key.text, shown(node));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[test]
    fn mappings_are_merged_by_key_and_all_else_is_replaced() {
        for (below, above, means) in [
            ("{a: 1, b: 2}", "{c: 3, a: 4}", "{a: 4, b: 2, c: 3}"),
            ("{a: {b: 1, c: 2}}", "{a: {c: 3}}", "{a: {b: 1, c: 3}}"),
            ("{a: {b: 1}}", "{a: {}}", "{a: {}}"),
            ("{a: [1, 2]}", "{a: [3]}", "{a: [3]}"),
            ("{a: [1, 2]}", "{a: []}", "{a: []}"),
            ("{a: 1, b: 2}", "{a: null}", "{b: 2}"),
            ("{a: {b: 1, c: 2}}", "{a: {b: ~}}", "{a: {c: 2}}"),
            // Nothing is taken away where nothing is: what the key is to mean is asked for later.
            ("{a: 1}", "{b: null}", "{a: 1, b: null}"),
            ("{a: {b: 1}}", "{a: text}", "{a: text}"),
            ("{a: text}", "{a: {b: 1}}", "{a: {b: 1}}"),
            ("{a: 1}", "{a: 'null'}", "{a: null}"),
            // What stands in the lowest layer comes first: groups count in this order.
            (
                "{groups: {low: 1, both: 1}}",
                "{groups: {top: 2, both: 2}}",
                "{groups: {low: 1, both: 2, top: 2}}",
            ),
        ] {
            assert_eq!(shown(&merged(node(below), node(above))), means, "{below} {above}");
        }
    }

    #[test]
    fn an_account_that_is_only_an_id_is_merged_as_its_long_form() {
        for (below, above, means) in [
            ("{dev: 1}", "{dev: {regions: [r]}}", "{dev: {id: 1, regions: [r]}}"),
            ("{dev: {id: 1, profile: p}}", "{dev: 2}", "{dev: {id: 2, profile: p}}"),
            ("{dev: 1}", "{dev: 2}", "{dev: 2}"),
            ("{dev: {id: 1}, prod: 2}", "{dev: null}", "{prod: 2}"),
        ] {
            let [below, above] = [below, above].map(|it| node(&format!("{{accounts: {it}}}")));
            assert_eq!(shown(&merged(below, above)), format!("{{accounts: {means}}}"));
        }
    }

    #[test]
    fn every_value_keeps_its_place() {
        let merged = merged(node("{a: {b: 1}}"), node("{a: {c: 2},      d: 3}"));
        let column = |node: &Node| node.place.span.start;
        let a = merged.value_of("a").expect("a");
        assert_eq!(column(a.value_of("b").expect("b")), 8);
        assert_eq!(column(a.value_of("c").expect("c")), 8);
        assert_eq!(column(merged.value_of("d").expect("d")), 20);
    }
}
