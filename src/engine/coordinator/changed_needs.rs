//! Whether what a stack instance needs was changed before its turn came.

use std::collections::BTreeSet;

use super::super::position::PlanIndex;
use super::ledger::Ledger;

/// Whether the run changed something that a stack instance needs, directly or not. Asked of runs that looked ahead: others
/// send what is known in its turn anyway.
pub(super) fn follows_change(index: PlanIndex, ledger: &Ledger) -> bool {
    let (mut open, mut seen) = (vec![index.0], BTreeSet::new());
    while let Some(at) = open.pop().filter(|_| ledger.looked.is_some()) {
        for &need in &ledger.plan.instances[at].needs {
            if ledger.change(PlanIndex(need)).is_some() {
                return true;
            }
            if seen.insert(need) {
                open.push(need);
            }
        }
    }
    false
}
