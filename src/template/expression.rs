//! Text that a template puts together: literals, parameters, `Fn::Sub` and `Fn::Join`.

use crate::document::{Node, NodeValue, Place};

/// A text of a template, as far as it is made of literals, parameters and pseudo parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands.
    pub place: Place,
    /// Its parts in order.
    pieces: Vec<ExpressionPiece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ExpressionPiece {
    Literal(String),
    /// A parameter or pseudo parameter by its name; it may be a resource as well.
    Ref(String),
    /// Something else, of which nothing is known.
    Other,
}

impl Expression {
    /// Returns the expression that stands at `node`.
    pub(super) fn of(node: &Node) -> Self {
        Self { place: node.place.clone(), pieces: pieces(node, 0) }
    }

    /// Returns the text, where `known` says what parameters and pseudo parameters are; nothing if not all
    /// of it is known.
    pub fn text(&self, known: impl Fn(&str) -> Option<String>) -> Option<String> {
        self.fragments(known).into_iter().collect()
    }

    /// Returns the parts of the text in order, as far as they are known.
    pub fn fragments(&self, known: impl Fn(&str) -> Option<String>) -> Vec<Option<String>> {
        let fragment = |piece: &ExpressionPiece| match piece {
            ExpressionPiece::Literal(literal) => Some(literal.clone()),
            ExpressionPiece::Ref(name) => known(name),
            ExpressionPiece::Other => None,
        };
        self.pieces.iter().map(fragment).collect()
    }
}

/// How deep functions may stand in each other.
const MOST_LEVELS: usize = 16;

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

    /// Returns the expression that it is.
    pub fn expression(self) -> Expression {
        let node = self.node();
        Expression { place: node.place.clone(), pieces: self.pieces(0) }
    }

    fn pieces(self, level: usize) -> Vec<ExpressionPiece> {
        match self {
            Self::Alone(node) => pieces(node, level),
            Self::Tagged(node) => untagged_pieces(node, level),
        }
    }
}

fn pieces(node: &Node, level: usize) -> Vec<ExpressionPiece> {
    known_pieces(node, level).unwrap_or_else(|| vec![ExpressionPiece::Other])
}

fn known_pieces(node: &Node, level: usize) -> Option<Vec<ExpressionPiece>> {
    if level > MOST_LEVELS {
        return None;
    }
    let Some((name, argument)) = function(node) else { return literal(node) };
    match name {
        "Ref" => Some(vec![ExpressionPiece::Ref(argument.node().as_text()?.to_owned())]),
        "Sub" => substituted(argument.node(), level),
        "Join" => joined(argument.node(), level),
        _ => None,
    }
}

/// Returns the pieces of the argument of a function that is written as a tag.
fn untagged_pieces(node: &Node, level: usize) -> Vec<ExpressionPiece> {
    match &node.value {
        NodeValue::Mapping(_) => pieces(&Node { tag: None, ..node.clone() }, level + 1),
        NodeValue::Scalar { .. } | NodeValue::Sequence(_) => {
            literal(node).unwrap_or_else(|| vec![ExpressionPiece::Other])
        }
    }
}

fn literal(node: &Node) -> Option<Vec<ExpressionPiece>> {
    Some(vec![ExpressionPiece::Literal(node.as_text()?.to_owned())])
}

fn substituted(argument: &Node, level: usize) -> Option<Vec<ExpressionPiece>> {
    let (text, own) = match argument.items() {
        Some([text, own]) => (text.as_text()?, Some(own)),
        Some(_) => return None,
        None => (argument.as_text()?, None),
    };
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        found.push(ExpressionPiece::Literal(rest[..start].to_owned()));
        let length = rest[start..].find('}')?;
        let name = rest[start + 2..start + length].trim();
        if let Some(literal) = name.strip_prefix('!') {
            found.push(ExpressionPiece::Literal(format!("${{{literal}}}")));
        } else if let Some(value) = own.and_then(|own| own.value_of(name)) {
            found.extend(pieces(value, level + 1));
        } else if name.contains('.') {
            found.push(ExpressionPiece::Other);
        } else {
            found.push(ExpressionPiece::Ref(name.to_owned()));
        }
        rest = &rest[start + length + 1..];
    }
    found.push(ExpressionPiece::Literal(rest.to_owned()));
    Some(found)
}

fn joined(argument: &Node, level: usize) -> Option<Vec<ExpressionPiece>> {
    let [delimiter, items] = argument.items()? else { return None };
    let delimiter = delimiter.as_text()?;
    let mut found = Vec::new();
    for (number, item) in items.items()?.iter().enumerate() {
        if number > 0 {
            found.push(ExpressionPiece::Literal(delimiter.to_owned()));
        }
        found.extend(pieces(item, level + 1));
    }
    Some(found)
}
