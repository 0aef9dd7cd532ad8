//! Arranges stack instances in their order, needs before dependents.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use super::compose::Candidate;
use super::desired_stack::DesiredStack;
use super::lookup::PlannedLookup;
use super::model::{Purpose, StackInstance};
use super::order;
use super::placements::Placements;
use super::value::{PlannedValue, ValuePiece};
use crate::document::{Fault, Place};

/// Stack instances that need each other, and where each says that it needs the next.
pub(super) struct Cycle<'e>(Vec<(usize, &'e Place)>);

impl Cycle<'_> {
    /// Returns the fault that the cycle is, shown as a path.
    pub fn told(&self, placements: &Placements<'_>) -> Fault {
        let mut path: Vec<String> = self.0.iter().map(|(at, _)| placements.shown(*at)).collect();
        path.push(path[0].clone());
        let message = format!("stack instances need each other: {}", path.join(" -> "));
        Fault::at(self.0[0].1, message)
            .with_label("part of the cycle")
            .with_help("each needs the next one first; take one of the references out")
    }
}

/// Returns the instances in their order, with positions in the plan instead of among the placements.
pub(super) fn in_order<'e>(
    mut candidates: Vec<(usize, Candidate<'e>)>,
    targets: &BTreeSet<usize>,
) -> Result<Vec<StackInstance>, Cycle<'e>> {
    let candidate_of = positions(&candidates);
    let order = sorted(&mut candidates)?;
    let mut position_of = vec![0; order.len()];
    for (position, &candidate) in order.iter().enumerate() {
        position_of[candidate] = position;
    }
    let instance_of = |at: usize| position_of[candidate_of[&at]];
    let account_of: HashMap<usize, usize> =
        targets.iter().enumerate().map(|(position, &target)| (target, position)).collect();
    let mut instances: Vec<(usize, StackInstance)> = Vec::with_capacity(candidates.len());
    for (position, (_, Candidate { mut instance, needs, .. })) in candidates.into_iter().enumerate()
    {
        instance.account = account_of[&instance.account];
        instance.needs = needs.iter().map(|(at, _)| instance_of(*at)).collect();
        instance.needs.sort_unstable();
        if let Purpose::Deploy(desired) = &mut instance.purpose {
            **desired = renumbered(desired, instance_of, &account_of);
        }
        instances.push((position_of[position], instance));
    }
    instances.sort_by_key(|(position, _)| *position);
    Ok(instances.into_iter().map(|(_, instance)| instance).collect())
}

/// Returns those among the instances that need each other, if some do; what they need besides may be missing.
pub(super) fn cycle<'e>(mut candidates: Vec<(usize, Candidate<'e>)>) -> Option<Cycle<'e>> {
    let known = positions(&candidates);
    for (_, candidate) in &mut candidates {
        candidate.needs.retain(|(need, _)| known.contains_key(need));
    }
    sorted(&mut candidates).err()
}

/// Returns the position of each among the candidates, by its placement.
fn positions(candidates: &[(usize, Candidate<'_>)]) -> HashMap<usize, usize> {
    candidates.iter().enumerate().map(|(position, (at, _))| (*at, position)).collect()
}

/// Returns the order of all of them, by their positions.
fn sorted<'e>(candidates: &mut [(usize, Candidate<'e>)]) -> Result<Vec<usize>, Cycle<'e>> {
    let candidate_of = positions(candidates);
    loop {
        let needs: Vec<Vec<usize>> = candidates
            .iter()
            .map(|(_, candidate)| candidate.needs.iter().map(|(at, _)| candidate_of[at]).collect())
            .collect();
        match order::sort(&needs) {
            Ok(order) => return Ok(order),
            Err(cycle) if give_way(candidates, &cycle) => {}
            Err(cycle) => return Err(cycle_of(candidates, &cycle)),
        }
    }
}

/// Takes a need out of a cycle that counts only where a condition holds, and returns whether there was
/// one: two stacks may each import from the other, in different accounts.
fn give_way(candidates: &mut [(usize, Candidate<'_>)], cycle: &[usize]) -> bool {
    for (step, &position) in cycle.iter().enumerate() {
        let next = candidates[cycle[(step + 1) % cycle.len()]].0;
        let candidate = &mut candidates[position].1;
        if candidate.conditional_needs.remove(&next) {
            candidate.needs.retain(|(need, _)| *need != next);
            return true;
        }
    }
    false
}

fn renumbered(
    desired: &DesiredStack<PlannedValue>,
    instance_of: impl Fn(usize) -> usize,
    account_of: &HashMap<usize, usize>,
) -> DesiredStack<PlannedValue> {
    let renumber = |piece: &ValuePiece| match piece {
        ValuePiece::Literal(_) | ValuePiece::Secret(_) => piece.clone(),
        ValuePiece::Output { instances, key, part } => ValuePiece::Output {
            instances: instances.iter().map(|&at| instance_of(at)).collect(),
            key: key.clone(),
            part: *part,
        },
        ValuePiece::Lookup(lookup) => {
            let account = account_of[&lookup.account];
            ValuePiece::Lookup(PlannedLookup { account, ..lookup.clone() })
        }
    };
    let renumbered = desired.try_map(|_, value| {
        Ok::<_, Infallible>(PlannedValue { pieces: value.pieces.iter().map(renumber).collect() })
    });
    let Ok(renumbered) = renumbered;
    renumbered
}

fn cycle_of<'e>(candidates: &[(usize, Candidate<'e>)], cycle: &[usize]) -> Cycle<'e> {
    let steps = cycle.iter().enumerate().map(|(step, &position)| {
        let (at, candidate) = &candidates[position];
        let (next, _) = &candidates[cycle[(step + 1) % cycle.len()]];
        let need = candidate.needs.iter().find(|(need, _)| need == next);
        (*at, need.expect("a cycle is made of needs").1)
    });
    Cycle(steps.collect())
}
