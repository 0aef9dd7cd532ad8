//! Prior stacks: how stacks stood before a run changed them, so that a rollback can bring them back.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use super::{answered, rollback_failure};
use crate::document::SourceFile;
use crate::environment::OnCreateFailure;
use crate::event::{Failure, PriorStack};
use crate::name::InstanceId;
use crate::plan::{DesiredStack, ParameterValue, StackInstance};
use crate::template::Template;

/// What stood before a run changed it, as far as it is kept.
#[derive(Clone, Default)]
pub struct PriorStacks {
    kept: Arc<Mutex<BTreeMap<InstanceId, PriorStack>>>,
    text: Option<Arc<TextOf>>,
}

/// What an update of a stack back to how it stood sends.
pub(super) struct RestoreRequest {
    /// What it stood as, as far as an update brings it back.
    pub desired: DesiredStack<String>,
    /// All that is known of how it stood.
    pub before: PriorStack,
}

/// Returns the text of the template with a digest.
type TextOf = dyn Fn(&str) -> io::Result<String> + Send + Sync;

impl PriorStacks {
    /// Returns what is known of the time before, and where the texts of templates are.
    pub fn new(
        known: BTreeMap<InstanceId, PriorStack>,
        text: impl Fn(&str) -> io::Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self { kept: Arc::new(Mutex::new(known)), text: Some(Arc::new(text)) }
    }

    /// Takes in what stood before a stack instance is changed; the first time counts.
    pub(super) fn keep(&self, before: &PriorStack) {
        let mut kept = self.kept.lock().expect("no holder panics");
        kept.entry(before.instance.clone()).or_insert_with(|| before.clone());
    }

    /// Returns how a stack stood before it was changed, if that is kept.
    pub(super) fn before(&self, instance: &InstanceId) -> Option<PriorStack> {
        self.kept.lock().expect("no holder panics").get(instance).cloned()
    }

    /// Whether the text of a template is kept, whole; where nobody keeps any, that is nobody's to say.
    pub(super) fn can_return_to(&self, digest: &str) -> bool {
        self.text.as_ref().is_none_or(|text| text(digest).is_ok())
    }

    /// Returns what an update of a stack instance back to how it stood sends.
    ///
    /// # Errors
    /// When something of it is not known, or may have been sent otherwise than it was read.
    pub(super) fn request(&self, instance: &StackInstance) -> Result<Box<RestoreRequest>, Failure> {
        let request = self.known(instance).map_err(|why| rollback_failure::unknown(&why))?;
        let RestoreRequest { before, desired } = &*request;
        let uncertain = match &before.uncertain {
            Some(uncertain) => uncertain.clone(),
            None => answered::uncertain_parts(before, Some(&desired.template.file.text)),
        };
        match uncertain.is_empty() {
            true => Ok(request),
            false => Err(rollback_failure::uncertain(&uncertain)),
        }
    }

    fn known(&self, instance: &StackInstance) -> Result<Box<RestoreRequest>, String> {
        let kept = self.kept.lock().expect("no holder panics");
        let before = kept.get(&instance.id).cloned().ok_or("nothing of it was kept")?;
        let digest = before.template.as_deref().ok_or("its template could not be read")?;
        let text = self.text.as_ref().ok_or("no templates are kept")?;
        let text = text(digest).map_err(|error| error.to_string())?;
        let file = SourceFile { path: format!("template {digest}").into(), text };
        let template = Template::parse_accepted(Arc::new(file))
            .map_err(|_| format!("template {digest} cannot be read"))?;
        let parameters = before.parameters.iter();
        let given = parameters.filter_map(|(name, value)| {
            let (name, value) = (name.clone(), value.clone()?);
            Some(ParameterValue { name, value, is_secret: false })
        });
        Ok(Box::new(RestoreRequest {
            desired: DesiredStack {
                template: Arc::new(template),
                parameters: given.collect(),
                // An empty list takes away what the run gave.
                tags: Some(before.tags.clone().into_iter().collect()),
                capabilities: before.capabilities.clone(),
                // Set after the update, to what stood before.
                termination_protection: None,
                stack_policy: None,
                service_role: before.service_role.clone(),
                notification_arns: Some(before.notification_arns.clone()),
                // Only a create takes these.
                timeout_minutes: None,
                on_create_failure: OnCreateFailure::default(),
                rollback_alarms: Some(before.rollback_alarms.clone()),
                // CloudFormation does not say which it had.
                deployment_mode: None,
                artifacts: instance.desired().and_then(|desired| desired.artifacts.clone()),
                uploads: Arc::default(),
            },
            before,
        }))
    }
}

/// Says how many are kept, never what: values of parameters stand in them.
impl fmt::Debug for PriorStacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.kept.lock().expect("no holder panics").len();
        write!(f, "PriorStacks({count})")
    }
}
