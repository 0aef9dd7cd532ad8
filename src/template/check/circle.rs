//! Circles: resources and conditions that wait for each other.

use std::collections::BTreeSet;

use super::checker::{Checker, Edge};
use super::cycle::{Needs, circle, knots};
use super::named::Block;
use super::reference_rule::ReferenceRule;
use super::violation::Violation;

impl Checker<'_> {
    /// Checks that nothing waits for itself. What hangs together in circles is told once, by one of them.
    pub fn check_circles(&mut self) {
        let conditions = self.circles(Block::Conditions, |_| true);
        self.found.extend(conditions.into_iter().map(|(_, violation)| violation));
        let certain = self.circles(Block::Resources, |edge| edge.is_certain);
        let mut possible = self.circles(Block::Resources, |_| true);
        possible.retain(|(knot, _)| !certain.iter().any(|(told, _)| told.is_subset(knot)));
        self.found.extend(certain.into_iter().map(|(_, violation)| violation));
        self.found.extend(possible.into_iter().map(|(_, found)| found.into_warning()));
    }

    /// Returns one circle of each knot that the edges of a block make, with the names in the knot.
    fn circles(
        &self,
        block: Block,
        counts: impl Fn(&Edge<'_>) -> bool,
    ) -> Vec<(BTreeSet<String>, Violation)> {
        let edges = || self.edges.iter().filter(|edge| edge.block == block && counts(edge));
        let mut needs = Needs::new();
        for edge in edges() {
            needs.entry(edge.from).or_default().insert(edge.to);
            needs.entry(edge.to).or_default();
        }
        let mut circles = Vec::new();
        for knot in knots(&needs) {
            let within = |name: &&str| knot.contains(name);
            let inner = knot.iter().map(|name| {
                (*name, needs[name].iter().copied().filter(within).collect::<BTreeSet<_>>())
            });
            let circle = circle(&inner.collect()).expect("a knot holds a circle");
            let next = circle.get(1).unwrap_or(&circle[0]);
            let first = edges().find(|edge| (edge.from, edge.to) == (circle[0], *next));
            let place = first.expect("a circle is made of edges").place;
            let names: Vec<String> = circle.iter().map(|name| (*name).to_owned()).collect();
            let (rule, help) = told(block, names);
            let violation = Violation::at(place, rule).with_help(help);
            circles.push((knot.into_iter().map(str::to_owned).collect(), violation));
        }
        circles
    }
}

fn told(block: Block, names: Vec<String>) -> (ReferenceRule, Option<String>) {
    match block {
        Block::Conditions => (ReferenceRule::ConditionCircle { conditions: names }, None),
        Block::Rules | Block::Resources | Block::Outputs => {
            let help = "take one of the references away, or make it a resource of its own";
            (ReferenceRule::Circle { resources: names }, Some(help.to_owned()))
        }
    }
}
