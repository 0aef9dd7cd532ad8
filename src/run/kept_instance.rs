//! What is kept of a stack instance: all that the run sends for it, but no secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::environment::OnCreateFailure;
use crate::name::{InstanceId, RunId, StackName};
use crate::plan::{
    ArtifactsBucket, DesiredStack, PlannedValue, Purpose, StackInstance, Upload, UploadOrigin,
    ValuePiece,
};
use crate::template::Template;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptInstance {
    #[serde(flatten)]
    id: InstanceId,
    /// Its account, as a position in the plan's.
    pub account_position: usize,
    stack_name: StackName,
    is_only_read: bool,
    /// Those that it needs first, as positions in the plan's stack instances.
    pub needs: Vec<usize>,
    template: String,
    bucket: Option<ArtifactsBucket>,
    /// Absent where a version kept it that knew only how to go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole: Option<KeptPurpose>,
}

/// Why a stack instance stands in a plan, and what of that counts for no digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptPurpose {
    purpose: Purpose,
    /// The values of its secret parameters, which know where they are read anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<PlannedValue>,
    /// The accounts in which its values are looked up, as positions in the plan's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    looked_up_in: Vec<usize>,
    /// What it uploads, as positions in the plan's objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uploads: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_by: Option<RunId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_gone: bool,
}

/// The objects that a plan uploads, each once.
#[derive(Default)]
pub(super) struct KeptUploads {
    position_of: BTreeMap<(String, bool), usize>,
    /// Each with what it is made of.
    pub all: Vec<UploadOrigin>,
}

impl KeptUploads {
    fn position(&mut self, upload: &Upload) -> usize {
        let key = (upload.key(), upload.is_of_template);
        *self.position_of.entry(key).or_insert_with(|| {
            self.all.push(upload.origin());
            self.all.len() - 1
        })
    }
}

impl KeptInstance {
    /// Returns what is kept of a stack instance; what it uploads is added to `uploads`.
    pub fn of(instance: &StackInstance, uploads: &mut KeptUploads) -> Self {
        let desired = instance.desired();
        let removed = instance.removed();
        let lookups = desired.into_iter().flat_map(DesiredStack::values);
        let lookups = lookups.flat_map(PlannedValue::lookups);
        let objects = desired.into_iter().flat_map(|desired| desired.uploads.iter());
        let whole = KeptPurpose {
            purpose: instance.purpose.clone(),
            secrets: desired.into_iter().flat_map(DesiredStack::secrets).cloned().collect(),
            looked_up_in: lookups.map(|lookup| lookup.account).collect(),
            uploads: objects.map(|upload| uploads.position(upload)).collect(),
            made_by: removed.map(|removed| removed.made_by.clone()),
            is_gone: removed.is_some_and(|removed| removed.is_gone),
        };
        Self {
            id: instance.id.clone(),
            account_position: instance.account,
            stack_name: instance.stack_name.clone(),
            is_only_read: instance.is_only_read(),
            needs: instance.needs.clone(),
            template: instance.template().digest.clone(),
            bucket: desired.and_then(|desired| desired.artifacts.clone()),
            whole: Some(whole),
        }
    }

    /// Returns which stack instance it is.
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// Whether each secret and each lookup among its values has what is kept of it besides.
    pub fn fits_together(&self) -> bool {
        let Some(whole) = &self.whole else { return true };
        let Purpose::Deploy(desired) = &whole.purpose else { return true };
        let values = desired.values().chain(&whole.secrets);
        desired.secrets().count() == whole.secrets.len()
            && values.flat_map(PlannedValue::lookups).count() == whole.looked_up_in.len()
    }

    /// Whether all is kept that the run sends for it.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Returns the stack instances whose outputs it takes, as positions in the plan's.
    pub fn outputs(&self) -> impl Iterator<Item = usize> {
        let desired = self.whole.as_ref().and_then(|whole| match &whole.purpose {
            Purpose::Deploy(desired) => Some((desired, &whole.secrets)),
            Purpose::Read(_) | Purpose::Remove(_) => None,
        });
        let values = desired.into_iter();
        values
            .flat_map(|(desired, secrets)| desired.values().chain(secrets))
            .flat_map(|value| value.needs())
    }

    /// Returns all positions in the plan's accounts and in its objects that it names.
    pub fn positions(&self) -> (Vec<usize>, &[usize]) {
        let whole = self.whole.as_ref();
        let looked_up_in = whole.into_iter().flat_map(|whole| &whole.looked_up_in).copied();
        let accounts = looked_up_in.chain([self.account_position]).collect();
        (accounts, whole.map_or(&[], |whole| &whole.uploads))
    }

    /// Returns the stack instance as it was planned, but for the text of secrets; with nothing that it was sent with
    /// where that is not kept.
    pub fn planned(
        self,
        template: &mut impl FnMut(&str) -> Arc<Template>,
        uploads: &[Upload],
    ) -> StackInstance {
        let template = template(&self.template);
        let purpose = match (self.whole, self.is_only_read) {
            (Some(whole), _) => whole.planned(template, self.bucket, uploads),
            (None, true) => Purpose::Read(template),
            (None, false) => Purpose::Deploy(Box::new(not_kept(template, self.bucket))),
        };
        StackInstance {
            id: self.id,
            account: self.account_position,
            stack_name: self.stack_name,
            purpose,
            needs: self.needs,
        }
    }
}

impl KeptPurpose {
    fn planned(
        self,
        template: Arc<Template>,
        bucket: Option<ArtifactsBucket>,
        uploads: &[Upload],
    ) -> Purpose {
        match self.purpose {
            Purpose::Read(_) => Purpose::Read(template),
            Purpose::Deploy(mut desired) => {
                desired.template = template;
                desired.artifacts = bucket;
                desired.uploads = self.uploads.iter().map(|&at| uploads[at].clone()).collect();
                let secret = desired.parameters.iter_mut().filter(|parameter| parameter.is_secret);
                for (parameter, value) in secret.zip(self.secrets) {
                    parameter.value = value;
                }
                let lookups = desired.values_mut().flat_map(|value| &mut value.pieces);
                let lookups = lookups.filter_map(|piece| match piece {
                    ValuePiece::Lookup(lookup) => Some(lookup),
                    ValuePiece::Literal(_) | ValuePiece::Secret(_) | ValuePiece::Output { .. } => {
                        None
                    }
                });
                for (lookup, account) in lookups.zip(self.looked_up_in) {
                    lookup.account = account;
                }
                Purpose::Deploy(desired)
            }
            Purpose::Remove(mut removed) => {
                removed.is_gone = self.is_gone;
                removed.made_by = self.made_by.unwrap_or(removed.made_by);
                Purpose::Remove(removed)
            }
        }
    }
}

/// Returns a stack of which is not kept what it was sent with: that is not needed to go back.
fn not_kept(
    template: Arc<Template>,
    artifacts: Option<ArtifactsBucket>,
) -> DesiredStack<PlannedValue> {
    DesiredStack {
        template,
        parameters: Vec::new(),
        tags: None,
        capabilities: Vec::new(),
        termination_protection: None,
        service_role: None,
        stack_policy: None,
        notification_arns: None,
        timeout_minutes: None,
        on_create_failure: OnCreateFailure::default(),
        rollback_alarms: None,
        deployment_mode: None,
        uploads: Arc::default(),
        artifacts,
    }
}
