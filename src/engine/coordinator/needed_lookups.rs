//! What is looked up for a stack instance before anything is sent for it.

use std::collections::BTreeSet;

use super::super::position::PlanIndex;
use super::ledger::Ledger;
use crate::event::{Failure, InstanceEnd, Operation};
use crate::plan::{PlannedLookup, PlannedValue};

/// Returns what is read for a stack instance before anything is sent, each once.
pub(super) fn lookups(index: PlanIndex, ledger: &Ledger) -> Vec<PlannedLookup> {
    match ledger.operation {
        Operation::Destroy | Operation::Prune => Vec::new(),
        Operation::Apply | Operation::Plan => {
            let desired = ledger.instance(index).desired().into_iter();
            let needed =
                desired.flat_map(|desired| desired.values().flat_map(PlannedValue::lookups));
            needed.cloned().collect::<BTreeSet<_>>().into_iter().collect()
        }
    }
}

/// Returns an end with what came first in front of its own failure.
pub(super) fn with_first_cause(mut end: InstanceEnd, first: &Failure) -> InstanceEnd {
    if let Some(failure) = &mut end.failure {
        failure.message = format!("{}; {}", first.message, failure.message);
    }
    end
}
