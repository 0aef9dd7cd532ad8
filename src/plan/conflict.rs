//! What may not stand twice: an environment's name, and a stack in an account and Region.

use std::collections::HashMap;

use super::compose::Draft;
use super::fault_book::FaultBook;
use super::ground::Ground;
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
    ground: &Ground<'_>,
    drafts: &[(usize, Draft<'_>)],
    faults: &mut FaultBook,
) {
    let mut first: HashMap<(&AccountId, &Region, &StackName), usize> = HashMap::new();
    for (at, draft) in drafts {
        if draft.instance.is_only_read() {
            continue;
        }
        let placement = &ground.placements[*at];
        let target = &ground.targets[placement.target];
        let name = &draft.instance.stack_name;
        let key = (target.id, placement.region, name);
        let Some(other) = first.insert(key, *at) else { continue };
        let stack = placement.stack;
        let place = stack.stack_name.as_ref().map_or(&stack.key.place, |text| &text.place);
        let message =
            format!("{} and {} are the same stack", named(ground, other), named(ground, *at));
        let (id, region) = (target.id, placement.region);
        let fault = Fault::at(place, message)
            .with_label(format!("`{name}` in {id} and {region}"))
            .with_help("give one of them another `stack-name`");
        faults.enter_for(target.name.as_str(), placement.target, fault);
    }
}

/// Returns how a placement is written where there may be several environments.
fn named(ground: &Ground<'_>, at: usize) -> String {
    let shown = ground.shown(at);
    match ground.environments {
        [_] => format!("`{shown}`"),
        environments => {
            let of = &environments[ground.environment_of(&ground.placements[at])].name.value;
            format!("`{shown}` of `{of}`")
        }
    }
}
