//! The plan of a run, kept beside its journal, so that the run can be resumed, and what it changed be put back, when its
//! files are others by then, or gone.
//!
//! It holds all that the run sends but secrets: of the values of secret parameters and of external ids only where they
//! are read anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kept_entry::KeptAccount;
use super::kept_instance::{KeptInstance, KeptUploads};
use super::kept_upload::uploads;
use crate::document::SourceFile;
use crate::event::SCHEMA;
use crate::journal::{RunFolder, Templates, plan_name};
use crate::name::RunId;
use crate::plan::{Plan, PlannedEnvironment, PlannedValue, StackInstance, Upload, UploadOrigin};
use crate::template::Template;

/// What a run kept of its plan.
#[derive(Debug, Serialize, Deserialize)]
struct KeptPlan {
    schema: u32,
    environments: Vec<PlannedEnvironment>,
    accounts: Vec<KeptAccount>,
    instances: Vec<KeptInstance>,
    /// The files of the templates, by digest.
    #[serde(default)]
    templates: BTreeMap<String, PathBuf>,
    /// What is uploaded.
    #[serde(default)]
    uploads: Vec<UploadOrigin>,
}

/// A plan that was kept, and what is missing of it.
#[derive(Debug)]
pub struct PlanFromState {
    /// The plan; secrets are missing in it.
    pub plan: Plan,
    /// Whether it holds all else that the run sends. What a version of before kept is good for nothing but to put back
    /// what its run changed.
    pub is_whole: bool,
    /// The accounts whose role asks for an external id, by their positions in the plan's, each with where that is read
    /// anew, as far as it is known.
    pub external_ids: BTreeMap<usize, Option<PlannedValue>>,
    /// The files of the templates that are not kept any more.
    pub lost_templates: BTreeSet<PathBuf>,
}

/// Keeps the plan of a run.
///
/// # Errors
/// If it cannot be written, or the path of a file is not UTF-8.
pub(super) fn keep_plan(folder: &RunFolder, run: &RunId, plan: &Plan) -> io::Result<()> {
    let mut uploads = KeptUploads::default();
    let instances = plan.instances.iter().map(|one| KeptInstance::of(one, &mut uploads));
    let instances = instances.collect();
    let templates = plan.instances.iter().map(StackInstance::template);
    let kept = KeptPlan {
        schema: SCHEMA,
        environments: plan.environments.clone(),
        accounts: plan.accounts.iter().map(KeptAccount::of).collect(),
        instances,
        templates: templates.map(|one| (one.digest.clone(), one.file.path.clone())).collect(),
        uploads: uploads.all,
    };
    let text = serde_json::to_string(&kept)?;
    folder.opened()?.replace(plan_name(run), text.as_bytes())
}

/// Returns the plan that a run kept; nothing if it kept none, as runs of before. What it uploads is taken from files, whose
/// paths are relative to `files_of`; without one, nothing is to be uploaded.
///
/// # Errors
/// If it cannot be read.
pub fn plan_from_state(
    folder: &RunFolder,
    run: &RunId,
    files_of: Option<&Path>,
) -> io::Result<Option<PlanFromState>> {
    let text = match folder.opened().and_then(|runs| runs.read_text(plan_name(run))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let kept: KeptPlan = serde_json::from_str(&text)?;
    if kept.schema != SCHEMA || !kept.fits_together() {
        let why = "the plan that was kept does not fit together";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let accounts = kept.accounts.iter().enumerate();
    let external_ids =
        accounts.filter_map(|(at, account)| Some((at, account.external_id()?.cloned()))).collect();
    let templates = Templates::of(folder);
    let is_whole = kept.instances.iter().all(KeptInstance::is_whole);
    let uploads = match files_of {
        Some(folder) => uploads(kept.uploads, folder, &templates),
        None => kept.uploads.into_iter().map(Upload::away).collect(),
    };
    let mut read = BTreeMap::new();
    let mut template = |digest: &str| {
        let path = kept.templates.get(digest).map(PathBuf::as_path);
        let known = read.entry(digest.to_owned());
        known.or_insert_with(|| Arc::new(kept_template(&templates, digest, path))).clone()
    };
    let instances: Vec<StackInstance> =
        kept.instances.into_iter().map(|one| one.planned(&mut template, &uploads)).collect();
    let lost = read.iter().filter(|(digest, template)| template.digest != **digest);
    let lost_templates = lost.map(|(_, template)| template.file.path.clone()).collect();
    let plan = Plan {
        environments: kept.environments,
        accounts: kept.accounts.into_iter().map(KeptAccount::planned).collect(),
        instances,
        doubts: Vec::new(),
    };
    Ok(Some(PlanFromState { plan, is_whole, external_ids, lost_templates }))
}

/// Returns the environment files of a plan that are as they were when its run began; none if it kept no plan.
///
/// # Errors
/// If what it kept cannot be read.
pub(super) fn unchanged_files(
    folder: &RunFolder,
    run: &RunId,
    plan: &Plan,
) -> io::Result<BTreeSet<PathBuf>> {
    /// The part of a kept plan that tells of files.
    #[derive(Deserialize)]
    struct KeptFiles {
        environments: Vec<PlannedEnvironment>,
    }
    let text = match folder.opened().and_then(|runs| runs.read_text(plan_name(run))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        text => text?,
    };
    let kept: KeptFiles = serde_json::from_str(&text)?;
    let is_as_then =
        |now: &&PlannedEnvironment| kept.environments.iter().any(|it| it.has_files_of(now));
    let unchanged = plan.environments.iter().filter(is_as_then);
    Ok(unchanged.flat_map(|one| one.files().map(|(path, _)| path.clone())).collect())
}

impl KeptPlan {
    /// Whether all positions in it are of something.
    fn fits_together(&self) -> bool {
        let of_outputs = |one: &KeptInstance| one.outputs().all(|at| at < self.instances.len());
        self.accounts.iter().all(|one| one.environment < self.environments.len())
            && self.instances.iter().enumerate().all(|(at, one)| {
                let (accounts, uploads) = one.positions();
                accounts.iter().all(|account| *account < self.accounts.len())
                    && uploads.iter().all(|upload| *upload < self.uploads.len())
                    && one.needs.iter().all(|need| *need < at)
                    && of_outputs(one)
                    && one.fits_together()
            })
    }
}

/// Returns a template by its digest, as far as it is kept.
fn kept_template(templates: &Templates, digest: &str, path: Option<&Path>) -> Template {
    let path = path.map_or_else(|| PathBuf::from(format!("template {digest}")), Path::to_owned);
    let parsed = templates.read(digest).ok().and_then(|text| {
        Template::parse_accepted(Arc::new(SourceFile { path: path.clone(), text })).ok()
    });
    parsed.unwrap_or_else(|| Template::unknown(&path))
}

#[cfg(test)]
mod tests;
