//! The order in which groups are known: each after those that it lists.

use std::collections::HashMap;

use super::account_list::AccountItem;
use super::model::GroupSpec;

/// Groups that contain each other.
pub(super) struct GroupCircle {
    /// Their positions: each lists the next one, and the last the first.
    pub groups: Vec<usize>,
    /// The positions of the groups that are in no circle and list none that is, each after those that it lists.
    pub before: Vec<usize>,
}

/// Returns the positions of groups so that each comes after those that it lists.
///
/// # Errors
/// The first circle among them.
pub(super) fn sort(groups: &[GroupSpec]) -> Result<Vec<usize>, GroupCircle> {
    let listed = listed(groups);
    let mut order = Vec::with_capacity(groups.len());
    let mut is_known = vec![false; groups.len()];
    let mut waiting: Vec<usize> = (0..groups.len()).collect();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<usize>, Vec<usize>) =
            waiting.iter().partition(|&&at| listed[at].iter().all(|&other| is_known[other]));
        if ready.is_empty() {
            let groups = circle(&listed, &is_known, rest[0]);
            return Err(GroupCircle { groups, before: order });
        }
        ready.iter().for_each(|&at| is_known[at] = true);
        order.extend(ready);
        waiting = rest;
    }
    Ok(order)
}

/// Returns the groups that each group lists.
fn listed(groups: &[GroupSpec]) -> Vec<Vec<usize>> {
    let positions = groups.iter().enumerate().map(|(at, group)| (group.name.value.as_str(), at));
    let position_of: HashMap<&str, usize> = positions.collect();
    let position = |written: &str| position_of.get(AccountItem::of(written).text).copied();
    groups
        .iter()
        .map(|group| group.accounts.iter().filter_map(|item| position(&item.value)).collect())
        .collect()
}

/// Returns a circle: who waits for another that waits as well, as `start` does, comes back to where it was.
fn circle(listed: &[Vec<usize>], is_known: &[bool], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let next = listed[last].iter().copied().find(|&other| !is_known[other]);
        let next = next.expect("what waits lists another that waits");
        if let Some(begin) = path.iter().position(|&at| at == next) {
            return path.split_off(begin);
        }
        path.push(next);
    }
}
