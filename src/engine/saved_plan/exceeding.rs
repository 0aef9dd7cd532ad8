//! What of a change set that was made anew goes beyond a saved plan, and how a stack instance ends that is not as planned.

use super::model::{PlannedLoss, PlannedStack};
use crate::event::{Failure, FailureKind, ResourceChange};

/// Returns the losses among changes that a plan did not name.
pub fn unplanned_losses(planned: &PlannedStack, changes: &[ResourceChange]) -> Vec<PlannedLoss> {
    let mut losses = PlannedLoss::among(changes);
    losses.retain(|loss| !planned.losses.contains(loss));
    losses
}

/// Returns that a stack instance is not as the saved plan says.
pub fn not_planned(why: impl Into<String>) -> Failure {
    Failure::new(FailureKind::NotPlanned, why).with_help("plan again, and review what changes now")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::saved_plan::model::any_instance;
    use crate::event::{ChangeAction, Outcome, Replacement};

    fn change((resource, action, replaced, retained): (u8, u8, bool, bool)) -> ResourceChange {
        let action = [ChangeAction::Add, ChangeAction::Modify, ChangeAction::Remove]
            [usize::from(action % 3)];
        let replacement = match (action, replaced) {
            (ChangeAction::Modify, true) => Some(Replacement::True),
            (ChangeAction::Modify, false) => Some(Replacement::False),
            _ => None,
        };
        ResourceChange {
            action,
            resource: format!("R{}", resource % 3),
            resource_type: "AWS::SQS::Queue".to_owned(),
            physical_id: None,
            replacement,
            retained,
            is_untold: false,
            properties: Vec::new(),
        }
    }

    fn any_changes() -> impl Strategy<Value = Vec<ResourceChange>> {
        let one = (0u8..3, 0u8..3, any::<bool>(), any::<bool>()).prop_map(change);
        prop::collection::vec(one, 0..5)
    }

    proptest! {
        #[test]
        fn whatever_is_lost_was_named_by_the_plan_or_is_told(
            before in any_changes(),
            now in any_changes(),
        ) {
            let planned = PlannedStack {
                instance: any_instance(),
                outcome: Outcome::Updated,
                stack_id: None,
                status: None,
                changed: None,
                kept: None,
            is_free: false,
                losses: PlannedLoss::among(&before),
            };
            let told = unplanned_losses(&planned, &now);
            for change in now.iter().filter(|change| change.is_loss()) {
                let is_same = |other: &ResourceChange| {
                    other.is_loss()
                        && other.action == change.action
                        && other.resource == change.resource
                };
                let is_named = before.iter().any(is_same);
                let is_told = told.iter().any(|loss| {
                    loss.resource == change.resource && loss.action == change.action
                });
                prop_assert_ne!(is_named, is_told);
            }
        }
    }
}
