//! One stack instance: the drift of its stack and of those nested in it, each detected by itself, as a detection does not go
//! into nested stacks.
//!
//! Source: the API reference of `DetectStackDrift`.

use std::collections::BTreeSet;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};

use super::one_stack::{Checked, NESTED, check};
use super::withheld::without_secrets;
use crate::cloud::{CallError, Stack, Stacks, StandingResource};
use crate::engine::deployed_secrets::DeployedSecrets;
use crate::engine::secrets::SecretValues;
use crate::event::{DriftedKind, DriftedResource, DriftedStack, InstanceDrift};

/// A stack, where it stands among those of a stack instance, and what was found of it.
struct Looked {
    /// The names of the nested stacks that lead to it, each with a slash behind; empty for the stack itself.
    path: String,
    /// The resource that it is in the stack above, if it is a nested one.
    nested: Option<StandingResource>,
    /// Whether the stack above gives it a secret: its own template does not tell where that goes.
    has_hidden: bool,
    found: Result<Option<(Stack, Checked)>, CallError>,
}

/// Looks for the drift of the stack of a name, and of those nested in it.
///
/// # Errors
/// When the stack itself cannot be looked at.
pub(super) async fn drift_of(
    stacks: &Stacks,
    name: &str,
    secrets: &SecretValues,
) -> Result<InstanceDrift, CallError> {
    let Some(stack) = stacks.find(name).await? else { return Ok(InstanceDrift::default()) };
    let mut drift = InstanceDrift {
        stack: Some(DriftedStack { id: stack.id.clone(), status: stack.status.clone() }),
        ..InstanceDrift::default()
    };
    let mut seen = BTreeSet::from([stack.id.clone()]);
    let mut looking: FuturesUnordered<BoxFuture<'_, Looked>> = FuturesUnordered::new();
    looking.push(look_at(stacks, stack).boxed());
    while let Some(Looked { path, nested, has_hidden, found }) = looking.next().await {
        match (found, nested) {
            (Err(error), None) => return Err(error),
            // Deleted since it was found.
            (Ok(None), None) => return Ok(InstanceDrift::default()),
            (Err(error), Some(_)) => drift.unchecked.push(format!("{}: {error}", named(&path))),
            (Ok(None), Some(it)) => take_gone(&mut drift, &path, it),
            (Ok(Some((stack, checked))), _) => match checked {
                Checked::NotPossible => drift.unchecked.push(not_possible(&path, &stack)),
                Checked::TookTooLong => drift.unchecked.push(took_too_long(&path)),
                Checked::Found { resources, nested, unnamed } => {
                    drift.unchecked.extend(unnamed.map(|why| format!("{}: {why}", named(&path))));
                    let deployed = match (has_hidden, resources.is_empty() && nested.is_empty()) {
                        (true, _) => DeployedSecrets::Any,
                        (false, true) => DeployedSecrets::None,
                        (false, false) => DeployedSecrets::read(stacks, &stack).await,
                    };
                    take(&mut drift, &path, without_secrets(resources, secrets, &deployed));
                    for below in nested {
                        let arn = below.physical_id.clone().unwrap_or_default();
                        if seen.insert(arn) {
                            let has_hidden = deployed.are_given_to(&below.name);
                            let path = format!("{path}{}/", below.name);
                            looking.push(look_below(stacks, path, below, has_hidden).boxed());
                        }
                    }
                }
            },
        }
    }
    drift.unchecked = drift.unchecked.into_iter().map(|it| secrets.shown_sentence(it)).collect();
    drift.unchecked.sort();
    drift.resources.sort();
    Ok(drift)
}

async fn look_at(stacks: &Stacks, stack: Stack) -> Looked {
    let found = checked(stacks, stack).await;
    Looked { path: String::new(), nested: None, has_hidden: false, found }
}

async fn look_below(
    stacks: &Stacks,
    path: String,
    below: StandingResource,
    has_hidden: bool,
) -> Looked {
    let arn = below.physical_id.as_deref().unwrap_or_default();
    let found = match stacks.describe(arn).await {
        Ok(Some(stack)) => checked(stacks, stack).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    Looked { path, nested: Some(below), has_hidden, found }
}

async fn checked(stacks: &Stacks, stack: Stack) -> Result<Option<(Stack, Checked)>, CallError> {
    match check(stacks, &stack.id).await {
        Ok(checked) => Ok(Some((stack, checked))),
        Err(error) if error.is_no_such_stack() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes in what was found of a stack.
fn take(drift: &mut InstanceDrift, path: &str, resources: Vec<DriftedResource>) {
    let placed = resources.into_iter().map(|it| {
        let resource = format!("{path}{}", it.resource);
        DriftedResource { resource, ..it }
    });
    drift.resources.extend(placed);
}

/// Takes in that a nested stack is gone, unless the stack above tells that as well.
fn take_gone(drift: &mut InstanceDrift, path: &str, nested: StandingResource) {
    let resource = named(path).to_owned();
    let is_told = |it: &DriftedResource| it.resource == resource && it.has_drifted();
    if drift.resources.iter().any(is_told) {
        return;
    }
    drift.resources.push(DriftedResource {
        resource,
        resource_type: NESTED.to_owned(),
        physical_id: nested.physical_id,
        kind: DriftedKind::Deleted,
        properties: Vec::new(),
        reason: None,
    });
}

fn not_possible(path: &str, stack: &Stack) -> String {
    format!("{} stands in {}, in which CloudFormation detects no drift", named(path), stack.status)
}

fn took_too_long(path: &str) -> String {
    format!("{}: CloudFormation did not end the detection in 45 minutes", named(path))
}

/// Returns how a stack is called: as the resource that it is in the one above, or else as the stack.
fn named(path: &str) -> &str {
    if path.is_empty() { "the stack" } else { path.trim_end_matches('/') }
}
