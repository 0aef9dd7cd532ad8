//! The parts of a request that wants a stack to be so, in the SDK's types.

use aws_sdk_cloudformation::types;

use crate::cloud::stack::Stack;
use crate::environment::{DeploymentMode, OnCreateFailure};
use crate::plan::{DesiredStack, ParameterValue};

/// The parts of a create, an update and a change set; `None` where AWS is to leave what stands.
pub(super) struct RequestParts {
    pub parameters: Vec<types::Parameter>,
    pub tags: Option<Vec<types::Tag>>,
    pub capabilities: Option<Vec<types::Capability>>,
    pub termination_protection: Option<bool>,
    pub service_role: Option<String>,
    pub stack_policy: Option<String>,
    pub notification_arns: Option<Vec<String>>,
    pub timeout_minutes: Option<i32>,
    pub on_create_failure: types::OnFailure,
    pub rollback_configuration: Option<types::RollbackConfiguration>,
    pub deployment_config: Option<types::DeploymentConfig>,
}

/// Sets what a create, an update and a change set have in common: their builders share no trait.
macro_rules! with_parts {
    ($call:expr, $template:expr, $parts:expr) => {
        $call
            .set_template_body($template.body)
            .set_template_url($template.url)
            .set_parameters($crate::cloud::stacks::request::some($parts.parameters))
            .set_tags($parts.tags)
            .set_capabilities($parts.capabilities)
            .set_role_arn($parts.service_role)
            .set_notification_arns($parts.notification_arns)
            .set_rollback_configuration($parts.rollback_configuration)
    };
}
pub(super) use with_parts;

impl RequestParts {
    /// Returns the parts that make a stack as desired; its template is carried by itself.
    pub fn of(desired: &DesiredStack<String>) -> Self {
        // Every key by its name, so that a new one is asked for here.
        let DesiredStack {
            template: _,
            parameters,
            tags,
            capabilities,
            termination_protection,
            service_role,
            stack_policy,
            notification_arns,
            timeout_minutes,
            on_create_failure,
            rollback_alarms,
            deployment_mode,
            artifacts: _,
            uploads: _,
        } = desired;
        Self {
            parameters: parameters.iter().map(parameter).collect(),
            tags: tags.as_ref().map(|tags| tags.iter().map(tag).collect()),
            capabilities: some(capabilities.iter().map(|it| it.as_str().into()).collect()),
            termination_protection: *termination_protection,
            service_role: service_role.clone(),
            stack_policy: stack_policy.clone(),
            notification_arns: notification_arns.clone(),
            timeout_minutes: timeout_minutes.and_then(|minutes| i32::try_from(minutes).ok()),
            on_create_failure: on_failure(*on_create_failure),
            rollback_configuration: rollback_alarms.as_deref().map(alarms),
            deployment_config: deployment_mode.map(deployment_config),
        }
    }

    /// Leaves out the empty lists: where nothing stands there is nothing to take away.
    pub fn of_new_stack(mut self) -> Self {
        self.tags = self.tags.and_then(some);
        self.notification_arns = self.notification_arns.and_then(some);
        let triggers = |it: &types::RollbackConfiguration| !it.rollback_triggers().is_empty();
        self.rollback_configuration = self.rollback_configuration.filter(triggers);
        self
    }

    /// Keeps the previous value of every parameter of the stack found that the template still has and
    /// the file does not name.
    pub fn keeping_others(mut self, desired: &DesiredStack<String>, found: &Stack) -> Self {
        let is_named = |name: &str| desired.parameters.iter().any(|named| named.name == name);
        let others = found.parameters.iter().map(|parameter| parameter.name.as_str());
        let others = others
            .filter(|name| desired.template.parameters.contains_key(*name) && !is_named(name));
        self.parameters.extend(others.map(previous));
        self
    }
}

/// Returns `None` for an empty list.
pub(super) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

/// Returns a parameter that keeps its previous value.
pub(super) fn previous(name: &str) -> types::Parameter {
    types::Parameter::builder().parameter_key(name).use_previous_value(true).build()
}

fn parameter(ParameterValue { name, value, .. }: &ParameterValue<String>) -> types::Parameter {
    types::Parameter::builder().parameter_key(name).parameter_value(value).build()
}

fn tag((key, value): &(String, String)) -> types::Tag {
    types::Tag::builder().key(key).value(value).build()
}

fn on_failure(on_create_failure: OnCreateFailure) -> types::OnFailure {
    match on_create_failure {
        OnCreateFailure::Rollback => types::OnFailure::Rollback,
        OnCreateFailure::Delete => types::OnFailure::Delete,
        OnCreateFailure::DoNothing => types::OnFailure::DoNothing,
    }
}

fn alarms(arns: &[String]) -> types::RollbackConfiguration {
    let triggers = arns.iter().map(|arn| {
        types::RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build()
    });
    let triggers = Some(triggers.collect());
    types::RollbackConfiguration::builder().set_rollback_triggers(triggers).build()
}

fn deployment_config(mode: DeploymentMode) -> types::DeploymentConfig {
    let mode = match mode {
        DeploymentMode::Standard => types::DeploymentConfigMode::Standard,
        DeploymentMode::Express => types::DeploymentConfigMode::Express,
    };
    types::DeploymentConfig::builder().mode(mode).build()
}
