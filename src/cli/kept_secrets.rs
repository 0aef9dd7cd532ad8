//! Values of secret parameters of a plan that was kept without them: read anew from the variables that they stand in, or
//! from files that are as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::asked_files::selected;
use super::error::CommandError;
use super::load::{read, variable};
use super::unresumable::unusable;
use crate::engine::PastStart;
use crate::event::RunRequest;
use crate::foreign;
use crate::name::StackKey;
use crate::plan::{self, ParameterOf, Plan, PlannedValue, Purpose, SecretSource};

/// A parameter of which no value is found, and where it stood.
type Lost = BTreeSet<(StackKey, String, SecretSource)>;

/// Reads the values of the secret parameters of a plan.
///
/// # Errors
/// With all that stand nowhere any more.
pub fn read_secrets(
    plan: &mut Plan,
    (start, asked): (&PastStart, &RunRequest),
) -> Result<(), CommandError> {
    let left = read_those(plan, &BTreeMap::new());
    if left.is_empty() {
        return Ok(());
    }
    let files = selected(asked).files.into_iter();
    let environments: Vec<_> =
        files.filter_map(|file| read(&[file], &asked.listings).ok()).flatten().collect();
    let wanted: BTreeSet<ParameterOf> = left.into_keys().collect();
    let at_hand = plan::secrets_at_hand(&environments, &plan.environments, &wanted, &variable);
    let left = read_those(plan, &at_hand);
    if left.is_empty() {
        return Ok(());
    }
    let lost = left.into_iter().map(|((id, name), source)| (id.stack, name, source));
    Err(nowhere(&lost.collect(), start))
}

/// Reads the values as far as they are there; returns where each of the others stood.
fn read_those(
    plan: &mut Plan,
    at_hand: &BTreeMap<ParameterOf, PlannedValue>,
) -> BTreeMap<ParameterOf, SecretSource> {
    let mut left = BTreeMap::new();
    for instance in &mut plan.instances {
        let Purpose::Deploy(desired) = &mut instance.purpose else { continue };
        for parameter in desired.parameters.iter_mut().filter(|parameter| parameter.is_secret) {
            let of = (instance.id.clone(), parameter.name.clone());
            if let Err(source) = parameter.value.read_anew(&variable, at_hand.get(&of)) {
                left.insert(of, source);
            }
        }
    }
    left
}

/// Returns why a run cannot be resumed whose secrets stand nowhere any more.
fn nowhere(lost: &Lost, start: &PastStart) -> CommandError {
    let (mut told, mut helps) = (Vec::new(), BTreeSet::new());
    for (stack, name, source) in lost {
        let name = foreign::one_line(name);
        let (text, help) = match source {
            SecretSource::Env { name: variable, default_in: None } => {
                let variable = foreign::one_line(variable);
                let text = format!(
                    "the environment variable {variable} is not set, from which the value of parameter {name} of stack \
                     {stack} is read"
                );
                (text, format!("set {variable}"))
            }
            SecretSource::Env { name: variable, default_in: Some(file) } => {
                let (variable, file) = (foreign::one_line(variable), foreign::path(file));
                let text = format!(
                    "the environment variable {variable} is not set, and the default for the value of parameter \
                     {name} of stack {stack} stands only in {file}, which is not here as it was"
                );
                (text, format!("set {variable} or bring {file} back"))
            }
            SecretSource::File(file) => {
                let file = foreign::path(file);
                let text = format!(
                    "the value of parameter {name} of stack {stack} stands only in {file}, which is not here as it was"
                );
                (text, format!("bring {file} back"))
            }
        };
        told.push(text);
        helps.insert(help);
    }
    let helps: Vec<String> = helps.into_iter().collect();
    let run = &start.run;
    unusable(
        &told.join("; "),
        &format!(
            "{}, as it was when run {run} began; or `xdeploy apply` takes the stacks as they are",
            helps.join("; ")
        ),
    )
}
