//! Calls that change a stack. Each demands the proof of its account and waits for its time; `may_go` is
//! asked right before it is sent.

use std::sync::Arc;

use aws_sdk_cloudformation::operation::update_stack::builders::UpdateStackFluentBuilder;
use aws_sdk_cloudformation::types;

use super::client::Stacks;
use super::guard::Proof;
use crate::cloud::stack::Stack;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::rate_limited::MayGo;
use crate::environment::{DeploymentMode, OnCreateFailure};
use crate::event::Before;
use crate::plan::ArtifactsBucket;
use crate::template::Template;

/// What an answer to a create or an update must not lack.
const NO_STACK_ID: &str = "the reply names no stack";

/// What a create or an update sends, with every value final.
#[derive(Clone)]
pub struct StackRequest {
    /// The stack's name.
    pub stack_name: String,
    /// Its template.
    pub template: Arc<Template>,
    /// Parameters by name; those not named keep their previous value or take the default.
    pub parameters: Vec<(String, String)>,
    /// The values among them that are never shown.
    pub secrets: Vec<String>,
    /// Tags by key; none leaves the stack's as they are.
    pub tags: Vec<(String, String)>,
    /// Capabilities, as AWS names them.
    pub capabilities: Vec<String>,
    /// Whether it may be deleted; left as it is if absent.
    pub termination_protection: Option<bool>,
    /// The role CloudFormation assumes.
    pub service_role: Option<String>,
    /// The body of its stack policy.
    pub stack_policy: Option<String>,
    /// Topics that hear of its events; none leaves the stack's as they are.
    pub notification_arns: Vec<String>,
    /// After how many minutes a create fails.
    pub timeout_minutes: Option<u32>,
    /// What happens if a create fails.
    pub on_create_failure: OnCreateFailure,
    /// Alarms that roll it back.
    pub rollback_alarms: Vec<String>,
    /// How thoroughly resources are waited for.
    pub deployment_mode: Option<DeploymentMode>,
    /// The bucket for a template that is too large for a call.
    pub artifacts: Option<ArtifactsBucket>,
}

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
        request: &StackRequest,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<String, CallError> {
        let template = self.carry(request, proof).await?;
        let on_failure = match request.on_create_failure {
            OnCreateFailure::Rollback => types::OnFailure::Rollback,
            OnCreateFailure::Delete => types::OnFailure::Delete,
            OnCreateFailure::DoNothing => types::OnFailure::DoNothing,
        };
        let call = self
            .client
            .create_stack()
            .stack_name(&request.stack_name)
            .set_template_body(template.body)
            .set_template_url(template.url)
            .set_parameters(some(given(request)))
            .set_tags(some(tags(request)))
            .set_capabilities(some(capabilities(request)))
            .set_enable_termination_protection(request.termination_protection)
            .set_role_arn(request.service_role.clone())
            .set_stack_policy_body(request.stack_policy.clone())
            .set_notification_arns(some(request.notification_arns.clone()))
            .set_timeout_in_minutes(request.timeout_minutes.and_then(|m| i32::try_from(m).ok()))
            .on_failure(on_failure)
            .set_rollback_configuration(alarms(request))
            .set_deployment_config(deployment(request))
            .client_request_token(token);
        const OPERATION: &str = "cloudformation:CreateStack";
        let create = || async {
            let reply = call.clone().send().await;
            let reply = reply.map_err(|error| CallError::of(OPERATION, &error))?;
            let id = reply.stack_id.ok_or_else(|| CallError::unreadable(OPERATION, NO_STACK_ID))?;
            match is_of_stack(&id, &request.stack_name) {
                true => Ok(id),
                false => {
                    let text =
                        format!("the reply names {id}, and {} was asked", request.stack_name);
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
        request: &StackRequest,
        found: &Stack,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(request, proof).await?;
        let mut parameters = given(request);
        parameters.extend(kept(request, found));
        let call = self
            .client
            .update_stack()
            .stack_name(&request.stack_name)
            .set_template_body(template.body)
            .set_template_url(template.url)
            .set_parameters(some(parameters))
            .set_tags(some(tags(request)))
            .set_capabilities(some(capabilities(request)))
            .set_role_arn(request.service_role.clone())
            .set_stack_policy_body(request.stack_policy.clone())
            .set_notification_arns(some(request.notification_arns.clone()))
            .set_rollback_configuration(alarms(request))
            .set_deployment_config(deployment(request))
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
        request: &StackRequest,
        before: &Before,
        token: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Updated, CallError> {
        let template = self.carry(request, proof).await?;
        let masked = before.parameters.iter().filter(|(name, value)| {
            value.is_none() && request.template.parameters.contains_key(*name)
        });
        let masked = masked.map(|(name, _)| {
            types::Parameter::builder().parameter_key(name).use_previous_value(true).build()
        });
        let call = self
            .client
            .update_stack()
            .stack_name(&request.stack_name)
            .set_template_body(template.body)
            .set_template_url(template.url)
            .set_parameters(some(given(request).into_iter().chain(masked).collect()))
            // An empty list takes away what the run gave.
            .set_tags(Some(tags(request)))
            .set_capabilities(some(capabilities(request)))
            .set_role_arn(request.service_role.clone())
            .set_notification_arns(Some(request.notification_arns.clone()))
            .set_rollback_configuration(alarms(request))
            .client_request_token(token);
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

/// Returns `None` for an empty list: an empty one on the wire would clear what stands.
pub(in crate::cloud) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

pub(in crate::cloud) fn given(request: &StackRequest) -> Vec<types::Parameter> {
    let parameter = |(name, value): &(String, String)| {
        types::Parameter::builder().parameter_key(name).parameter_value(value).build()
    };
    request.parameters.iter().map(parameter).collect()
}

/// Whether an ARN is that of a stack of this name.
fn is_of_stack(id: &str, name: &str) -> bool {
    let resource = id.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').nth(1) == Some(name)
}

/// Returns the parameters that the file does not name and that keep their previous value.
pub(in crate::cloud) fn kept(request: &StackRequest, found: &Stack) -> Vec<types::Parameter> {
    found
        .parameters
        .iter()
        .filter(|parameter| request.template.parameters.contains_key(&parameter.name))
        .filter(|parameter| !request.parameters.iter().any(|(name, _)| *name == parameter.name))
        .map(|parameter| {
            types::Parameter::builder()
                .parameter_key(&parameter.name)
                .use_previous_value(true)
                .build()
        })
        .collect()
}

pub(in crate::cloud) fn tags(request: &StackRequest) -> Vec<types::Tag> {
    let tag = |(key, value): &(String, String)| types::Tag::builder().key(key).value(value).build();
    request.tags.iter().map(tag).collect()
}

pub(in crate::cloud) fn capabilities(request: &StackRequest) -> Vec<types::Capability> {
    request.capabilities.iter().map(|name| types::Capability::from(name.as_str())).collect()
}

pub(in crate::cloud) fn alarms(request: &StackRequest) -> Option<types::RollbackConfiguration> {
    let triggers = request.rollback_alarms.iter().map(|arn| {
        types::RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build()
    });
    let triggers = some(triggers.collect())?;
    Some(types::RollbackConfiguration::builder().set_rollback_triggers(Some(triggers)).build())
}

fn deployment(request: &StackRequest) -> Option<types::DeploymentConfig> {
    let mode = match request.deployment_mode? {
        DeploymentMode::Standard => types::DeploymentConfigMode::Standard,
        DeploymentMode::Express => types::DeploymentConfigMode::Express,
    };
    Some(types::DeploymentConfig::builder().mode(mode).build())
}
