//! Looks at stacks that are about to be deleted, before any is: what they hold of the types that the files keep.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt};

use super::guard::{KeepGuard, forbidden};
use super::held::{Holding, held};
use crate::cloud::CallError;
use crate::event::{Allowance, ChangeAction, ForbiddenLoss, InstanceEnd, ResourceChange};
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::sessions::Sessions;

/// How many stacks are looked at together.
const LOOKS_AT_ONCE: usize = 64;

/// What was found of the types that the files keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLosses {
    /// What is forbidden, in the plan's order.
    pub forbidden: Vec<ForbiddenLoss>,
    /// What allowed something.
    pub used: BTreeSet<Allowance>,
}

impl FoundLosses {
    /// Returns what was found by looking ahead at the stack instances of a plan, which ended so.
    pub fn ahead<'e>(
        plan: &Plan,
        allow: &[Allowance],
        ends: impl IntoIterator<Item = &'e InstanceEnd>,
    ) -> Self {
        let ids = plan.instances.iter().enumerate();
        let positions: BTreeMap<&InstanceId, usize> = ids.map(|(at, it)| (&it.id, at)).collect();
        let mut found = Self::default();
        for end in ends {
            let at = positions.get(&end.instance);
            if let (Some(at), Some(preview)) = (at, &end.preview) {
                found.take((plan, *at), allow, &preview.changes);
            }
        }
        found
    }

    /// Takes in the changes of a stack instance, given as a position in a plan.
    pub fn take(
        &mut self,
        (plan, at): (&Plan, usize),
        allow: &[Allowance],
        changes: &[ResourceChange],
    ) {
        let guard = KeepGuard::of(plan, at, allow);
        for change in changes {
            let of_type = &change.resource_type;
            let losses = guard.losses(change).iter();
            self.used.extend(losses.filter_map(|loss| guard.allowing(*loss, of_type)).cloned());
        }
        self.forbidden.extend(forbidden((plan, at), allow, changes));
    }
}

/// Looks at the stacks of stack instances that are deleted, given as positions in a plan, and by their ARNs where these are
/// known. What cannot be looked at is looked at again in its turn.
pub async fn find_deletions(
    plan: &Plan,
    sessions: &Sessions,
    deleted: Vec<(usize, Option<String>)>,
    allow: &[Allowance],
) -> FoundLosses {
    let deleted = deleted.into_iter().filter(|(at, _)| !KeepGuard::of(plan, *at, &[]).is_idle());
    let changes: Vec<(usize, Vec<ResourceChange>)> = stream::iter(deleted)
        .map(async |(at, stack_id)| (at, look(plan, sessions, (at, stack_id)).await))
        .buffered(LOOKS_AT_ONCE)
        .collect()
        .await;
    let mut found = FoundLosses::default();
    changes.iter().for_each(|(at, changes)| found.take((plan, *at), allow, changes));
    found
}

async fn look(
    plan: &Plan,
    sessions: &Sessions,
    (at, stack_id): (usize, Option<String>),
) -> Vec<ResourceChange> {
    let instance = &plan.instances[at];
    let Ok(session) = sessions.enter(instance.account).await.session else { return Vec::new() };
    let stacks = sessions.stacks(session, instance.account, &instance.id.region);
    let guard = KeepGuard::of(plan, at, &[]);
    let counts = |of_type: &str| guard.keeps(of_type);
    let holding = Holding { counts: &counts, action: ChangeAction::Remove };
    let looking = async {
        let stack_id = match stack_id {
            Some(stack_id) => Some(stack_id),
            None => stacks.find(instance.stack_name.as_str()).await?.map(|found| found.id),
        };
        match stack_id {
            Some(stack_id) => held(&stacks, ("", &stack_id), holding).await,
            None => Ok(Vec::new()),
        }
    };
    looking.await.unwrap_or_else(|error: CallError| {
        if !error.is_no_such_stack() {
            tracing::warn!(instance = %instance.id, %error, "it is looked at again in its turn");
        }
        Vec::new()
    })
}
