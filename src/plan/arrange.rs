//! From stack instances on the ground to stack instances in their order.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use super::compose::Draft;
use super::desired_stack::DesiredStack;
use super::ground::Ground;
use super::model::{Purpose, StackInstance};
use super::order;
use super::value::{Value, ValuePiece};
use crate::document::{Fault, Place};

/// Stack instances that need each other, and where each says that it needs the next.
pub(super) struct Cycle<'e>(Vec<(usize, &'e Place)>);

impl Cycle<'_> {
    /// Returns the fault that the cycle is, shown as a path.
    pub fn told(&self, ground: &Ground<'_>) -> Fault {
        let mut path: Vec<String> = self.0.iter().map(|(at, _)| ground.shown(*at)).collect();
        path.push(path[0].clone());
        let message = format!("stack instances need each other: {}", path.join(" -> "));
        Fault::at(self.0[0].1, message)
            .with_label("part of the cycle")
            .with_help("each needs the next one first; take one of the references out")
    }
}

/// Returns the instances in their order, with positions in the plan instead of on the ground.
pub(super) fn in_order<'e>(
    drafts: Vec<(usize, Draft<'e>)>,
    targets: &BTreeSet<usize>,
) -> Result<Vec<StackInstance>, Cycle<'e>> {
    let draft_of: HashMap<usize, usize> =
        drafts.iter().enumerate().map(|(position, (at, _))| (*at, position)).collect();
    let needs: Vec<Vec<usize>> = drafts
        .iter()
        .map(|(_, draft)| draft.needs.iter().map(|(at, _)| draft_of[at]).collect())
        .collect();
    let order = order::sort(&needs).map_err(|cycle| cycle_of(&drafts, &cycle))?;

    let mut position_of = vec![0; order.len()];
    for (position, &draft) in order.iter().enumerate() {
        position_of[draft] = position;
    }
    let instance_of = |at: usize| position_of[draft_of[&at]];
    let account_of: HashMap<usize, usize> =
        targets.iter().enumerate().map(|(position, &target)| (target, position)).collect();
    let mut instances: Vec<(usize, StackInstance)> = Vec::with_capacity(drafts.len());
    for (position, (_, Draft { mut instance, needs })) in drafts.into_iter().enumerate() {
        instance.account = account_of[&instance.account];
        instance.needs = needs.iter().map(|(at, _)| instance_of(*at)).collect();
        instance.needs.sort_unstable();
        if let Purpose::Deploy(desired) = &mut instance.purpose {
            **desired = renumbered(desired, instance_of);
        }
        instances.push((position_of[position], instance));
    }
    instances.sort_by_key(|(position, _)| *position);
    Ok(instances.into_iter().map(|(_, instance)| instance).collect())
}

fn renumbered(
    desired: &DesiredStack<Value>,
    instance_of: impl Fn(usize) -> usize,
) -> DesiredStack<Value> {
    let renumber = |piece: &ValuePiece| match piece {
        ValuePiece::Literal(text) => ValuePiece::Literal(text.clone()),
        ValuePiece::Output { instances, key } => ValuePiece::Output {
            instances: instances.iter().map(|&at| instance_of(at)).collect(),
            key: key.clone(),
        },
    };
    let renumbered = desired.try_map(|_, value| {
        Ok::<_, Infallible>(Value { pieces: value.pieces.iter().map(renumber).collect() })
    });
    let Ok(renumbered) = renumbered;
    renumbered
}

fn cycle_of<'e>(drafts: &[(usize, Draft<'e>)], cycle: &[usize]) -> Cycle<'e> {
    let steps = cycle.iter().enumerate().map(|(step, &position)| {
        let (at, draft) = &drafts[position];
        let (next, _) = &drafts[cycle[(step + 1) % cycle.len()]];
        let need = draft.needs.iter().find(|(need, _)| need == next);
        (*at, need.expect("a cycle is made of needs").1)
    });
    Cycle(steps.collect())
}
