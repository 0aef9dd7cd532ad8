//! Items that a template picks by number of a list parameter: `!Select [2, !Ref Subnets]`.

use super::function_call::function;
use crate::document::{Node, Place};

/// An item that is picked of a parameter's list, whatever the conditions come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedItem {
    /// Where it is picked.
    pub place: Place,
    /// The parameter that is the list, by its name.
    pub parameter: String,
    /// Which item, from 0.
    pub index: usize,
}

/// Returns the items that the template whose tree is `root` picks of its parameters.
pub(super) fn picked_items(root: &Node) -> Vec<PickedItem> {
    let mut found = Vec::new();
    for section in ["Resources", "Outputs"] {
        let entries = root.value_of(section).and_then(Node::entries).unwrap_or_default();
        for (key, entry) in entries {
            let is_certain = entry.value_of("Condition").is_none() && !key.text.starts_with("Fn::");
            let parts = entry.entries().filter(|_| is_certain).unwrap_or_default();
            // Nobody works out what stands in the metadata of a resource.
            let parts = parts.iter().filter(|(key, _)| key.text != "Metadata");
            parts.for_each(|(_, value)| collect(value, &mut found));
        }
    }
    found
}

fn collect(node: &Node, found: &mut Vec<PickedItem>) {
    match function(node) {
        // What is not chosen is not worked out.
        Some(("If" | "Transform", _)) => return,
        Some(("Select", argument)) => found.extend(picked(argument.node())),
        Some(_) | None => {}
    }
    node.items().unwrap_or_default().iter().for_each(|item| collect(item, found));
    node.entries().unwrap_or_default().iter().for_each(|(_, value)| collect(value, found));
}

fn picked(argument: &Node) -> Option<PickedItem> {
    let [index, list] = argument.items()? else { return None };
    let index = index.as_text().filter(|_| index.tag.is_none())?.parse().ok()?;
    let ("Ref", name) = function(list)? else { return None };
    let parameter = name.node().as_text()?.to_owned();
    Some(PickedItem { place: argument.place.clone(), parameter, index })
}
