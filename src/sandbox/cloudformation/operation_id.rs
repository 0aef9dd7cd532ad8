//! The ids of operations on stacks: each is one, an automatic rollback too, and drawing up a change set.
//!
//! They are made of what is known of an operation, so that none has to be kept.

use sha2::{Digest, Sha256};

use super::stack::StoredStack;
use super::stack_event::Event;

/// The statuses with which an operation begins, and what that is called.
const BEGINNINGS: [(&str, &str); 6] = [
    ("CREATE_IN_PROGRESS", "CREATE_STACK"),
    ("REVIEW_IN_PROGRESS", "CREATE_CHANGESET"),
    ("UPDATE_IN_PROGRESS", "UPDATE_STACK"),
    ("DELETE_IN_PROGRESS", "DELETE_STACK"),
    ("ROLLBACK_IN_PROGRESS", "ROLLBACK"),
    ("UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK"),
];

/// An event of a stack, with the operation that it belongs to.
pub struct NumberedEvent<'a> {
    pub event: &'a Event,
    /// The operation's id.
    pub operation: String,
    /// The operation's type, as AWS names it.
    pub operation_type: &'static str,
}

/// Returns the events of a stack, oldest first, each with its operation.
pub fn numbered(stack: &StoredStack) -> Vec<NumberedEvent<'_>> {
    let (mut number, mut operation_type) = (0_usize, "CREATE_STACK");
    let mut operation = of(stack, number);
    let events = stack.events.iter().map(|event| {
        let begins = BEGINNINGS.iter().find(|(status, _)| *status == event.status);
        if let Some((_, begun)) = begins.filter(|_| event.physical_id == stack.id) {
            number += 1;
            operation_type = begun;
            operation = of(stack, number);
        }
        NumberedEvent { event, operation: operation.clone(), operation_type }
    });
    events.collect()
}

/// Returns the id of the operation that a stack began last.
pub fn latest(stack: &StoredStack) -> String {
    numbered(stack).pop().map_or_else(|| of(stack, 0), |last| last.operation)
}

/// Returns the id of the operation that draws up a change set.
pub fn of_change_set(change_set: &str) -> String {
    uuid_of(change_set)
}

fn of(stack: &StoredStack, number: usize) -> String {
    uuid_of(&format!("{}#{number}", stack.id))
}

/// Returns the UUID that stands for a text.
pub fn uuid_of(text: &str) -> String {
    let digest = Sha256::digest(text);
    let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
