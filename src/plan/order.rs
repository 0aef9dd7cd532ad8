//! The order: needs before dependents, and otherwise as the files have it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Returns the positions `0..needs.len()` so that each comes after all that it needs, the lowest
/// first wherever there is a choice; `needs` holds for each what it needs.
///
/// # Errors
/// A cycle: each of its positions needs the next, and the last the first.
pub(super) fn sort(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut dependents = vec![Vec::new(); needs.len()];
    let mut waits_for = vec![0_usize; needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        waits_for[at] = needed.len();
        for &need in needed {
            dependents[need].push(at);
        }
    }
    let free = waits_for.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(next)) = ready.pop() {
        order.push(next);
        for &dependent in &dependents[next] {
            waits_for[dependent] -= 1;
            if waits_for[dependent] == 0 {
                ready.push(Reverse(dependent));
            }
        }
    }
    if order.len() == needs.len() { Ok(order) } else { Err(cycle(needs, &waits_for)) }
}

/// Returns a cycle among those that still wait: each of them needs another that waits as well, so
/// following needs must come back to where it was.
fn cycle(needs: &[Vec<usize>], waits_for: &[usize]) -> Vec<usize> {
    let waits = |at: &usize| waits_for[*at] > 0;
    let mut step_of = vec![None; needs.len()];
    let mut path = Vec::new();
    let mut at = (0..needs.len()).find(waits).expect("something waits in a cycle");
    loop {
        if let Some(start) = step_of[at] {
            return path.split_off(start);
        }
        step_of[at] = Some(path.len());
        path.push(at);
        at = needs[at].iter().copied().find(waits).expect("what waits needs what waits");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn needs_come_first_and_a_cycle_is_one(
            edges in prop::collection::vec((0..12usize, 0..12usize), 0..24)
        ) {
            let mut needs = vec![Vec::new(); 12];
            for (from, to) in edges {
                if !needs[from].contains(&to) {
                    needs[from].push(to);
                }
            }
            match sort(&needs) {
                Ok(order) => {
                    let mut all = order.clone();
                    all.sort_unstable();
                    prop_assert_eq!(all, (0..12).collect::<Vec<_>>());
                    let position = |of: usize| order.iter().position(|&at| at == of);
                    for (at, needed) in needs.iter().enumerate() {
                        for &need in needed {
                            prop_assert!(position(need) < position(at));
                        }
                    }
                }
                Err(cycle) => {
                    prop_assert!(!cycle.is_empty());
                    for (step, at) in cycle.iter().enumerate() {
                        let next = cycle[(step + 1) % cycle.len()];
                        prop_assert!(needs[*at].contains(&next));
                    }
                }
            }
        }
    }

    #[test]
    fn without_needs_the_order_is_kept() {
        assert_eq!(sort(&[vec![], vec![], vec![]]), Ok(vec![0, 1, 2]));
        assert_eq!(sort(&[vec![2], vec![], vec![]]), Ok(vec![1, 2, 0]));
        assert_eq!(sort(&[vec![], vec![1]]), Err(vec![1]));
    }
}
