//! What of a change is forbidden: pure.

use crate::event::{Allowance, ChangeAction, ForbiddenLoss, Loss, Replacement, ResourceChange};
use crate::name::TypePattern;
use crate::plan::Plan;

/// What an environment keeps, and what of that may be lost all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepGuard {
    keep: Vec<TypePattern>,
    allow: Vec<Allowance>,
}

impl KeepGuard {
    /// Returns the guard of the stack instance at a position of a plan.
    pub fn of(plan: &Plan, at: usize, allow: &[Allowance]) -> Self {
        let environment = plan.accounts[plan.instances[at].account].environment;
        Self { keep: plan.environments[environment].keep.clone(), allow: allow.to_vec() }
    }

    /// Whether it keeps nothing at all.
    pub fn is_idle(&self) -> bool {
        self.keep.is_empty()
    }

    /// Whether it keeps resources of a type, whatever a person allows.
    pub fn keeps(&self, resource_type: &str) -> bool {
        self.keep.iter().any(|kept| kept.matches(resource_type))
    }

    /// Whether a resource of a type may not be lost in one way at least.
    pub fn holds(&self, resource_type: &str) -> bool {
        let is_allowed = |loss| self.allowing(loss, resource_type).is_some();
        self.keeps(resource_type) && !(is_allowed(Loss::Replace) && is_allowed(Loss::Remove))
    }

    /// Returns what allows that a resource of a type is lost so, if something does.
    pub fn allowing(&self, loss: Loss, resource_type: &str) -> Option<&Allowance> {
        self.allow.iter().find(|allowance| allowance.allows(loss, resource_type))
    }

    /// Returns how a change would lose a resource that is kept, whatever a person allows.
    pub fn losses(&self, change: &ResourceChange) -> &'static [Loss] {
        if self.keeps(&change.resource_type) { losses(change) } else { &[] }
    }

    /// Returns how a change would lose a resource, if that is forbidden.
    pub fn forbidden(&self, change: &ResourceChange) -> Option<Loss> {
        let mut losses = self.losses(change).iter();
        losses.find(|loss| self.allowing(**loss, &change.resource_type).is_none()).copied()
    }
}

/// Returns how a change may lose a resource. One that stays in the account when it is removed is not lost; one that stays
/// when it is replaced is, as another one has its place.
fn losses(change: &ResourceChange) -> &'static [Loss] {
    match (change.action, change.replacement) {
        (ChangeAction::Remove, _) if change.retained => &[],
        (ChangeAction::Remove, _) => &[Loss::Remove],
        (ChangeAction::Modify, Some(Replacement::True | Replacement::Conditional)) => {
            &[Loss::Replace]
        }
        // Nobody knows what becomes of it.
        (ChangeAction::Dynamic, _) => &[Loss::Replace, Loss::Remove],
        (ChangeAction::Modify, Some(Replacement::False) | None)
        | (ChangeAction::Add | ChangeAction::Import, _) => &[],
    }
}

/// Returns what of the changes of a stack instance, given as a position in a plan, is forbidden.
pub fn forbidden(
    (plan, at): (&Plan, usize),
    allow: &[Allowance],
    changes: &[ResourceChange],
) -> Vec<ForbiddenLoss> {
    let guard = KeepGuard::of(plan, at, allow);
    let instance = &plan.instances[at];
    let forbidden = changes.iter().filter_map(|change| {
        Some(ForbiddenLoss {
            id: instance.id.clone(),
            account_id: plan.accounts[instance.account].id.clone(),
            stack_name: instance.stack_name.clone(),
            action: guard.forbidden(change)?,
            resource: change.resource.clone(),
            resource_type: change.resource_type.clone(),
            physical_id: change.physical_id.clone(),
        })
    });
    forbidden.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPES: [&str; 3] = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::SQS::Queue"];

    fn any_change() -> impl Strategy<Value = ResourceChange> {
        let action = prop::sample::select(vec![
            ChangeAction::Add,
            ChangeAction::Modify,
            ChangeAction::Remove,
            ChangeAction::Import,
            ChangeAction::Dynamic,
        ]);
        let replacement = prop::sample::select(vec![
            None,
            Some(Replacement::False),
            Some(Replacement::Conditional),
            Some(Replacement::True),
        ]);
        let parts = (action, replacement, prop::sample::select(TYPES.to_vec()), any::<bool>());
        parts.prop_map(|(action, replacement, of_type, retained)| ResourceChange {
            replacement: replacement.filter(|_| action == ChangeAction::Modify),
            retained,
            ..ResourceChange::new(action, "R", of_type)
        })
    }

    fn any_patterns() -> impl Strategy<Value = Vec<TypePattern>> {
        let one =
            prop::sample::select(vec!["AWS::RDS::*", "AWS::RDS::DBInstance", "*", "AWS::S3::*"]);
        prop::collection::vec(one.prop_map(|text| text.parse().expect("a pattern")), 0..3)
    }

    fn any_allowances() -> impl Strategy<Value = Vec<Allowance>> {
        let loss = prop::sample::select(vec![Loss::Replace, Loss::Remove]);
        let one = (loss, any_patterns()).prop_map(|(loss, patterns)| {
            patterns.into_iter().map(move |of| Allowance { loss, of }).collect::<Vec<_>>()
        });
        prop::collection::vec(one, 0..3).prop_map(|all| all.concat())
    }

    proptest! {
        #[test]
        fn what_is_kept_is_neither_replaced_nor_removed_unless_that_very_loss_is_allowed(
            change in any_change(),
            keep in any_patterns(),
            allow in any_allowances(),
        ) {
            let guard = KeepGuard { keep: keep.clone(), allow: allow.clone() };
            let is_kept = keep.iter().any(|kept| kept.matches(&change.resource_type));
            let is_removed = change.action == ChangeAction::Remove && !change.retained;
            let is_replaced = change.replacement.is_some_and(|it| it != Replacement::False);
            let is_unknown = change.action == ChangeAction::Dynamic;
            let is_free = |loss| allow.iter().any(|it| it.allows(loss, &change.resource_type));
            let is_forbidden = is_kept
                && (((is_removed || is_unknown) && !is_free(Loss::Remove))
                    || ((is_replaced || is_unknown) && !is_free(Loss::Replace)));
            prop_assert_eq!(guard.forbidden(&change).is_some(), is_forbidden, "{:?}", change);
            // What holds no type back forbids nothing of it.
            prop_assert!(guard.holds(&change.resource_type) || !is_forbidden);
        }
    }
}
