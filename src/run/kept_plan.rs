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
use crate::engine::SavedPlan;
use crate::event::SCHEMA;
use crate::journal::{RunFolder, Templates, plan_name};
use crate::name::{AccountId, AccountName, InstanceId, RunId};
use crate::plan::{Plan, PlannedEnvironment, PlannedValue, StackInstance, Upload, UploadOrigin};
use crate::template::Template;

/// What a run kept of its plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptPlan {
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
    /// What was reviewed, if the run carries out a saved plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<SavedPlan>,
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

/// Keeps the plan of a run, with what was reviewed if it is a saved one.
///
/// # Errors
/// If it cannot be written, or the path of a file is not UTF-8.
pub(super) fn keep_plan(
    folder: &RunFolder,
    run: &RunId,
    (plan, saved): (&Plan, Option<&SavedPlan>),
) -> io::Result<()> {
    let kept = KeptPlan { saved: saved.cloned(), ..KeptPlan::of(plan) };
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
    let kept = read(folder, run)?;
    kept.map(|kept| kept.planned(folder, files_of)).transpose()
}

/// Returns what was reviewed of the plan of a run; nothing if that was no saved plan.
///
/// # Errors
/// If it cannot be read.
pub fn saved_plan_of_run(folder: &RunFolder, run: &RunId) -> io::Result<Option<SavedPlan>> {
    Ok(read(folder, run)?.and_then(|kept| kept.saved))
}

fn read(folder: &RunFolder, run: &RunId) -> io::Result<Option<KeptPlan>> {
    let text = match folder.opened().and_then(|runs| runs.read_text(plan_name(run))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    Ok(Some(serde_json::from_str(&text)?))
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
    /// Returns what is kept of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut uploads = KeptUploads::default();
        let instances = plan.instances.iter().map(|one| KeptInstance::of(one, &mut uploads));
        let instances = instances.collect();
        let templates = plan.instances.iter().map(StackInstance::template);
        Self {
            schema: SCHEMA,
            environments: plan.environments.clone(),
            accounts: plan.accounts.iter().map(KeptAccount::of).collect(),
            instances,
            templates: templates.map(|one| (one.digest.clone(), one.file.path.clone())).collect(),
            uploads: uploads.all,
            saved: None,
        }
    }

    /// Returns the plan. Its templates are those that are kept in `folder`.
    ///
    /// # Errors
    /// If it does not fit together.
    pub fn planned(self, folder: &RunFolder, files_of: Option<&Path>) -> io::Result<PlanFromState> {
        if self.schema != SCHEMA || !self.fits_together() {
            let why = "the plan that was kept does not fit together";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let accounts = self.accounts.iter().enumerate();
        let external_ids = accounts
            .filter_map(|(at, account)| Some((at, account.external_id()?.cloned())))
            .collect();
        let templates = Templates::of(folder);
        let is_whole = self.instances.iter().all(KeptInstance::is_whole);
        let uploads = match files_of {
            Some(folder) => uploads(self.uploads, folder, &templates),
            None => self.uploads.into_iter().map(Upload::away).collect(),
        };
        let mut read = BTreeMap::new();
        let mut template = |digest: &str| {
            let path = self.templates.get(digest).map(PathBuf::as_path);
            let known = read.entry(digest.to_owned());
            known.or_insert_with(|| Arc::new(kept_template(&templates, digest, path))).clone()
        };
        let instances = self.instances.into_iter();
        let instances: Vec<StackInstance> =
            instances.map(|one| one.planned(&mut template, &uploads)).collect();
        let lost = read.iter().filter(|(digest, template)| template.digest != **digest);
        let lost_templates = lost.map(|(_, template)| template.file.path.clone()).collect();
        let plan = Plan {
            environments: self.environments,
            accounts: self.accounts.into_iter().map(KeptAccount::planned).collect(),
            instances,
            doubts: Vec::new(),
        };
        Ok(PlanFromState { plan, is_whole, external_ids, lost_templates })
    }

    /// Returns the accounts that were planned: their names and ids.
    pub fn accounts(&self) -> BTreeSet<(&AccountName, &AccountId)> {
        self.accounts.iter().map(KeptAccount::name_and_id).collect()
    }

    /// Returns the stack instances that are planned otherwise in another plan, or stand in one of both only.
    pub fn unlike(&self, other: &Self) -> BTreeSet<InstanceId> {
        let (one, other) = (self.texts(), other.texts());
        let in_both = one.keys().chain(other.keys());
        in_both.filter(|id| one.get(*id) != other.get(*id)).map(|id| (*id).clone()).collect()
    }

    fn texts(&self) -> BTreeMap<&InstanceId, String> {
        let text = |one| serde_json::to_string(one).expect("names and texts become JSON");
        self.instances.iter().map(|one| (one.id(), text(one))).collect()
    }

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
