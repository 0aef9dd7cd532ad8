//! Runs that are kept and what is written of them, as words on the command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::arguments::{Place, TextOrJson};
use super::conduct::Conduct;
use crate::journal::RunFolder;

/// Where runs are kept unless something else is said.
const DEFAULT_FOLDER: &str = ".xdeploy";

/// Where runs are kept.
#[derive(Clone, Debug, Args)]
pub struct Kept {
    /// The folder whose `runs` holds the journal of each run
    #[arg(
        long,
        value_name = "DIR",
        env = "XDEPLOY_STATE_DIR",
        hide_env_values = true,
        default_value = DEFAULT_FOLDER,
        value_parser = OsStringValueParser::new().map(state_folder)
    )]
    pub state_dir: PathBuf,
}

impl Kept {
    /// Returns the folder as it was named, unless it is the usual one.
    pub fn named(&self) -> Option<PathBuf> {
        (self.state_dir != Path::new(DEFAULT_FOLDER)).then(|| self.state_dir.clone())
    }

    /// Returns the folder of journals.
    pub fn folder(&self) -> RunFolder {
        RunFolder::of(&self.state_dir)
    }
}

/// Files that a report is written to.
#[derive(Clone, Debug, Args)]
pub struct ReportFiles {
    /// Write a page about the run that needs no network
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub html: Option<PathBuf>,
    /// Write the run as a JUnit report, a test case for each stack instance
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub junit: Option<PathBuf>,
}

/// `runs`.
#[derive(Clone, Debug, Args)]
pub struct Runs {
    /// Where they are kept.
    #[command(flatten)]
    pub kept: Kept,
    /// The most runs to list
    #[arg(long, value_name = "N", default_value = "20")]
    pub limit: NonZeroUsize,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// `resume`.
#[derive(Clone, Debug, Args)]
pub struct Resume {
    /// The run: its id, the start of one, or `latest`; or an environment file, to go on from what
    /// stands in the cloud
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub place: Place,
    /// Ask no question about an environment file; a run was agreed to when it began
    #[arg(short, long)]
    pub yes: bool,
    /// How it is told.
    #[command(flatten)]
    pub conduct: Conduct,
    /// When the run is asked to stop, cancel the updates that are under way: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
}

/// `rollback`.
#[derive(Clone, Debug, Args)]
pub struct Rollback {
    /// The run whose changes are put back: its id, the start of one, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub place: Place,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// How it is told.
    #[command(flatten)]
    pub conduct: Conduct,
}

/// `report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// The run: its id, the start of one, `latest`, or the path of a .jsonl file
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    /// Where it is kept.
    #[command(flatten)]
    pub kept: Kept,
    /// What is written besides.
    #[command(flatten)]
    pub files: ReportFiles,
    /// What stdout is: a summary for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// A variable that is empty says nothing.
fn state_folder(text: OsString) -> PathBuf {
    if text.is_empty() { PathBuf::from(DEFAULT_FOLDER) } else { PathBuf::from(text) }
}

/// A dash is no file here: stdout has the summary already.
fn file(text: &str) -> Result<PathBuf, String> {
    match text {
        "" | "-" => Err("the name of a file is needed".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}
