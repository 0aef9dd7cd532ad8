//! Calls that change a stack. Each demands the proof of its account and waits for its time; `may_go` is
//! asked right before it is sent.

use aws_sdk_cloudformation::operation::update_stack::builders::UpdateStackFluentBuilder;

use super::client::Stacks;
use super::guard::Proof;
use super::request::{RequestParts, previous, with_parts};
use crate::cloud::stack::Stack;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limited::MayGo;
use crate::event::Before;
use crate::plan::DesiredStack;

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
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<String, CallError> {
        const OPERATION: &str = "cloudformation:CreateStack";
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired);
        let call = with_parts!(self.client.create_stack().stack_name(name), template, parts)
            .set_enable_termination_protection(parts.termination_protection)
            .set_stack_policy_body(parts.stack_policy)
            .set_timeout_in_minutes(parts.timeout_minutes)
            .on_failure(parts.on_create_failure)
            .set_deployment_config(parts.deployment_config)
            .client_request_token(token);
        let create = || async {
            let reply = call.clone().send().await;
            let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
            let id = reply.stack_id.ok_or_else(|| CallError::unreadable(OPERATION, NO_STACK_ID))?;
            match is_of_stack(&id, name) {
                true => Ok(id),
                false => {
                    let text = format!("the reply names {id}, and {name} was asked");
                    Err(CallError::unreadable(OPERATION, text))
                }
            }
        };
        self.write(proof, may_go, create).await
    }

    /// Updates the stack found.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn update(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired).keeping_others(desired, found);
        let call = with_parts!(self.client.update_stack().stack_name(&found.name), template, parts)
            .set_stack_policy_body(parts.stack_policy)
            .set_deployment_config(parts.deployment_config)
            .client_request_token(token);
        self.send_update(&call, proof, may_go).await
    }

    /// Updates a stack to how it stood before: what it had not is taken away, and what AWS does not
    /// show of it stays as it is.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn restore(
        &self,
        desired: &DesiredStack<String>,
        before: &Before,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(desired, proof).await?;
        let mut parts = RequestParts::of(desired);
        let masked = before.parameters.iter().filter(|(name, value)| {
            value.is_none() && desired.template.parameters.contains_key(*name)
        });
        parts.parameters.extend(masked.map(|(name, _)| previous(name)));
        // An empty list takes away what the run gave.
        parts.tags.get_or_insert_default();
        parts.notification_arns.get_or_insert_default();
        let call = self.client.update_stack().stack_name(&before.stack_id);
        let call = with_parts!(call, template, parts).client_request_token(token);
        self.send_update(&call, proof, may_go).await
    }

    async fn send_update(
        &self,
        call: &UpdateStackFluentBuilder,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        const OPERATION: &str = "cloudformation:UpdateStack";
        let update = || async {
            let reply = call.clone().send().await;
            let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
            reply.stack_id.ok_or_else(|| CallError::unreadable(OPERATION, NO_STACK_ID))
        };
        match self.write(proof, may_go, update).await {
            Ok(_) => Ok(Updated::Accepted),
            // The API says "nothing to do" as an error of a general code; only its text tells.
            Err(error)
                if error.has_code("ValidationError") && error.text.contains("No updates") =>
            {
                Ok(Updated::NothingToDo)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes the stack found, with the service role it was last given.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn delete(
        &self,
        found: &Stack,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.delete_stack().stack_name(&found.id).client_request_token(token);
        let delete = || async {
            let reply = call.clone().send().await;
            reply.map_err(|error| CallError::of("cloudformation:DeleteStack", &error))
        };
        self.write(proof, may_go, delete).await.map(drop)
    }

    /// Goes on with a rollback of an update that got stuck, with the service role it was last given.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn continue_rollback(
        &self,
        found: &Stack,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.continue_update_rollback();
        let call = call.stack_name(&found.id).client_request_token(token);
        let go_on = || async {
            let reply = call.clone().send().await;
            reply.map_err(|e| CallError::of("cloudformation:ContinueUpdateRollback", &e))
        };
        self.write(proof, may_go, go_on).await.map(drop)
    }

    /// Cancels the update of a stack, which goes back to how it stood before.
    ///
    /// # Errors
    /// When AWS refuses for another cause than that it is too late, or does not answer.
    pub async fn cancel_update(
        &self,
        stack_id: &str,
        token: &str,
        proof: &Proof,
    ) -> Result<Cancelled, CallError> {
        let call = self.client.cancel_update_stack();
        let call = call.stack_name(stack_id).client_request_token(token);
        let cancel = || async {
            let reply = call.clone().send().await;
            reply.map_err(|error| CallError::of("cloudformation:CancelUpdateStack", &error))
        };
        match self.write(proof, &|| true, cancel).await {
            Ok(_) => Ok(Cancelled::Accepted),
            // An error of a general code, of which only the text tells.
            Err(error)
                if error.has_code("ValidationError")
                    && error.text.contains("current stack status") =>
            {
                Ok(Cancelled::TooLate)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether an ARN is that of a stack of this name.
fn is_of_stack(id: &str, name: &str) -> bool {
    let resource = id.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').nth(1) == Some(name)
}
