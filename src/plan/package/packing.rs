//! Plans whose local paths are looked at or packed.

use std::collections::BTreeMap;

use super::contents::Contents;
use super::located::LocatedTemplates;
use crate::document::{Fault, Faults};
use crate::package::Boundary;
use crate::plan::desired_stack::DesiredStack;
use crate::plan::model::{Plan, Purpose};
use crate::plan::stack_check::CheckedStack;
use crate::plan::value::PlannedValue;

/// Checks what the local paths of a plan's templates lead to, as far as that shows without reading all of it;
/// nothing may lead out of `boundary`.
///
/// # Errors
/// With all that cannot be packed, and all that is wrong with the templates of nested stacks.
pub fn check_local_paths(plan: Plan, boundary: &Boundary) -> Result<Plan, Faults> {
    let mut contents = Contents::checked(boundary);
    for (stack, desired) in deployed(&plan) {
        contents.of(stack, &desired.template, &desired.capabilities);
    }
    contents.into_doubts(plan)
}

/// Returns what is wrong with what the local paths of stacks' templates lead to: for files of which something else is
/// wrong as well. Each is given with its key and the capabilities that it names.
pub(in crate::plan) fn local_path_faults<'s>(
    stacks: impl IntoIterator<Item = (&'s str, &'s CheckedStack)>,
) -> Vec<Fault> {
    let boundary = Boundary::default();
    let mut contents = Contents::checked(&boundary);
    for (stack, CheckedStack { template, capabilities, .. }) in stacks {
        contents.of(stack, template, capabilities);
    }
    contents.into_faults()
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
                let (template, capabilities) = (&desired.template, &desired.capabilities);
                contents.of(instance.id.stack.as_str(), template, capabilities)
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
