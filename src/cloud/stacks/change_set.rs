//! Change sets: what CloudFormation says an update would do; asked for and deleted.

use aws_sdk_cloudformation::operation::create_change_set::CreateChangeSetOutput;
use aws_sdk_cloudformation::types;

use super::client::{Stacks, accepted};
use super::request::{RequestParts, with_parts};
use crate::cloud::stack::Stack;
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limiter::MayGo;
use crate::event::Preview;
use crate::plan::DesiredStack;

const CREATE: &str = "cloudformation:CreateChangeSet";
const DELETE: &str = "cloudformation:DeleteChangeSet";

/// How a change set stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSet {
    /// CloudFormation still draws it up.
    Moving,
    /// This is what would change; of stacks whose outputs or tags alone change, nothing.
    Complete(Preview),
    /// Nothing would change at all.
    NothingToDo,
    /// It cannot be drawn up: why, in CloudFormation's words.
    Failed(String),
    /// There is none of that name, or somebody deletes it.
    Gone,
}

/// Whether what changes in nested stacks is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NestedStackChanges {
    /// Each nested stack that changes has a change set, deleted with the one above.
    Told,
    /// Of a nested stack it is told only that it may change.
    LeftOut,
}

/// A change set that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct NewChangeSet<'a> {
    /// Its name, and its token.
    pub name: &'a str,
    /// Whether it tells what changes in nested stacks.
    pub nested: NestedStackChanges,
}

/// What became of a DeleteChangeSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It is still being drawn up and cannot be deleted before.
    NotYet,
}

impl Stacks {
    /// Asks for the change set of an update of the stack found, and returns its ARN if AWS says it.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn create_change_set(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
        change_set: NewChangeSet<'_>,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Option<String>, CallError> {
        let NewChangeSet { name, nested } = change_set;
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired).keeping_others(desired, found);
        let call = self.client.create_change_set().stack_name(&found.name);
        let call = with_parts!(call, template, parts)
            .change_set_name(name)
            .client_token(name)
            .change_set_type(types::ChangeSetType::Update)
            .set_include_nested_stacks((nested == NestedStackChanges::Told).then_some(true))
            .set_deployment_config(parts.deployment_config)
            .description("made by xdeploy to tell what an update would do");
        let create = || call.clone().send();
        match self
            .prepare(CREATE, proof, may_go, create, |reply: CreateChangeSetOutput| Ok(reply.id))
            .await
        {
            // Ours: the reply that it was accepted got lost.
            Err(error) if error.has_code("AlreadyExistsException") => Ok(None),
            created => created,
        }
    }

    /// Deletes a change set; one that is not there is deleted already.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn delete_change_set(
        &self,
        stack: &str,
        name: &str,
        proof: &Proof,
    ) -> Result<Deleted, CallError> {
        let call = self.client.delete_change_set().stack_name(stack).change_set_name(name);
        let delete = || call.clone().send();
        match self.prepare(DELETE, proof, &|| true, delete, accepted).await {
            Ok(()) => Ok(Deleted::Gone),
            Err(error) if error.has_code("ChangeSetNotFound") => Ok(Deleted::Gone),
            Err(error) if error.has_code("InvalidChangeSetStatus") => Ok(Deleted::NotYet),
            Err(error) => Err(error),
        }
    }
}
