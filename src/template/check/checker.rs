//! The walk through a template as a whole: what is looked at in which order, and what is made of it.

use std::collections::BTreeSet;

use super::declared::Declared;
use super::macros::Macros;
use super::named::Block;
use super::violation::Violation;
use crate::document::{Node, Place, Severity};

/// Returns every rule that the template whose tree is `root` breaks, in its order.
pub fn check(root: &Node) -> Vec<Violation> {
    let mut checker = Checker {
        macros: Macros::of(root),
        declared: Declared::of(root),
        edges: Vec::new(),
        found: Vec::new(),
    };
    checker.check_shape(root);
    if checker.macros.is_open {
        checker.check_nulls(root);
    } else {
        checker.check_values(root);
        checker.check_circles();
    }
    checker.finish()
}

/// Collects what is wrong.
pub struct Checker<'n> {
    pub macros: Macros,
    pub declared: Declared<'n>,
    pub edges: Vec<Edge<'n>>,
    pub found: Vec<Violation>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub struct Spot<'n> {
    pub block: Block,
    /// The resource or condition that it belongs to.
    pub owner: Option<&'n str>,
    /// Whether what it refers to is needed whatever the conditions come to.
    pub is_certain: bool,
    /// Whether CloudFormation works it out for certain: what functions come to matters only there.
    pub is_evaluated: bool,
}

impl Spot<'_> {
    /// Returns the same spot as one that counts only if a condition comes to what it asks for.
    pub fn under_a_condition(self) -> Self {
        Self { is_certain: false, is_evaluated: false, ..self }
    }
}

/// A resource or condition that needs another one of its kind.
pub struct Edge<'n> {
    pub from: &'n str,
    pub to: &'n str,
    pub place: &'n Place,
    pub block: Block,
    /// Whether it does so whatever the conditions come to.
    pub is_certain: bool,
}

impl Checker<'_> {
    /// Keeps a violation.
    pub fn push(&mut self, violation: Violation) {
        self.found.push(violation);
    }

    /// Returns what was found, in the order of the file. What an alias repeats is said once.
    fn finish(self) -> Vec<Violation> {
        let Self { macros, mut found, .. } = self;
        let mut seen = BTreeSet::new();
        found.retain(|Violation { rule, place, .. }| {
            seen.insert((place.span.start, rule.to_string()))
        });
        if macros.is_open {
            found.iter_mut().for_each(|violation| violation.severity = Severity::Warning);
        }
        found.sort_by_key(|violation| violation.place.span.start);
        found
    }
}
