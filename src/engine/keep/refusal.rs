//! That a stack instance is left as it is, as a guard forbids what would become of it.

use crate::event::{Failure, FailureKind, ForbiddenLoss, Loss};

/// How many resources are named.
const MOST_NAMED: usize = 6;

/// Returns that a stack instance is left as it is, as it would lose what the files keep.
pub fn guarded(losses: &[ForbiddenLoss]) -> Failure {
    let named: Vec<String> = losses.iter().take(MOST_NAMED).map(told).collect();
    let more = match losses.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("`guards.keep` forbids it: it would {}{more}", named.join(", "));
    Failure::new(FailureKind::Guarded, message).with_help(ForbiddenLoss::remedy(losses))
}

fn told(loss: &ForbiddenLoss) -> String {
    let verb = match loss.action {
        Loss::Replace => "replace",
        Loss::Remove => "remove",
    };
    let name = loss.physical_id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    format!("{verb} {} ({}{name})", loss.resource, loss.resource_type)
}
