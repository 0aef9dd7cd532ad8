//! A prior stack: what is read of a stack before it is changed, so that a rollback can bring it back.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudformation::types;

use super::client::Stacks;
use super::stale_read::BEHIND_FOR;
use crate::cloud::stack::Stack;
use crate::cloud::wire::call_error::CallError;
use crate::event::PriorStack;
use crate::name::InstanceId;

/// How long is waited before events that are not there yet are asked for again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(3);

impl Stacks {
    /// Returns a stack's template as it was sent; `None` if this may not be read.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses for another reason than want of permission.
    pub async fn template_of(&self, stack: &str) -> Result<Option<Arc<str>>, CallError> {
        // What macros make of it is not what was sent.
        self.template_at(types::TemplateStage::Original, stack).await
    }

    /// Returns a stack's template as macros made it; `None` if this may not be read.
    ///
    /// # Errors
    /// As [`Self::template_of`].
    pub async fn processed_template_of(&self, stack: &str) -> Result<Option<Arc<str>>, CallError> {
        self.template_at(types::TemplateStage::Processed, stack).await
    }

    async fn template_at(
        &self,
        stage: types::TemplateStage,
        stack: &str,
    ) -> Result<Option<Arc<str>>, CallError> {
        let read = || async {
            let call = self.client.get_template().stack_name(stack).template_stage(stage.clone());
            let reply = call.send().await;
            reply.map_err(|error| CallError::of("cloudformation:GetTemplate", &error))
        };
        match self.reads.send(read).await {
            Ok(reply) => Ok(reply.template_body.map(Arc::from)),
            Err(error) if error.is_access_denied() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns a stack's policy, if it has one.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn policy_of(&self, stack: &str) -> Result<Option<String>, CallError> {
        let read = || async {
            let reply = self.client.get_stack_policy().stack_name(stack).send().await;
            reply.map_err(|error| CallError::of("cloudformation:GetStackPolicy", &error))
        };
        Ok(self.reads.send(read).await?.stack_policy_body)
    }

    /// Returns the resources that a deletion of a stack left standing, as `Name (Type)`.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn kept_resources(&self, stack: &str) -> Result<Vec<String>, CallError> {
        let is_begun = |event: &crate::cloud::watch::stack_event::StackEvent| {
            event.is_stack && event.status == "DELETE_IN_PROGRESS"
        };
        let events = self.events(stack, |page| page.iter().any(is_begun)).await?;
        let kept = events.iter().filter(|event| event.status == "DELETE_SKIPPED");
        Ok(kept.map(|event| format!("{} ({})", event.resource, event.resource_type)).collect())
    }

    /// Whether one of the events of a stack that is there carries the token of a call: whether the
    /// call was accepted. That the stack has no events yet is not believed for a while.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn has_accepted(&self, stack: &str, token: &str) -> Result<bool, CallError> {
        self.has_token(stack, &|found| found == token).await
    }

    /// Whether one of the events of a stack that is there carries a token that `is_meant`, as
    /// [`Self::has_accepted`].
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn has_token(
        &self,
        stack: &str,
        is_meant: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<bool, CallError> {
        let is_ours = |event: &crate::cloud::watch::stack_event::StackEvent| {
            event.token.as_deref().is_some_and(is_meant)
        };
        let mut waited = Duration::ZERO;
        loop {
            match self.events(stack, |page| page.iter().any(is_ours)).await {
                Ok(events) => return Ok(events.iter().any(is_ours)),
                Err(error) if error.is_no_such_stack() && waited < BEHIND_FOR => {
                    tokio::time::sleep(LOOK_AGAIN_AFTER).await;
                    waited += LOOK_AGAIN_AFTER;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Stack {
    /// Returns the stack as it stands, as far as it shows itself: without template and policy.
    pub fn as_prior_stack(&self, instance: &InstanceId) -> PriorStack {
        let parameter = |parameter: &crate::cloud::stack::FoundParameter| {
            (parameter.name.clone(), parameter.value.clone())
        };
        PriorStack {
            instance: instance.clone(),
            stack_id: self.id.clone(),
            changed: self.changed,
            template: None,
            parameters: self.parameters.iter().map(parameter).collect(),
            tags: self.tags.clone(),
            capabilities: self.capabilities.clone(),
            service_role: self.service_role.clone(),
            notification_arns: self.notification_arns.clone(),
            rollback_alarms: self.rollback_alarms.clone(),
            uncertain: None,
            termination_protection: self.termination_protection,
            stack_policy: None,
        }
    }
}
