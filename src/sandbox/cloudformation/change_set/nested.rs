//! The change sets of nested stacks, drawn up with that of the stack above them, whose fate they share.
//!
//! Source: the CloudFormation user guide, "Change sets for nested stacks", and the API reference, `DeleteChangeSet`,
//! `ResourceChange`. How they are named, and what the change set above says of one that failed, is as users report it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::foresight::Foresight;
use super::model::{StoredChange, StoredChangeSet};
use crate::sandbox::call::QueryCall;
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::embedded::is_carried_out;
use crate::sandbox::cloudformation::finding::StoredFinding;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::SandboxAccount;
use crate::status::StackStatus;

/// The longest name of a change set.
const LONGEST: usize = 128;

/// A change set with what was found early, and those of the stacks that are nested in its stack.
pub struct DrawnUp {
    pub change_set: StoredChangeSet,
    pub found: Vec<StoredFinding>,
    /// Stacks that have a change set which belongs to this one.
    pub nested: Vec<StoredStack>,
}

/// The change sets of the stacks that are nested in one.
#[derive(Default)]
pub struct NestedChangeSets {
    /// The stacks at every depth, each with its change set.
    pub stacks: Vec<StoredStack>,
    /// Why the change set above cannot be executed.
    pub failure: Option<String>,
    /// The ARNs of the change sets right below, by the logical ids of their stacks.
    ids: BTreeMap<String, String>,
}

impl NestedChangeSets {
    /// Tells a change of the stack above its nested change set; returns whether anything changes.
    pub fn put_into(&self, change: &mut StoredChange) -> bool {
        change.nested = self.ids.get(&change.logical_id).cloned();
        change.nested.is_some() || self.failure.is_some() || !change.is_of_a_nested_stack_alone()
    }

    /// Takes in the change set of a nested stack, unless that does not change.
    pub fn add(&mut self, id: &str, mut stack: StoredStack, drawn: DrawnUp) {
        let DrawnUp { change_set, found, nested } = drawn;
        if change_set.has_no_changes() {
            return;
        }
        if change_set.failure.is_some() {
            self.failure.get_or_insert(format!(
                "Nested change set {} was not successfully created: Currently in FAILED.",
                change_set.id
            ));
        }
        self.ids.insert(id.to_owned(), change_set.id.clone());
        stack.findings.extend(found);
        stack.change_sets.insert(change_set.id.clone(), change_set);
        self.stacks.extend(nested);
        self.stacks.push(stack);
    }
}

/// Returns a resource as far as it is foreseen, if it is a nested stack.
pub fn resource(foresight: &Foresight<'_>, id: &str) -> Option<Resource> {
    let properties = match &foresight.stack.definition.template["Resources"][id]["Properties"] {
        Json::Null => json!({}),
        written => foresight.value(written),
    };
    let resource = Resource { properties, ..foresight.stack.resources.get(id)?.clone() };
    is_carried_out(&resource).then_some(resource)
}

/// A nested stack, or the one that will be it, with what a change set is to make of it.
pub struct ForeseenStack {
    pub stack: StoredStack,
    pub definition: Definition,
    /// What its change set is called.
    pub name: String,
}

/// Returns what is foreseen of a stack that is nested in another one, whose change set has a name.
///
/// # Errors
/// If its template or a value cannot be read.
pub fn foreseen(
    call: &mut QueryCall<'_>,
    (parent, id, resource): (&StoredStack, &str, &Resource),
    name: &str,
) -> Result<ForeseenStack, Refusal> {
    let now = call.now;
    let (stack, definition, letters) = call.with_engine(|engine| {
        let (stack, definition) = engine.nested_stack_foreseen(parent, id, resource, now)?;
        Ok::<_, Refusal>((stack, definition, engine.account.fresh_id(12)))
    })?;
    let stack = if stack.events.is_empty() { under_review(stack, now) } else { stack };
    let id: String = id.chars().take(80).collect();
    let name: String = name.chars().take(LONGEST - id.len() - letters.len() - 2).collect();
    Ok(ForeseenStack { stack, definition, name: format!("{name}-{id}-{letters}") })
}

fn under_review(mut stack: StoredStack, now: Timestamp) -> StoredStack {
    stack.turn(StackStatus::ReviewInProgress, Some("User Initiated".to_owned()), now);
    stack
}

/// Takes in that a change set is executed, and with it those of the stacks that are nested in its stack.
pub fn execute_with(account: &mut SandboxAccount, root: &str) {
    for stack in account.stacks.values_mut() {
        if !stack.change_sets.values().any(|change_set| change_set.is_of_root(root)) {
            continue;
        }
        stack.change_sets.retain(|_, change_set| change_set.is_of_root(root));
        for change_set in stack.change_sets.values_mut() {
            (change_set.is_executed, change_set.is_obsolete) = (true, false);
        }
    }
}

/// Forgets the change sets of the stacks that are nested in the stack of one.
pub fn forget_with(account: &mut SandboxAccount, root: &str) {
    for stack in account.stacks.values_mut() {
        stack.change_sets.retain(|_, change_set| !change_set.is_of_root(root));
    }
}

/// Checks that a change set may be executed or deleted by itself.
///
/// # Errors
/// If it belongs to another one, with which that is done.
pub fn check_is_root(change_set: &StoredChangeSet, done: &str) -> Result<(), Refusal> {
    let Some(above) = &change_set.above else { return Ok(()) };
    Err(Refusal::validation(format!(
        "ChangeSet [{}] belongs to a nested stack and is {done} with its root change set [{}]",
        change_set.id, above.root
    )))
}
