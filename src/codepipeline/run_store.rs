//! The run store: where runs are kept between jobs, in a folder of this machine, and in a bucket that others reach as well.
//!
//! In the bucket a run is one object, with its journal, what stood before and the templates of before:
//! whoever goes on with it has all of it or nothing. Journals only grow, so the longer one is newer.

use std::io;

use super::artifact::{self, ArtifactError, MOST_PACKED_BYTES};
use super::job_notes::JOBS;
use crate::cloud::{CallError, GetError, Objects};
use crate::file::{Folder, How};
use crate::journal::{RunFolder, Templates, before_name, journal_name, read_prior_stacks};
use crate::name::{JobId, RunId};

/// The journal's name within the object.
const JOURNAL: &str = "journal.jsonl";
/// The name of what stood before.
const BEFORE: &str = "before.jsonl";
/// The most bytes of a run's id.
const MOST_ID_BYTES: u64 = 64;
/// The folder of templates.
const TEMPLATES: &str = "templates";
/// What a fetched object is called while it is unpacked.
const PACKED: &str = "packed.zip";

/// Where runs are kept between jobs.
#[derive(Clone, Debug)]
pub struct RunStore {
    /// The folder of this machine.
    pub folder: RunFolder,
    bucket: Option<Bucket>,
}

#[derive(Clone, Debug)]
struct Bucket {
    objects: Objects,
    name: String,
    prefix: String,
}

/// A run that cannot be kept, or had back.
#[derive(Debug, thiserror::Error)]
pub enum RunStoreError {
    /// The bucket refuses it.
    #[error("the state bucket cannot be written")]
    Put(#[from] CallError),
    /// The bucket has it and does not give it.
    #[error("the state bucket cannot be read")]
    Get(#[from] GetError),
    /// The bucket did not take it in time.
    #[error("the state bucket does not answer in time")]
    Late,
    /// What the bucket gave is damaged.
    #[error("what the state bucket keeps of the run is damaged")]
    Damaged(#[from] ArtifactError),
    /// This machine's folder cannot be used.
    #[error("the state folder cannot be used")]
    Folder(#[from] io::Error),
}

impl RunStore {
    /// Returns a store that is this machine's alone.
    pub fn of(folder: RunFolder) -> Self {
        Self { folder, bucket: None }
    }

    /// Returns the store with a bucket beside it: `NAME` or `NAME/PREFIX`.
    pub fn with_bucket(self, objects: Objects, place: &str) -> Self {
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Self { bucket: Some(Bucket { objects, name: name.to_owned(), prefix }), ..self }
    }

    /// Whether there is a bucket.
    pub fn is_shared(&self) -> bool {
        self.bucket.is_some()
    }

    /// Returns the run that a job has begun, if the bucket knows of one: a job can be handed out twice.
    ///
    /// # Errors
    /// If the bucket does not say.
    pub async fn run_of(&self, job: &JobId) -> Result<Option<RunId>, RunStoreError> {
        let Some(Bucket { objects, name, prefix }) = &self.bucket else { return Ok(None) };
        let mut text = Vec::new();
        match objects.get(name, &format!("{prefix}jobs/{job}"), MOST_ID_BYTES, &mut text).await {
            Err(error) if error.is_missing() => Ok(None),
            got => got.map(|()| String::from_utf8_lossy(&text).parse().ok()).map_err(Into::into),
        }
    }

    /// Lets the bucket know which run a job begins, before anything is sent for it.
    ///
    /// # Errors
    /// If the bucket does not take it: what the run does could not be kept there either.
    pub async fn note(&self, job: &JobId, run: &RunId) -> Result<(), RunStoreError> {
        let Some(Bucket { objects, name, prefix }) = &self.bucket else { return Ok(()) };
        let text = run.as_str().as_bytes().to_vec();
        Ok(objects.put(name, &format!("{prefix}jobs/{job}"), text.into(), None).await?)
    }

    /// Brings a run here from the bucket, if what is kept there is newer.
    ///
    /// # Errors
    /// If it is there and cannot be had.
    pub async fn fetch(&self, run: &RunId) -> Result<(), RunStoreError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let jobs = self.folder.make_beside(JOBS)?;
        let name = format!("{run}.draft");
        jobs.remove_folder(&name)?;
        let fetched = self.fetch_to(bucket, run, &jobs.made_inside(&name)?).await;
        let _ = jobs.remove_folder(name);
        fetched
    }

    async fn fetch_to(
        &self,
        bucket: &Bucket,
        run: &RunId,
        draft: &Folder,
    ) -> Result<(), RunStoreError> {
        let mut file = draft.open(PACKED, How::Fresh)?;
        let key = bucket.key(run);
        match bucket.objects.get(&bucket.name, &key, MOST_PACKED_BYTES, &mut file).await {
            Err(error) if error.is_missing() => return Ok(()),
            got => got?,
        }
        let files = draft.made_inside("files")?;
        artifact::unpack(draft.open(PACKED, How::Read)?, files.path())?;
        let here = self.folder.look(run)?.map_or(0, |found| found.len());
        if files.look(JOURNAL).map_or(0, |found| found.len()) <= here {
            return Ok(());
        }
        let templates = Templates::of(&self.folder);
        for (digest, text) in kept_templates(&files)? {
            templates.keep(&digest, &text)?;
        }
        self.folder.make().map_err(|error| error.source)?;
        let runs = self.folder.opened()?;
        if files.holds(BEFORE) {
            files.rename(BEFORE, &runs, before_name(run))?;
        }
        // Last: a journal that is here is believed to be whole.
        files.rename(JOURNAL, &runs, journal_name(run))?;
        Ok(())
    }

    /// Keeps a run, as it stands in this machine's folder, in the bucket as well.
    ///
    /// # Errors
    /// If it cannot be read here or written there.
    pub async fn put(&self, run: &RunId) -> Result<(), RunStoreError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let runs = self.folder.opened()?;
        let mut files = vec![(JOURNAL.to_owned(), runs.read_text(journal_name(run))?)];
        match runs.read_text(before_name(run)) {
            Ok(text) => files.push((BEFORE.to_owned(), text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let templates = Templates::of(&self.folder);
        let prior_stacks = read_prior_stacks(&self.folder, run)?;
        let digests: std::collections::BTreeSet<&String> =
            prior_stacks.values().filter_map(|before| before.template.as_ref()).collect();
        for digest in digests {
            files.push((format!("{TEMPLATES}/{digest}"), templates.read(digest)?));
        }
        let packed = artifact::pack(&files)?;
        Ok(bucket.objects.put(&bucket.name, &bucket.key(run), packed.into(), None).await?)
    }
}

impl Bucket {
    fn key(&self, run: &RunId) -> String {
        format!("{}runs/{run}.zip", self.prefix)
    }
}

/// Returns the templates of an unpacked object by their digests; none if it has no folder of them.
fn kept_templates(files: &Folder) -> io::Result<Vec<(String, String)>> {
    let folder = match files.inside(TEMPLATES) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = folder.names()?.into_iter().filter_map(|name| name.into_string().ok());
    let digests = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digests.map(|digest| folder.read_text(&digest).map(|text| (digest, text))).collect()
}
