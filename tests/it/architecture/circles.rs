//! Which files of a room import one another in a ring.

use std::collections::{BTreeMap, BTreeSet};

/// Returns the circles of a graph: each largest set of nodes that lead to one another, in order.
pub fn circles(arrows: &BTreeSet<(usize, usize)>) -> Vec<BTreeSet<usize>> {
    let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let from: BTreeSet<usize> = arrows.iter().map(|(from, _)| *from).collect();
    for &start in &from {
        let seen = reached.entry(start).or_default();
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for &(_, to) in arrows.range((node, 0)..=(node, usize::MAX)) {
                if seen.insert(to) {
                    open.push(to);
                }
            }
        }
    }
    let mut found: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    for (node, seen) in &reached {
        let ring = seen.iter().copied().filter(|other| {
            *other != *node && reached.get(other).is_some_and(|back| back.contains(node))
        });
        let mut ring: BTreeSet<usize> = ring.collect();
        if !ring.is_empty() {
            ring.insert(*node);
            found.insert(ring);
        }
    }
    found.into_iter().collect()
}

#[test]
fn a_ring_is_found_and_what_leads_to_it_is_not_part_of_it() {
    let arrows = BTreeSet::from([(0, 1), (1, 2), (2, 1), (2, 3), (4, 5), (5, 6), (6, 4)]);
    let found = circles(&arrows);
    assert_eq!(found, [BTreeSet::from([1, 2]), BTreeSet::from([4, 5, 6])]);
    assert_eq!(circles(&BTreeSet::from([(0, 1), (1, 2), (0, 2)])), []);
}
