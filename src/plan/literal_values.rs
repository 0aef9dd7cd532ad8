//! What can be said of values that are written out in full, and of an order that stacks name, in an environment of
//! which something cannot be read: who mends one fault learns of the others.

use std::collections::BTreeMap;

use super::artifacts::bucket_objection;
use super::desired_stack::StackField;
use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::files::Files;
use super::package::local_path_faults;
use super::parts_of_stacks::PartsOfStacks;
use super::stack_check::CheckedStack;
use super::{order, regions, stack_check};
use crate::document::Fault;
use crate::environment::{AssumeRole, Environment, Piece, StackSpec, Text};
use crate::name::{Name, RoleArn, SessionName, StackName};

/// Returns what is wrong with what `environments` say out in full, and with the files that they name, whatever else
/// is wrong with these: for those that cannot be resolved. `variables` is the process's environment.
pub fn faults_in_parts(environments: &[Environment], variables: &EnvVariables<'_>) -> Vec<Fault> {
    let mut faults = FaultBook::default();
    regions::refuse_unknown(environments, variables, &mut faults);
    let mut files = Files::within(None);
    for environment in environments {
        let of_stack = |stack: &'_ StackSpec| {
            stack_check::check_files(environment, stack, &mut files, &mut faults)
        };
        let checked: Vec<Option<CheckedStack>> = environment.stacks.iter().map(of_stack).collect();
        let keys = environment.stacks.iter().map(|stack| stack.key.value.as_str());
        let stacks = keys.zip(&checked).filter_map(|(key, checked)| Some((key, checked.as_ref()?)));
        local_path_faults(stacks).into_iter().for_each(|fault| faults.enter(fault));
        check(environment, &mut files, &mut faults);
        let (files, faults) = (&mut files, &mut faults);
        PartsOfStacks { environment, files, variables, faults }.check();
    }
    faults.into_faults().0
}

/// Checks an environment of which something is missing.
fn check(environment: &Environment, files: &mut Files, faults: &mut FaultBook) {
    let of_accounts = environment.accounts.iter().map(|account| &account.assume_role);
    let of_groups = environment.groups.iter().map(|group| &group.assume_role);
    for assume_role in of_accounts.chain(of_groups).chain([&environment.assume_role]) {
        check_entry(assume_role, files, faults);
    }
    if let Some(artifacts) = &environment.artifacts {
        check_text(&artifacts.bucket, bucket_objection, faults);
    }
    for stack in &environment.stacks {
        check_stack(environment, stack, faults);
    }
    check_circle(environment, faults);
}

fn check_entry(assume_role: &AssumeRole, files: &mut Files, faults: &mut FaultBook) {
    for text in assume_role.via.iter().flatten() {
        check_text(text, not_a::<RoleArn>, faults);
    }
    if let Some(name) = &assume_role.session_name {
        check_text(name, not_a::<SessionName>, faults);
    }
    if let Some(policy) = &assume_role.session_policy
        && let Err(fault) = files.session_policy(&policy.value, &policy.place)
    {
        faults.enter(fault);
    }
}

fn check_stack(environment: &Environment, stack: &StackSpec, faults: &mut FaultBook) {
    if let Some(name) = &stack.stack_name {
        check_text(name, not_a::<StackName>, faults);
    }
    let of_file = environment.tags.iter().flatten().map(|(key, text)| (key.as_str(), text));
    let tags = of_file.chain(stack.all_tags());
    let settings = &stack.settings;
    let fields = tags
        .map(|(key, text)| (StackField::Tag(key), text))
        .chain(settings.service_role.iter().map(|text| (StackField::ServiceRole, text)))
        .chain(
            settings
                .notification_arns
                .iter()
                .flatten()
                .map(|text| (StackField::NotificationArn, text)),
        )
        .chain(
            settings.rollback_alarms.iter().flatten().map(|text| (StackField::RollbackAlarm, text)),
        );
    for (field, text) in fields {
        let objection = |value: &str| Some(format!("{field} {}", field.objection(value)?));
        check_text(text, objection, faults);
    }
}

/// Refuses stacks that stand everywhere and name each other in a circle: where the others stand is not known.
fn check_circle(environment: &Environment, faults: &mut FaultBook) {
    let stacks: Vec<&StackSpec> = environment
        .stacks
        .iter()
        .filter(|stack| stack.accounts.is_none() && stack.regions.is_none())
        .collect();
    let position_of: BTreeMap<&str, usize> =
        stacks.iter().enumerate().map(|(at, stack)| (stack.key.value.as_str(), at)).collect();
    let need = |name: &str| position_of.get(name).copied();
    let needs: Vec<Vec<usize>> = stacks
        .iter()
        .map(|stack| stack.depends_on.iter().filter_map(|it| need(it.value.as_str())).collect())
        .collect();
    let Err(cycle) = order::sort(&needs) else { return };
    let names = cycle.iter().chain(&cycle[..1]).map(|&at| stacks[at].key.value.as_str());
    let path = names.collect::<Vec<_>>().join(" -> ");
    let next = stacks[cycle[1 % cycle.len()]].key.value.as_str();
    let first = stacks[cycle[0]].depends_on.iter().find(|it| it.value.as_str() == next);
    let place = &first.expect("a cycle is made of needs").place;
    let fault = Fault::at(place, format!("stacks need each other: {path}"));
    faults.enter(fault.with_label("part of the cycle"));
}

/// Checks a text in which no reference stands.
fn check_text(text: &Text, objection: impl Fn(&str) -> Option<String>, faults: &mut FaultBook) {
    if let [Piece::Literal(value)] = &text.pieces[..]
        && let Some(message) = objection(value)
    {
        faults.enter(Fault::at(&text.place, message));
    }
}

/// Says why a text is no name of a kind, if it is none.
fn not_a<N: Name>(text: &str) -> Option<String>
where
    N::Err: std::fmt::Display,
{
    text.parse::<N>().err().map(|error| error.to_string())
}
