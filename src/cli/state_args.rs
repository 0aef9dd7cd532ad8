//! Where runs are kept, as the command line says it, and as it was found out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use tokio::time::timeout;

use super::state_folder;
use crate::event::NamedState;
use crate::journal::RunFolder;
use crate::name::S3Place;
use crate::state::RunPlace;

/// How long it may take at the end of a command to keep what it found out: the next one finds it out again.
const KEPT_WITHIN: Duration = Duration::from_secs(15);

/// Where runs are kept.
#[derive(Clone, Debug, Args)]
pub struct StateArgs {
    /// Where runs are kept: a folder, or s3://BUCKET/PREFIX [default: what the file says, else the nearest
    /// .xdeploy, here or above]
    #[arg(
        long,
        value_name = "PLACE",
        env = "XDEPLOY_STATE_DIR",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub state_dir: Option<PathBuf>,
    /// The place, once it was found out.
    #[arg(skip)]
    opened: Arc<OnceLock<RunPlace>>,
    /// The environment file that names it, if one does.
    #[arg(skip)]
    named_by: Arc<OnceLock<PathBuf>>,
    /// The folder of its working copy, where nothing lasts.
    #[arg(skip)]
    temporary: Arc<OnceLock<tempfile::TempDir>>,
}

impl StateArgs {
    /// Returns what names a place, or none.
    pub fn of(place: Option<PathBuf>) -> Self {
        Self {
            state_dir: place,
            opened: Arc::default(),
            named_by: Arc::default(),
            temporary: Arc::default(),
        }
    }

    /// Returns how the place is named, unless a command that names none finds it as well. A variable
    /// that is empty names nothing.
    pub fn named(&self) -> Option<NamedState> {
        let file = self.named_by.get().filter(|_| self.is_open()).cloned();
        self.named_place().map(|place| NamedState { place, file })
    }

    fn named_place(&self) -> Option<PathBuf> {
        let usual = Path::new(state_folder::NAME);
        match self.opened.get() {
            Some(RunPlace::Shared(shared)) => Some(PathBuf::from(shared.place().as_str())),
            Some(RunPlace::Folder(folder)) => folder.path().parent().map(Path::to_owned),
            None => self.named_folder().filter(|folder| *folder != usual).map(Path::to_owned),
        }
    }

    /// Returns the folder of journals: what is shared stands there as it was brought here last.
    pub fn folder(&self) -> RunFolder {
        self.place().folder().clone()
    }

    /// Returns the place where runs are kept.
    pub fn place(&self) -> RunPlace {
        let folder = || match self.named_folder() {
            Some(named) => RunFolder::of(named),
            None => RunFolder::of(&state_folder::nearest()),
        };
        self.opened.get().cloned().unwrap_or_else(|| RunPlace::Folder(folder()))
    }

    /// Sets the place that was found out.
    pub fn open(&self, place: RunPlace) {
        let _ = self.opened.set(place);
    }

    /// Whether the command line or the process's environment names a place.
    pub fn is_named(&self) -> bool {
        self.state_dir.as_ref().is_some_and(|named| !named.as_os_str().is_empty())
    }

    /// Sets the environment file that names the place.
    pub fn named_by(&self, file: &Path) {
        let _ = self.named_by.set(file.to_owned());
    }

    /// Keeps a folder for as long as the command goes on.
    pub fn keep_temporary(&self, folder: tempfile::TempDir) {
        let _ = self.temporary.set(folder);
    }

    /// Whether the place was found out.
    pub fn is_open(&self) -> bool {
        self.opened.get().is_some()
    }

    /// Gives back what a command that ends still has of what is shared, and keeps there what it found out.
    pub async fn settle(&self) {
        if let Some(RunPlace::Shared(shared)) = self.opened.get() {
            match timeout(KEPT_WITHIN, shared.put_small()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "what was found out is not kept where others see it");
                }
                Err(_) => tracing::warn!("what was found out is not kept: no answer came"),
            }
            shared.settle().await;
        }
    }

    /// Returns the folder that is named; a place in S3 is none.
    fn named_folder(&self) -> Option<&Path> {
        let is_folder = |named: &&PathBuf| {
            !named.as_os_str().is_empty() && !named.to_str().is_some_and(S3Place::is_address)
        };
        self.state_dir.as_ref().filter(is_folder).map(PathBuf::as_path)
    }
}

/// The environment file whose runs are meant.
#[derive(Clone, Debug, Args)]
pub struct OfArgs {
    /// The environment file that says where its runs are kept
    #[arg(long, value_name = "FILE")]
    pub of: Option<PathBuf>,
}

impl OfArgs {
    /// Returns the file as a list of files.
    pub fn files(&self) -> Vec<PathBuf> {
        self.of.iter().cloned().collect()
    }
}
