//! What a look at a stack that is followed shows.

use std::time::Duration;

use crate::cloud::stack::Stack;
use crate::cloud::watch::stack_event::StackEvent;
use crate::status::{ResourceStatus, StackStatus};

/// What one look at a stack shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// The stack's create or update before this one, told once.
    Precedent {
        /// How long it took.
        took: Duration,
    },
    /// The stack's own status is another.
    Stack {
        /// The stack's status, as CloudFormation tells it.
        status: StackStatus,
        /// The reason, where one is told.
        reason: Option<String>,
    },
    /// It has not been seen for a while.
    Unseen {
        /// The reason, where one is told.
        reason: String,
    },
    /// A resource took a step.
    Resource {
        /// Its name in the template.
        resource: String,
        /// Its type, such as `AWS::S3::Bucket`.
        resource_type: String,
        /// Where it stands.
        status: ResourceStatus,
        /// The reason, where one is told.
        reason: Option<String>,
    },
}

/// Where a stack stands after a look at it.
#[derive(Clone, Debug, PartialEq)]
pub enum StackState {
    /// It still moves: look again.
    Moving,
    /// It settled and stands as described.
    Settled(Box<Stack>),
    /// It is gone.
    Gone,
}

/// The stack's own events are told from its status instead, which is never behind.
pub(super) fn sighting(event: StackEvent) -> Option<Sighting> {
    let StackEvent { resource, resource_type, status, reason, is_stack, .. } = event;
    let status = ResourceStatus::from(status);
    (!is_stack).then_some(Sighting::Resource { resource, resource_type, status, reason })
}
