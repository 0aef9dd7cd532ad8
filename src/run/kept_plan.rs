//! The plan of a run, kept beside its journal, so that what the run changed can be put back when its files
//! are others by then, or gone.
//!
//! It holds where the stacks are and how their accounts are entered, but no value that they were sent with
//! and no external id: two parties share that, and a file is no third one.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kept_entry::{KeptAccount, KeptEnvironment};
use crate::document::SourceFile;
use crate::environment::OnCreateFailure;
use crate::event::SCHEMA;
use crate::journal::{RunFolder, Templates};
use crate::name::{AccountId, InstanceId, RunId, StackName};
use crate::plan::{ArtifactsBucket, DesiredStack, Plan, Purpose, StackInstance};
use crate::template::Template;

/// What a run kept of its plan.
#[derive(Debug, Serialize, Deserialize)]
struct KeptPlan {
    schema: u32,
    environments: Vec<KeptEnvironment>,
    accounts: Vec<KeptAccount>,
    instances: Vec<KeptInstance>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptInstance {
    #[serde(flatten)]
    id: InstanceId,
    account_position: usize,
    stack_name: StackName,
    is_only_read: bool,
    needs: Vec<usize>,
    template: String,
    bucket: Option<KeptBucket>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptBucket {
    name: String,
    owner: Option<AccountId>,
}

/// A plan that was kept, and what is missing of it.
#[derive(Debug)]
pub struct PlanFromState {
    /// The plan, good for nothing but to put back what its run changed.
    pub plan: Plan,
    /// The accounts whose role asks for an external id, by their positions in the plan's.
    pub without_external_id: Vec<usize>,
}

/// Keeps the plan of a run.
///
/// # Errors
/// If it cannot be written.
pub(super) fn keep_plan(folder: &RunFolder, run: &RunId, plan: &Plan) -> io::Result<()> {
    let kept = KeptPlan {
        schema: SCHEMA,
        environments: plan.environments.iter().map(KeptEnvironment::of).collect(),
        accounts: plan.accounts.iter().map(KeptAccount::of).collect(),
        instances: plan.instances.iter().map(kept_instance).collect(),
    };
    let text = serde_json::to_string(&kept).expect("names and numbers become JSON");
    folder.opened()?.replace(file_name(run), text.as_bytes())
}

/// Returns the plan that a run kept; nothing if it kept none, as runs of before.
///
/// # Errors
/// If it cannot be read.
pub fn plan_from_state(folder: &RunFolder, run: &RunId) -> io::Result<Option<PlanFromState>> {
    let text = match folder.opened().and_then(|runs| runs.read_text(file_name(run))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let kept: KeptPlan = serde_json::from_str(&text)?;
    let positions_fit = kept.accounts.iter().all(|one| one.environment < kept.environments.len())
        && kept.instances.iter().enumerate().all(|(at, one)| {
            one.account_position < kept.accounts.len() && one.needs.iter().all(|need| *need < at)
        });
    if kept.schema != SCHEMA || !positions_fit {
        let why = "the plan that was kept does not fit together";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let accounts = kept.accounts.iter().enumerate();
    let without_external_id =
        accounts.filter(|(_, account)| account.needs_external_id()).map(|(at, _)| at).collect();
    let templates = Templates::of(folder);
    let mut read = BTreeMap::new();
    let mut template = |digest: &str| {
        let known = read.entry(digest.to_owned());
        known.or_insert_with(|| Arc::new(kept_template(&templates, digest))).clone()
    };
    let instances: Vec<StackInstance> =
        kept.instances.into_iter().map(|one| one.planned(&mut template)).collect();
    let plan = Plan {
        environments: kept.environments.into_iter().map(KeptEnvironment::planned).collect(),
        accounts: kept.accounts.into_iter().map(KeptAccount::planned).collect(),
        instances,
        doubts: Vec::new(),
    };
    Ok(Some(PlanFromState { plan, without_external_id }))
}

fn file_name(run: &RunId) -> String {
    format!("{run}.plan.json")
}

/// Returns a template by its digest, as far as it is kept.
fn kept_template(templates: &Templates, digest: &str) -> Template {
    let path = PathBuf::from(format!("template {digest}"));
    let parsed = templates.read(digest).ok().and_then(|text| {
        Template::parse_accepted(Arc::new(SourceFile { path: path.clone(), text })).ok()
    });
    parsed.unwrap_or_else(|| Template::unknown(Path::new(&path)))
}

fn kept_instance(instance: &StackInstance) -> KeptInstance {
    let bucket = instance.desired().and_then(|desired| desired.artifacts.as_ref());
    KeptInstance {
        id: instance.id.clone(),
        account_position: instance.account,
        stack_name: instance.stack_name.clone(),
        is_only_read: instance.is_only_read(),
        needs: instance.needs.clone(),
        template: instance.template().digest.clone(),
        bucket: bucket.map(|ArtifactsBucket { name, owner }| KeptBucket {
            name: name.clone(),
            owner: owner.clone(),
        }),
    }
}

impl KeptInstance {
    fn planned(self, template: &mut impl FnMut(&str) -> Arc<Template>) -> StackInstance {
        let template = template(&self.template);
        let purpose = match self.is_only_read {
            true => Purpose::Read(template),
            false => Purpose::Deploy(Box::new(DesiredStack {
                template,
                // What it was sent with is not needed to go back.
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
                artifacts: self
                    .bucket
                    .map(|KeptBucket { name, owner }| ArtifactsBucket { name, owner }),
            })),
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
