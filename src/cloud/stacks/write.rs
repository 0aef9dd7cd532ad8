//! Calls that change a stack. Each demands its intent and the proof of its account, and waits for its
//! time; `may_go` is asked right before it is sent.

use aws_sdk_cloudformation::operation::create_stack::CreateStackOutput;
use aws_sdk_cloudformation::operation::update_stack::UpdateStackOutput;
use aws_sdk_cloudformation::operation::update_stack::builders::UpdateStackFluentBuilder;

use super::client::{Change, Stacks, accepted};
use super::intent::Intent;
use super::request::{RequestParts, previous, with_parts};
use crate::cloud::stack::Stack;
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limiter::MayGo;
use crate::event::PriorStack;
use crate::plan::DesiredStack;

const UPDATE: &str = "cloudformation:UpdateStack";

/// What an answer to a create or an update must not lack.
const NO_STACK_ID: &str = "the reply names no stack";

/// What became of an UpdateStack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// It was accepted.
    Accepted,
    /// The stack is already as asked for.
    NothingToDo,
}

/// What became of a CancelUpdateStack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The stack goes back.
    Accepted,
    /// Its update is past the point where it could go back, or over.
    TooLate,
}

impl Stacks {
    /// Creates a stack and returns its ARN.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn create(
        &self,
        name: &str,
        desired: &DesiredStack<String>,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<String, CallError> {
        let operation = "cloudformation:CreateStack";
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired).of_new_stack();
        let call = with_parts!(self.client.create_stack().stack_name(name), template, parts)
            .set_enable_termination_protection(parts.termination_protection)
            .set_stack_policy_body(parts.stack_policy)
            .set_timeout_in_minutes(parts.timeout_minutes)
            .on_failure(parts.on_create_failure)
            .set_deployment_config(parts.deployment_config)
            .client_request_token(intent.token());
        let read = |reply: CreateStackOutput| {
            let id = reply.stack_id.ok_or_else(|| CallError::unreadable(operation, NO_STACK_ID))?;
            match is_of_stack(&id, name) {
                true => Ok(id),
                false => {
                    let text = format!("the reply names {id}, and {name} was asked");
                    Err(CallError::unreadable(operation, text))
                }
            }
        };
        let change = Change { operation, intent, proof, may_go };
        self.change(change, || call.clone().send(), read).await
    }

    /// Updates the stack found.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn update(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired).keeping_others(desired, found);
        let call = with_parts!(self.client.update_stack().stack_name(&found.name), template, parts)
            .set_stack_policy_body(parts.stack_policy)
            .set_deployment_config(parts.deployment_config)
            .set_disable_rollback(found.status.is_left_as_it_failed().then_some(true))
            .client_request_token(intent.token());
        self.send_update(&call, Change { operation: UPDATE, intent, proof, may_go }).await
    }

    /// Updates a stack to how it stood before: what it had not is taken away, and what AWS does not
    /// show of it stays as it is.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn restore(
        &self,
        desired: &DesiredStack<String>,
        before: &PriorStack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(desired, proof).await?;
        let mut parts = RequestParts::of(desired);
        let masked = before.parameters.iter().filter(|(name, value)| {
            value.is_none() && desired.template.parameters.contains_key(*name)
        });
        parts.parameters.extend(masked.map(|(name, _)| previous(name)));
        let call = self.client.update_stack().stack_name(&before.stack_id);
        let call = with_parts!(call, template, parts).client_request_token(intent.token());
        self.send_update(&call, Change { operation: UPDATE, intent, proof, may_go }).await
    }

    async fn send_update(
        &self,
        call: &UpdateStackFluentBuilder,
        change: Change<'_>,
    ) -> Result<Updated, CallError> {
        let read = |reply: UpdateStackOutput| match reply.stack_id {
            Some(_) => Ok(Updated::Accepted),
            None => Err(CallError::unreadable(UPDATE, NO_STACK_ID)),
        };
        match self.change(change, || call.clone().send(), read).await {
            // The API says so as an error.
            Err(error) if error.is_nothing_to_do() => Ok(Updated::NothingToDo),
            updated => updated,
        }
    }

    /// Deletes the stack found, with the service role it was last given.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn delete(
        &self,
        found: &Stack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.delete_stack().stack_name(&found.id);
        let call = call.client_request_token(intent.token());
        let change = Change { operation: "cloudformation:DeleteStack", intent, proof, may_go };
        self.change(change, || call.clone().send(), accepted).await
    }

    /// Rolls back what an update left that failed without rollback, with the service role it was last given.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn roll_back(
        &self,
        found: &Stack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.rollback_stack().stack_name(&found.id);
        let call = call.client_request_token(intent.token());
        let change = Change { operation: "cloudformation:RollbackStack", intent, proof, may_go };
        self.change(change, || call.clone().send(), accepted).await
    }

    /// Continues a rollback of an update that got stuck, with the service role it was last given.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn continue_rollback(
        &self,
        found: &Stack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.continue_update_rollback().stack_name(&found.id);
        let call = call.client_request_token(intent.token());
        let operation = "cloudformation:ContinueUpdateRollback";
        let change = Change { operation, intent, proof, may_go };
        self.change(change, || call.clone().send(), accepted).await
    }

    /// Cancels the update of a stack, which goes back to how it stood before.
    ///
    /// # Errors
    /// When AWS refuses for another cause than that it is too late, or does not answer.
    pub async fn cancel_update(
        &self,
        stack_id: &str,
        intent: &Intent,
        proof: &Proof,
    ) -> Result<Cancelled, CallError> {
        let call = self.client.cancel_update_stack().stack_name(stack_id);
        let call = call.client_request_token(intent.token());
        let operation = "cloudformation:CancelUpdateStack";
        let change = Change { operation, intent, proof, may_go: &|| true };
        match self.change(change, || call.clone().send(), accepted).await {
            Ok(()) => Ok(Cancelled::Accepted),
            Err(error) if error.is_too_late_to_cancel() => Ok(Cancelled::TooLate),
            Err(error) => Err(error),
        }
    }

    /// Protects a stack from deletion, or no longer does: part of the change that is intended.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn protect(
        &self,
        stack: &str,
        protected: bool,
        intent: &Intent,
        proof: &Proof,
    ) -> Result<(), CallError> {
        let call = self.client.update_termination_protection();
        let call = call.stack_name(stack).enable_termination_protection(protected);
        let operation = "cloudformation:UpdateTerminationProtection";
        let change = Change { operation, intent, proof, may_go: &|| true };
        self.change(change, || call.clone().send(), accepted).await
    }

    /// Sets a stack's policy, as part of the change that is intended; returns whether it was another
    /// before.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn set_policy(
        &self,
        stack: &str,
        policy: &str,
        intent: &Intent,
        proof: &Proof,
    ) -> Result<bool, CallError> {
        if self.policy_of(stack).await?.as_deref() == Some(policy) {
            return Ok(false);
        }
        let call = self.client.set_stack_policy().stack_name(stack).stack_policy_body(policy);
        let operation = "cloudformation:SetStackPolicy";
        let change = Change { operation, intent, proof, may_go: &|| true };
        self.change(change, || call.clone().send(), accepted).await.map(|()| true)
    }
}

/// Whether an ARN is that of a stack of this name.
fn is_of_stack(id: &str, name: &str) -> bool {
    let resource = id.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').nth(1) == Some(name)
}
