//! Where runs are kept between jobs: a folder of this machine, and a bucket that others reach as well.
//!
//! In the bucket a run is one object, with its journal, what stood before and the templates of before:
//! whoever goes on with it has all of it or nothing. Journals only grow, so the longer one is newer.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::artifact::{self, ArtifactError, MOST_PACKED_BYTES};
use crate::cloud::{CallError, GetError, Objects};
use crate::journal::{RunFolder, Templates, read_befores};
use crate::name::{JobId, RunId};

/// The journal's name within the object.
const JOURNAL: &str = "journal.jsonl";
/// The name of what stood before.
const BEFORE: &str = "before.jsonl";
/// The most bytes of a run's id.
const MOST_ID_BYTES: u64 = 64;
/// The folder of templates.
const TEMPLATES: &str = "templates";

/// Where runs are kept between jobs.
#[derive(Clone, Debug)]
pub struct Shelf {
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
pub enum ShelfError {
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

impl Shelf {
    /// Returns a shelf that is this machine's alone.
    pub fn of(folder: RunFolder) -> Self {
        Self { folder, bucket: None }
    }

    /// Returns the shelf with a bucket beside it: `NAME` or `NAME/PREFIX`.
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
    pub async fn run_of(&self, job: &JobId) -> Result<Option<RunId>, ShelfError> {
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
    pub async fn note(&self, job: &JobId, run: &RunId) -> Result<(), ShelfError> {
        let Some(Bucket { objects, name, prefix }) = &self.bucket else { return Ok(()) };
        let text = run.as_str().as_bytes().to_vec();
        Ok(objects.put(name, &format!("{prefix}jobs/{job}"), text, None).await?)
    }

    /// Brings a run here from the bucket, if what is kept there is newer.
    ///
    /// # Errors
    /// If it is there and cannot be had.
    pub async fn fetch(&self, run: &RunId) -> Result<(), ShelfError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let draft = self.folder.beside(&format!("{run}.draft"));
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft)?;
        let fetched = self.fetch_to(bucket, run, &draft).await;
        let _ = fs::remove_dir_all(&draft);
        fetched
    }

    async fn fetch_to(&self, bucket: &Bucket, run: &RunId, draft: &Path) -> Result<(), ShelfError> {
        let packed = draft.join("packed.zip");
        let mut file = File::create(&packed)?;
        let key = bucket.key(run);
        match bucket.objects.get(&bucket.name, &key, MOST_PACKED_BYTES, &mut file).await {
            Err(error) if error.is_missing() => return Ok(()),
            got => got?,
        }
        let files = draft.join("files");
        fs::create_dir(&files)?;
        artifact::unpack(File::open(&packed)?, &files)?;
        let bytes = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        if bytes(&files.join(JOURNAL)) <= bytes(&self.folder.journal(run)) {
            return Ok(());
        }
        let templates = Templates::of(&self.folder);
        for (digest, text) in kept_templates(&files.join(TEMPLATES))? {
            templates.keep(&digest, &text)?;
        }
        let before = files.join(BEFORE);
        if before.is_file() {
            fs::rename(before, self.folder.before(run))?;
        }
        // Last: a journal that is here is believed to be whole.
        fs::rename(files.join(JOURNAL), self.folder.journal(run))?;
        Ok(())
    }

    /// Keeps a run, as it stands in this machine's folder, in the bucket as well.
    ///
    /// # Errors
    /// If it cannot be read here or written there.
    pub async fn put(&self, run: &RunId) -> Result<(), ShelfError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let mut files = vec![(JOURNAL.to_owned(), fs::read_to_string(self.folder.journal(run))?)];
        match fs::read_to_string(self.folder.before(run)) {
            Ok(text) => files.push((BEFORE.to_owned(), text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let templates = Templates::of(&self.folder);
        let befores = read_befores(&self.folder, run)?;
        let digests: std::collections::BTreeSet<&String> =
            befores.values().filter_map(|before| before.template.as_ref()).collect();
        for digest in digests {
            files.push((format!("{TEMPLATES}/{digest}"), templates.read(digest)?));
        }
        let packed = artifact::pack(&files)?;
        Ok(bucket.objects.put(&bucket.name, &bucket.key(run), packed, None).await?)
    }
}

impl Bucket {
    fn key(&self, run: &RunId) -> String {
        format!("{}runs/{run}.zip", self.prefix)
    }
}

/// Returns the templates in a folder by their digests; none if there is no such folder.
fn kept_templates(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_, io::Error>>()?;
    let kept = paths.into_iter().filter_map(|path| {
        let digest = path.file_name()?.to_str()?.to_owned();
        let is_digest = digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| fs::read_to_string(&path).map(|text| (digest, text)))
    });
    kept.collect()
}
