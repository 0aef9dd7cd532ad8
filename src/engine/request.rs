//! From a planned stack instance to what is sent: outputs of other stacks are filled in.

use std::collections::BTreeMap;

use super::position::PlanIndex;
use crate::cloud::StackRequest;
use crate::event::{Failure, FailureKind};
use crate::plan::{Plan, Value, ValuePiece};

/// What is known of the outputs of a plan's stack instances.
#[derive(Debug, Default)]
pub(super) struct Known {
    outputs: BTreeMap<PlanIndex, BTreeMap<String, String>>,
}

impl Known {
    /// Keeps the outputs of a stack instance that stands as wanted.
    pub fn keep(&mut self, index: PlanIndex, outputs: BTreeMap<String, String>) {
        self.outputs.insert(index, outputs);
    }

    /// Keeps one output.
    pub fn keep_one(&mut self, index: PlanIndex, key: &str, value: &str) {
        self.outputs.entry(index).or_default().insert(key.to_owned(), value.to_owned());
    }

    /// Returns an output, if it is known.
    pub fn found(&self, index: PlanIndex, key: &str) -> Option<&str> {
        self.outputs.get(&index)?.get(key).map(String::as_str)
    }

    fn output(&self, plan: &Plan, index: PlanIndex, key: &str) -> Result<&str, Failure> {
        self.found(index, key).ok_or_else(|| {
            let id = &plan.instances[index.0].id;
            Failure::new(FailureKind::OutputMissing, format!("{id} has no output `{key}`"))
                .with_help("an output whose Condition is false is not there; check the template")
        })
    }

    fn text(&self, plan: &Plan, value: &Value) -> Result<String, Failure> {
        let mut text = String::new();
        for piece in &value.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Output { instances, key } => {
                    let sources = instances.iter().copied().map(PlanIndex);
                    let parts: Result<Vec<&str>, Failure> =
                        sources.map(|source| self.output(plan, source, key)).collect();
                    text.push_str(&parts?.join(","));
                }
            }
        }
        Ok(text)
    }

    /// Returns what a create or an update of a stack instance sends.
    ///
    /// # Errors
    /// When an output that it takes is not there.
    pub fn request(&self, plan: &Plan, index: PlanIndex) -> Result<StackRequest, Failure> {
        let instance = &plan.instances[index.0];
        let all = |values: &[Value]| -> Result<Vec<String>, Failure> {
            values.iter().map(|value| self.text(plan, value)).collect()
        };
        let parameters: Result<_, Failure> = instance
            .parameters
            .iter()
            .map(|parameter| Ok((parameter.name.clone(), self.text(plan, &parameter.value)?)))
            .collect();
        let tags: Result<_, Failure> = instance
            .tags
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.text(plan, value)?)))
            .collect();
        Ok(StackRequest {
            stack_name: instance.stack_name.to_string(),
            template: instance.template.clone(),
            secrets: instance
                .parameters
                .iter()
                .filter(|parameter| parameter.is_secret)
                .map(|parameter| self.text(plan, &parameter.value))
                .collect::<Result<_, Failure>>()?,
            parameters: parameters?,
            tags: tags?,
            capabilities: instance.capabilities.clone(),
            termination_protection: instance.termination_protection,
            service_role: instance
                .service_role
                .as_ref()
                .map(|role| self.text(plan, role))
                .transpose()?,
            stack_policy: instance.stack_policy.clone(),
            notification_arns: all(&instance.notification_arns)?,
            timeout_minutes: instance.timeout_minutes,
            on_create_failure: instance.on_create_failure,
            rollback_alarms: instance.rollback_alarms.clone(),
            deployment_mode: instance.deployment_mode,
            artifacts: instance.artifacts.clone(),
        })
    }
}
