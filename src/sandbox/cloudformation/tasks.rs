//! The tasks of an operation: what is to be done for which resource, in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::operation::{Task, TaskWork};
use super::stack::StoredStack;

/// Returns the resources of a stack that stand.
pub fn standing(stack: &StoredStack) -> BTreeSet<String> {
    stack.resources.keys().filter(|id| stack.standing(id).is_some()).cloned().collect()
}

/// Returns the tasks that end the resources in `leaving`, each after those that need it.
pub fn removals(stack: &StoredStack, leaving: &BTreeSet<String>) -> BTreeMap<String, Task> {
    let needs = |id: &String| {
        let resource = stack.replaced.get(id).or_else(|| stack.resources.get(id));
        resource.map(|resource| resource.needs.clone()).unwrap_or_default()
    };
    let mut tasks: BTreeMap<String, Task> = leaving
        .iter()
        .map(|id| (id.clone(), Task::new(TaskWork::Remove, BTreeSet::new())))
        .collect();
    for id in leaving {
        for need in needs(id) {
            if let Some(task) = tasks.get_mut(&need) {
                task.after.insert(id.clone());
            }
        }
    }
    tasks
}

/// Returns the tasks that make what the template wants.
pub fn provisioning(wanted: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, Task> {
    wanted.into_iter().map(|(id, after)| (id, Task::new(TaskWork::Provision, after))).collect()
}
