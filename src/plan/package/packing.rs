//! Plans whose local paths are looked at or packed.

use std::collections::BTreeMap;

use super::contents::Contents;
use super::located::LocatedTemplates;
use crate::document::Faults;
use crate::package::Boundary;
use crate::plan::desired_stack::DesiredStack;
use crate::plan::model::{Plan, Purpose};
use crate::plan::value::PlannedValue;

/// Checks what the local paths of a plan's templates lead to, as far as that shows without reading all of it;
/// nothing may lead out of `boundary`.
///
/// # Errors
/// With all that cannot be packed, and all that is wrong with the templates of nested stacks.
pub fn check_local_paths(plan: Plan, boundary: &Boundary) -> Result<Plan, Faults> {
    let mut contents = Contents::checked(boundary);
    for (stack, desired) in deployed(&plan) {
        contents.of(stack, desired);
    }
    contents.into_doubts(plan)
}

/// Packs what the local paths of a plan's templates lead to, and returns the plan that uploads it; `on_packed` hears
/// of each. Nothing may lead out of `boundary`.
///
/// # Errors
/// As [`check_local_paths`], and with what cannot be read or kept.
pub fn package(plan: Plan, boundary: &Boundary, on_packed: &dyn Fn()) -> Result<Plan, Faults> {
    let mut contents = Contents::packed(boundary, on_packed);
    let mut located = LocatedTemplates::default();
    let mut instances = Vec::with_capacity(plan.instances.len());
    for instance in &plan.instances {
        let found = match &instance.purpose {
            Purpose::Deploy(desired) if desired.artifacts.is_some() => {
                contents.of(instance.id.stack.as_str(), desired)
            }
            Purpose::Deploy(_) | Purpose::Read(_) | Purpose::Remove(_) => None,
        };
        let mut instance = instance.clone();
        if let (Some(found), Purpose::Deploy(desired)) = (found, &mut instance.purpose)
            && let Some(bucket) = &desired.artifacts
        {
            let located = located.of(&found, &bucket.name, &instance.id.region);
            desired.template = located.template.clone();
            desired.uploads = located.uploads.clone();
        }
        instances.push(instance);
    }
    contents.into_doubts(Plan { instances, ..plan })
}

/// Returns how many local paths the templates of a plan have, those of nested templates aside.
pub fn local_paths(plan: &Plan) -> usize {
    let templates: BTreeMap<_, _> = deployed(plan)
        .map(|(_, desired)| (&desired.template.file.path, &desired.template))
        .collect();
    templates.values().map(|template| template.local_paths.len()).sum()
}

/// Returns the stacks that are deployed with local paths, with their keys.
fn deployed(plan: &Plan) -> impl Iterator<Item = (&str, &DesiredStack<PlannedValue>)> {
    plan.instances.iter().filter_map(|instance| {
        let desired = instance.desired().filter(|desired| desired.artifacts.is_some())?;
        Some((instance.id.stack.as_str(), desired))
    })
}
