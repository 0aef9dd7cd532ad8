//! Deployed templates: a cache of which templates earlier runs left where, so that they need not be read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::event::{EventKind, InstanceEnd, RunEvent};
use crate::name::InstanceId;

/// The templates of stacks as earlier runs left them, by the stack's ARN.
#[derive(Clone, Debug, Default)]
pub struct DeployedTemplates {
    by_stack: BTreeMap<String, (Timestamp, String)>,
    announced: BTreeMap<InstanceId, String>,
}

impl DeployedTemplates {
    /// Takes in an event of an earlier run; runs are told oldest first.
    pub fn on(&mut self, event: &RunEvent) {
        match &event.kind {
            EventKind::RunStarted { instances, .. } => {
                let template = |announced: &crate::event::AnnouncedInstance| {
                    (announced.id.clone(), announced.template.clone())
                };
                self.announced = instances.iter().map(template).collect();
            }
            EventKind::InstanceFinished { end } if end.preview.is_none() => self.ended(end),
            _ => {}
        }
    }

    /// Returns the start of the digest of a stack's template, if an earlier run left the stack as it
    /// stands now.
    pub fn template(&self, stack_id: &str, changed: Option<Timestamp>) -> Option<&str> {
        let (left, template) = self.by_stack.get(stack_id)?;
        (Some(*left) == changed).then_some(template.as_str())
    }

    fn ended(&mut self, end: &InstanceEnd) {
        let InstanceEnd { instance, outcome, stack_id, changed, .. } = end;
        let template = self.announced.get(instance).filter(|template| !template.is_empty());
        if let (true, Some(stack_id), Some(changed), Some(template)) =
            (outcome.is_good(), stack_id, changed, template)
        {
            self.by_stack.insert(stack_id.clone(), (*changed, template.clone()));
        }
    }
}
