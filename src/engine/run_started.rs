//! The first event of a run: what it does, and the stack instances that are its own.

use std::collections::BTreeMap;

use super::settings::Run;
use crate::event::{AnnouncedInstance, EventKind, Operation, SCHEMA};
use crate::plan::Plan;

/// How much of a template's digest tells it from the other templates of a run.
const TEMPLATE_LENGTH: usize = 12;

/// Returns what a run begins with.
pub(super) fn started(plan: &Plan, run: &Run) -> EventKind {
    EventKind::RunStarted {
        schema: SCHEMA,
        run: run.id.clone(),
        operation: run.operation,
        environments: plan.environments.iter().map(|e| e.name.clone()).collect(),
        in_order: run.limits.in_order,
        run_request: run.asked.clone().map(Box::new),
        left_behind: run.left_behind.clone(),
        left_behind_unknown: run.left_behind_unknown.clone(),
        instances: announced(plan, run.operation),
    }
}

/// Returns what an operation tells of a plan's instances: those that are only read are not its own.
pub fn announced(plan: &Plan, operation: Operation) -> Vec<AnnouncedInstance> {
    let mut position = BTreeMap::new();
    let mut list = Vec::new();
    for (index, instance) in plan.instances.iter().enumerate() {
        if instance.is_only_read() {
            continue;
        }
        position.insert(index, list.len());
        let outside = instance.needs.iter().filter(|need| !position.contains_key(need));
        list.push(AnnouncedInstance {
            id: instance.id.clone(),
            account_id: plan.accounts[instance.account].id.clone(),
            stack_name: instance.stack_name.clone(),
            needs: instance.needs.iter().filter_map(|need| position.get(need).copied()).collect(),
            outside_needs: outside.map(|need| plan.place_of(&plan.instances[*need])).collect(),
            stack_id: instance.removed().and_then(|removed| removed.stack_id.clone()),
            resources: instance.template().resources.len(),
            template: instance.template().as_written().digest[..TEMPLATE_LENGTH].to_owned(),
            changes_iam: instance.template().may_change_iam(),
            // A look ahead takes all waves together.
            wave: plan
                .wave_of(instance)
                .filter(|_| operation != Operation::Plan)
                .map(|wave| wave + 1),
        });
    }
    list
}
