//! A call of an intrinsic function in a template: its name and its argument, as a tag or as a key.

use crate::document::Node;

/// Returns the name and the argument of the function that stands at `node`, if one does.
pub(super) fn function(node: &Node) -> Option<(&str, Argument<'_>)> {
    match &node.tag {
        Some(tag) => Some((tag.as_str(), Argument::Tagged(node))),
        None => keyed_function(node),
    }
}

/// Returns the function whose name is the one key of `node`.
fn keyed_function(node: &Node) -> Option<(&str, Argument<'_>)> {
    match node.entries()? {
        [(key, argument)] => {
            let name = key.text.strip_prefix("Fn::").unwrap_or(&key.text);
            let is_function = key.text.starts_with("Fn::") || key.text == "Ref";
            is_function.then_some((name, Argument::Alone(argument)))
        }
        _ => None,
    }
}

/// The argument of a function.
#[derive(Clone, Copy)]
pub(super) enum Argument<'n> {
    /// It stands behind the function's tag, which is the node's own.
    Tagged(&'n Node),
    /// It is a node by itself.
    Alone(&'n Node),
}

impl<'n> Argument<'n> {
    /// Returns the node; its tag counts only if it is not the function's.
    pub fn node(self) -> &'n Node {
        match self {
            Self::Tagged(node) | Self::Alone(node) => node,
        }
    }

    /// Returns the name and the argument of the function that it is itself, if it is one.
    pub fn function(self) -> Option<(&'n str, Argument<'n>)> {
        match self {
            Self::Tagged(node) => keyed_function(node),
            Self::Alone(node) => function(node),
        }
    }
}
