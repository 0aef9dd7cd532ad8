//! The two positions of a stack instance: in the plan, and in the schedule of one way.

use std::collections::BTreeMap;

use super::schedule::EntryIndex;
use crate::plan::Plan;

/// A stack instance, as a position in [`Plan::instances`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlanIndex(pub usize);

impl PlanIndex {
    /// Returns every stack instance of a plan, in its order.
    pub fn all(plan: &Plan) -> impl Iterator<Item = Self> + use<> {
        (0..plan.instances.len()).map(Self)
    }
}

/// Which stack instance of the plan each entry of a schedule is.
#[derive(Clone, Debug)]
pub(super) struct Positions {
    planned: Vec<PlanIndex>,
    entries: BTreeMap<PlanIndex, EntryIndex>,
}

impl Positions {
    /// Returns the positions of a schedule whose entries are these stack instances, in this order.
    pub fn of(planned: Vec<PlanIndex>) -> Self {
        let entries = planned.iter().enumerate().map(|(at, index)| (*index, EntryIndex(at)));
        Self { entries: entries.collect(), planned }
    }

    /// Returns every stack instance, in the schedule's order.
    pub fn planned(&self) -> &[PlanIndex] {
        &self.planned
    }

    /// Returns the stack instance that an entry is.
    pub fn in_plan(&self, entry: EntryIndex) -> PlanIndex {
        self.planned[entry.0]
    }

    /// Returns the entry of a stack instance, if the schedule has one.
    pub fn in_schedule(&self, index: PlanIndex) -> Option<EntryIndex> {
        self.entries.get(&index).copied()
    }
}
