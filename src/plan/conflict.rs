//! What may not stand twice: an environment's name, and a stack in an account and Region.

use std::collections::HashMap;

use super::compose::Candidate;
use super::fault_book::FaultBook;
use super::placements::Placements;
use crate::document::Fault;
use crate::environment::Environment;
use crate::name::{AccountId, EnvironmentName, Region, StackName};

/// Refuses two environments of one name: everything that is said of a run goes by it.
pub(super) fn refuse_namesakes(environments: &[Environment], faults: &mut FaultBook) {
    let mut first: HashMap<&EnvironmentName, &Environment> = HashMap::new();
    for environment in environments {
        let name = &environment.name.value;
        if let Some(other) = first.insert(name, environment) {
            let message = format!("two files are the environment `{name}`");
            faults.enter(
                Fault::at(&environment.name.place, message)
                    .with_help(format!("the other is {}", other.name.place)),
            );
        }
    }
}

/// Refuses two stack instances that would be one stack in CloudFormation.
pub(super) fn refuse_conflicts(
    placements: &Placements<'_>,
    candidates: &[(usize, Candidate<'_>)],
    faults: &mut FaultBook,
) {
    let mut first: HashMap<(&AccountId, &Region, &StackName), usize> = HashMap::new();
    for (at, candidate) in candidates {
        if candidate.instance.is_only_read() {
            continue;
        }
        let placement = &placements.all[*at];
        let target = &placements.targets[placement.target];
        let name = &candidate.instance.stack_name;
        let key = (target.id, placement.region, name);
        let Some(other) = first.insert(key, *at) else { continue };
        let stack = placement.stack;
        let place = stack.stack_name.as_ref().map_or(&stack.key.place, |text| &text.place);
        let message = format!(
            "{} and {} are the same stack",
            named(placements, other),
            named(placements, *at)
        );
        let (id, region) = (target.id, placement.region);
        let fault = Fault::at(place, message)
            .with_label(format!("`{name}` in {id} and {region}"))
            .with_help("give one of them another `stack-name`");
        faults.enter_for(target.name.as_str(), placement.target, fault);
    }
}

/// Returns how a placement is written where there may be several environments.
pub(super) fn named(placements: &Placements<'_>, at: usize) -> String {
    let shown = placements.shown(at);
    match placements.environments {
        [_] => format!("`{shown}`"),
        environments => {
            let of = &environments[placements.environment_of(&placements.all[at])].name.value;
            format!("`{shown}` of `{of}`")
        }
    }
}
