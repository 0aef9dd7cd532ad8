//! Text that a template puts together: literals, parameters, `Fn::Sub` and `Fn::Join`, and what it looks up in
//! mappings and lists.

use std::collections::BTreeMap;

use super::function_call::{Argument, function};
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
    /// What `Fn::FindInMap` finds under two keys.
    Found {
        values: BTreeMap<(String, String), String>,
        keys: Box<[Expression; 2]>,
    },
    /// An item of a list that is known once its text is.
    Item {
        list: ListText,
        index: usize,
    },
    /// All items of such a list.
    Joined {
        list: ListText,
        delimiter: String,
    },
    /// Something else, of which nothing is known.
    Other,
}

/// A list that is one text: of a list parameter, or of `Fn::Split`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ListText {
    text: Box<Expression>,
    /// What stands between its items; nothing for a list parameter, in which it is a comma, with or without
    /// spaces.
    delimiter: Option<String>,
}

/// Where pieces are read.
#[derive(Clone, Copy)]
struct ReadScope<'n> {
    /// The tree of the template, if what is looked up in mappings and lists is to be known.
    root: Option<&'n Node>,
    /// How many functions stand around.
    level: usize,
}

impl ReadScope<'_> {
    fn deeper(self) -> Self {
        Self { level: self.level + 1, ..self }
    }
}

impl ListText {
    fn items(&self, known: &dyn Fn(&str) -> Option<String>) -> Option<Vec<String>> {
        let text = self.text.known_text(known)?;
        Some(match &self.delimiter {
            Some(delimiter) => text.split(delimiter.as_str()).map(str::to_owned).collect(),
            None => text.split(',').map(|item| item.trim().to_owned()).collect(),
        })
    }
}

impl ExpressionPiece {
    fn text(&self, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        match self {
            Self::Literal(literal) => Some(literal.clone()),
            Self::Ref(name) => known(name),
            Self::Found { values, keys } => {
                let key = (keys[0].known_text(known)?, keys[1].known_text(known)?);
                values.get(&key).cloned()
            }
            Self::Item { list, index } => list.items(known)?.get(*index).cloned(),
            Self::Joined { list, delimiter } => Some(list.items(known)?.join(delimiter)),
            Self::Other => None,
        }
    }
}

impl Expression {
    /// Returns the expression that stands at `node`; what it looks up is not known.
    pub(super) fn of(node: &Node) -> Self {
        Self::read(node, ReadScope { root: None, level: 0 })
    }

    /// Returns the expression that stands at `node` of the template whose tree is `root`, with what it looks up
    /// in mappings and lists.
    pub(super) fn within(root: &Node, node: &Node) -> Self {
        Self::read(node, ReadScope { root: Some(root), level: 0 })
    }

    fn read(node: &Node, scope: ReadScope<'_>) -> Self {
        Self { place: node.place.clone(), pieces: pieces(node, scope) }
    }

    fn known_text(&self, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.pieces.iter().map(|piece| piece.text(known)).collect()
    }

    /// Returns the text, where `known` says what parameters and pseudo parameters are; nothing if not all
    /// of it is known.
    pub fn text(&self, known: impl Fn(&str) -> Option<String>) -> Option<String> {
        self.fragments(known).into_iter().collect()
    }

    /// Returns the parts of the text in order, as far as they are known.
    pub fn fragments(&self, known: impl Fn(&str) -> Option<String>) -> Vec<Option<String>> {
        self.pieces.iter().map(|piece| piece.text(&known)).collect()
    }
}

/// How deep functions may stand in each other.
const MOST_LEVELS: usize = 16;

impl Argument<'_> {
    /// Returns the expression that it is, in the template whose tree is `root`.
    pub fn expression(self, root: &Node) -> Expression {
        let scope = ReadScope { root: Some(root), level: 0 };
        let pieces = match self {
            Self::Alone(node) => pieces(node, scope),
            Self::Tagged(node) => untagged_pieces(node, scope),
        };
        Expression { place: self.node().place.clone(), pieces }
    }
}

fn pieces(node: &Node, scope: ReadScope<'_>) -> Vec<ExpressionPiece> {
    known_pieces(node, scope).unwrap_or_else(|| vec![ExpressionPiece::Other])
}

fn known_pieces(node: &Node, scope: ReadScope<'_>) -> Option<Vec<ExpressionPiece>> {
    if scope.level > MOST_LEVELS {
        return None;
    }
    let Some((name, argument)) = function(node) else { return literal(node) };
    match name {
        "Ref" => Some(vec![ExpressionPiece::Ref(argument.node().as_text()?.to_owned())]),
        "Sub" => substituted(argument.node(), scope),
        "Join" => joined(argument.node(), scope),
        "FindInMap" => found(argument.node(), scope),
        "Select" => selected(argument.node(), scope),
        _ => None,
    }
}

/// Returns the pieces of the argument of a function that is written as a tag.
fn untagged_pieces(node: &Node, scope: ReadScope<'_>) -> Vec<ExpressionPiece> {
    match &node.value {
        NodeValue::Mapping(_) => pieces(&Node { tag: None, ..node.clone() }, scope.deeper()),
        NodeValue::Scalar { .. } | NodeValue::Sequence(_) => {
            literal(node).unwrap_or_else(|| vec![ExpressionPiece::Other])
        }
    }
}

fn literal(node: &Node) -> Option<Vec<ExpressionPiece>> {
    Some(vec![ExpressionPiece::Literal(node.as_text()?.to_owned())])
}

fn substituted(argument: &Node, scope: ReadScope<'_>) -> Option<Vec<ExpressionPiece>> {
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
            found.extend(pieces(value, scope.deeper()));
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

fn joined(argument: &Node, scope: ReadScope<'_>) -> Option<Vec<ExpressionPiece>> {
    let [delimiter, items] = argument.items()? else { return None };
    let delimiter = delimiter.as_text()?;
    if let Some(list) = list_text(items, scope) {
        return Some(vec![ExpressionPiece::Joined { list, delimiter: delimiter.to_owned() }]);
    }
    let mut found = Vec::new();
    for (number, item) in items.items().filter(|_| items.tag.is_none())?.iter().enumerate() {
        if number > 0 {
            found.push(ExpressionPiece::Literal(delimiter.to_owned()));
        }
        found.extend(pieces(item, scope.deeper()));
    }
    Some(found)
}

fn found(argument: &Node, scope: ReadScope<'_>) -> Option<Vec<ExpressionPiece>> {
    let [mapping, first, second] = argument.items()? else { return None };
    let mapping = mapping.as_text().filter(|_| mapping.tag.is_none())?;
    let mut values = BTreeMap::new();
    for (first, below) in scope.root?.value_of("Mappings")?.value_of(mapping)?.entries()? {
        for (second, value) in below.entries().unwrap_or_default() {
            if let Some(value) = value.as_text().filter(|_| value.tag.is_none()) {
                values.insert((first.text.clone(), second.text.clone()), value.to_owned());
            }
        }
    }
    let key = |node| Expression::read(node, scope.deeper());
    Some(vec![ExpressionPiece::Found { values, keys: Box::new([key(first), key(second)]) }])
}

fn selected(argument: &Node, scope: ReadScope<'_>) -> Option<Vec<ExpressionPiece>> {
    scope.root?;
    let [index, items] = argument.items()? else { return None };
    let index: usize = index.as_text().filter(|_| index.tag.is_none())?.parse().ok()?;
    if let Some(list) = list_text(items, scope) {
        return Some(vec![ExpressionPiece::Item { list, index }]);
    }
    let items = items.items().filter(|_| items.tag.is_none())?;
    // An item may be a list of its own.
    let is_text = |item: &Node| match function(item) {
        Some(("Ref", name)) => name.node().as_text().is_some_and(|name| name.starts_with("AWS::")),
        _ => true,
    };
    items.iter().all(is_text).then(|| items.get(index))?.map(|item| pieces(item, scope.deeper()))
}

/// Returns the list that a parameter or `Fn::Split` is at `node`.
fn list_text(node: &Node, scope: ReadScope<'_>) -> Option<ListText> {
    scope.root?;
    let text = |node| Box::new(Expression::read(node, scope.deeper()));
    match function(node)? {
        ("Ref", _) => Some(ListText { text: text(node), delimiter: None }),
        ("Split", argument) => {
            let [delimiter, split] = argument.node().items()? else { return None };
            let delimiter = delimiter.as_text().filter(|delimiter| !delimiter.is_empty())?;
            Some(ListText { text: text(split), delimiter: Some(delimiter.to_owned()) })
        }
        _ => None,
    }
}
