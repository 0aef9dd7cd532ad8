//! Where runs are kept, found out before anything else: the place that is named, else the one that the files name, else
//! the nearest state folder. A place in a bucket is brought up to date.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::arguments::CloudArgs;
use super::connect::from_machine;
use super::error::CommandError;
use super::exit::Exit;
use super::load::variable;
use super::state_args::StateArgs;
use super::{mfa, print};
use crate::clock::Clock;
use crate::cloud::{Cloud, Objects, Owners};
use crate::document::Faults;
use crate::environment::{Environment, ReadDespiteFaults};
use crate::file;
use crate::foreign;
use crate::journal::RunFolder;
use crate::name::{AccountId, Region, S3Place};
use crate::organization::Listings;
use crate::plan::{Plan, StateEntry, StatePlace, state_entry};
use crate::state::{NEWEST, RunPlace, SharedState, StateBucket, StateError};

/// The Region in which a bucket is looked for first where nothing says another.
const ELSE_REGION: &str = "us-east-1";

/// How many runs are brought here whose ids begin as is asked, to tell them.
const MOST_MEANT: usize = 5;

/// How a place in a bucket is reached.
#[derive(Clone, Copy, Default)]
pub struct StateLogin<'a> {
    /// Whether the command is one in the sandbox.
    pub is_sandbox: bool,
    /// Whether files that cannot be read are faults here: nobody reads them later.
    pub must_be_read: bool,
    /// The code of an MFA device, if one is given.
    pub mfa_code: Option<&'a str>,
    /// Takes the cloud in which a second factor was proven.
    pub listed_in: Option<&'a OnceLock<Cloud>>,
}

impl StateLogin<'_> {
    /// The login of a command that takes a file for nothing but the place of its runs.
    pub const OF_FILE: Self =
        Self { is_sandbox: false, must_be_read: true, mfa_code: None, listed_in: None };

    /// Returns the same for files that say nothing but where runs are kept.
    pub fn of_file(self) -> Self {
        Self { must_be_read: true, ..self }
    }
}

impl<'a> From<&'a CloudArgs> for StateLogin<'a> {
    fn from(cloud: &'a CloudArgs) -> Self {
        let (mfa_code, listed_in) = (cloud.mfa_code.as_deref(), Some(&*cloud.listed_in));
        Self { is_sandbox: cloud.sandbox, must_be_read: false, mfa_code, listed_in }
    }
}

/// Finds out where the runs of files are kept, and brings what is shared up to date. In the sandbox nothing is shared.
///
/// # Errors
/// When the files name several places, or one that cannot be used.
pub async fn open_state(
    state: &StateArgs,
    files: &[PathBuf],
    login: StateLogin<'_>,
) -> Result<(), CommandError> {
    if state.is_open() {
        return Ok(());
    }
    open_place(state, files, login).await?;
    match state.place().shared() {
        Some(shared) => shared.refresh(NEWEST).await.map(drop).map_err(|error| unusable(&error)),
        None => Ok(()),
    }
}

/// Does the same, and leaves what is shared as it was brought here last.
///
/// # Errors
/// As [`open_state`], but for what only shows when something is read.
pub async fn open_place(
    state: &StateArgs,
    files: &[PathBuf],
    login: StateLogin<'_>,
) -> Result<(), CommandError> {
    let entries = match login.must_be_read {
        true => files.iter().map(|file| entry(file)).collect::<Result<_, _>>()?,
        false => entries(files),
    };
    let wanted = wanted(state, &entries)?;
    let is_rehearsal = login.is_sandbox && matches!(wanted, Some(StatePlace::Bucket { .. }));
    if let Some(entry) = entries.first().filter(|_| !state.is_named() && !is_rehearsal) {
        state.named_by(&entry.environment.path);
    }
    match wanted {
        None => {}
        Some(StatePlace::Folder(folder)) => state.open(RunPlace::Folder(RunFolder::of(&folder))),
        Some(StatePlace::Bucket { place, .. }) if login.is_sandbox => {
            print::note_line(&format!(
                "the sandbox: nothing is kept in {place}, but in {}",
                foreign::path(state.folder().path())
            ));
        }
        Some(StatePlace::Bucket { place, owner, kms_key }) => {
            let objects = match entries.first() {
                Some(entry) => objects_of_source(login, entry, owner).await?,
                None => own_objects(owner).await?,
            };
            let folder = working_copy(state, &place)?;
            let shared = SharedState::new(StateBucket::new(objects, place, kms_key), folder);
            state.open(RunPlace::Shared(Box::new(shared)));
        }
    }
    Ok(())
}

/// Finds out where the runs of files are kept, for a command that asks nobody: what is shared is looked at as it was
/// brought here last.
///
/// # Errors
/// As [`open_state`].
pub fn open_offline(state: &StateArgs, files: &[PathBuf]) -> Result<(), CommandError> {
    let entries = entries(files);
    let wanted = wanted(state, &entries)?;
    if let Some(entry) = entries.first().filter(|_| !state.is_named()) {
        state.named_by(&entry.environment.path);
    }
    match wanted {
        None => {}
        Some(StatePlace::Folder(folder)) => state.open(RunPlace::Folder(RunFolder::of(&folder))),
        Some(StatePlace::Bucket { place, .. }) => {
            state.open(RunPlace::Folder(working_copy(state, &place)?));
        }
    }
    Ok(())
}

/// Brings the run here that a person means, however old it is: its id, the start of one, or `latest`.
///
/// # Errors
/// When it is there and cannot be had.
pub async fn bring(place: &RunPlace, wanted: &str) -> Result<(), CommandError> {
    let Some(shared) = place.shared() else { return Ok(()) };
    let brought = async {
        if let Ok(run) = place.folder().find_run(wanted) {
            return shared.fetch(&run).await;
        }
        // What means none or several is told by whoever looks for it here.
        for run in shared.runs_that_begin(wanted).await?.iter().rev().take(MOST_MEANT) {
            shared.fetch(run).await?;
        }
        Ok(())
    };
    brought.await.map_err(|error| unusable(&error))
}

/// Brings as many of the newest runs here, and returns how many older ones there are.
///
/// # Errors
/// When they cannot be had.
pub async fn bring_newest(place: &RunPlace, newest: usize) -> Result<usize, CommandError> {
    match place.shared() {
        Some(shared) if newest > NEWEST => {
            shared.refresh(newest).await.map_err(|error| unusable(&error))
        }
        // It was done when the place was opened.
        Some(_) | None => Ok(0),
    }
}

/// Returns why the state cannot be used.
pub fn unusable(error: &StateError) -> CommandError {
    let exit = if error.is_refusal() { Exit::NotEntered } else { Exit::Usage };
    CommandError { exit, ..CommandError::caused_by(error, error.help()) }
}

/// Returns what files say of where their runs are kept, as far as they can be read: what is wrong with them is told by
/// whoever reads them next.
fn entries(files: &[PathBuf]) -> Vec<StateEntry> {
    files.iter().filter_map(|file| entry(file).ok()).collect()
}

/// Returns what a file says of where its runs are kept.
fn entry(file: &Path) -> Result<StateEntry, Faults> {
    let none = Listings::default();
    let ReadDespiteFaults { environment, faults, .. } =
        Environment::load_despite_faults(file, &none);
    match environment {
        // What else is wrong with it is none of what is asked here.
        Some(environment) => state_entry(&environment, &variable),
        None => Err(Faults(faults)),
    }
}

/// Returns the place that is named, or that the files name.
fn wanted(state: &StateArgs, entries: &[StateEntry]) -> Result<Option<StatePlace>, CommandError> {
    if let Some(named) = state.state_dir.as_ref().filter(|named| !named.as_os_str().is_empty()) {
        return named_place(named);
    }
    let mut places = entries.iter().map(|entry| (&entry.environment.path, &entry.place));
    let Some((first_file, first)) = places.next() else { return Ok(None) };
    match places.find(|(_, place)| *place != first) {
        None => Ok(first.clone()),
        Some((file, _)) => Err(CommandError::usage(format!(
            "{} and {} keep their runs in different places: nothing was touched",
            foreign::path(first_file),
            foreign::path(file)
        ))
        .with_help("let both name the same `state`, or name one place with --state-dir")),
    }
}

fn named_place(named: &Path) -> Result<Option<StatePlace>, CommandError> {
    match named.to_str().filter(|text| S3Place::is_address(text)) {
        // The arguments tell it themselves.
        None => Ok(None),
        Some(text) => {
            let place = text.trim_end_matches('/').parse().map_err(|error| {
                let text = format!("--state-dir: {error}");
                CommandError::usage(text).with_help("name a bucket and a prefix, or a folder")
            })?;
            Ok(Some(StatePlace::Bucket { place, owner: None, kms_key: None }))
        }
    }
}

/// Returns the objects as the source credentials of an environment reach them.
async fn objects_of_source(
    login: StateLogin<'_>,
    entry: &StateEntry,
    owner: Option<AccountId>,
) -> Result<Objects, CommandError> {
    let environments = vec![entry.environment.clone()];
    let plan = Plan { environments, ..Plan::default() };
    let codes = mfa::codes(&plan, login.mfa_code)?;
    let cloud = from_machine(Clock::System)?.with_mfa_codes(codes);
    let source = cloud.source(&entry.environment).await?;
    let owner = owner.unwrap_or_else(|| source.link.account.clone());
    let region = &entry.environment.home_region;
    let objects = cloud.objects_of_source(&source, region, Owners::of(owner));
    // A code of an MFA device is good once.
    if let Some(known) = login.listed_in {
        let _ = known.set(cloud);
    }
    Ok(objects)
}

/// Returns the objects as this machine's own credentials reach them.
async fn own_objects(owner: Option<AccountId>) -> Result<Objects, CommandError> {
    let cloud: Cloud = from_machine(Clock::System)?;
    let region = cloud.own_region().await.and_then(|region| region.parse().ok());
    let region: Region =
        region.unwrap_or_else(|| ELSE_REGION.parse().expect("it is a Region's name"));
    let owner = match owner {
        Some(owner) => owner,
        None => cloud.own_account(&region).await.map_err(|error| CommandError {
            exit: Exit::NotEntered,
            ..CommandError::caused_by(&error, "log in, or name the environment file with --of")
        })?,
    };
    Ok(cloud.objects(&region, None, Owners::of(owner)).await)
}

/// Returns the folder in which the working copy of a place stands on this machine; a temporary one is gone with the
/// command.
fn working_copy(state: &StateArgs, place: &S3Place) -> Result<RunFolder, CommandError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    // What the XDG Base Directory Specification says of a path that is relative: it is passed over.
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let name = &file::digest(place.as_str())[..16];
    if let Some(cache) = cache.or_else(home) {
        let folder = RunFolder::of(&cache.join("xdeploy").join("state").join(name));
        if folder.make().is_ok() {
            return Ok(folder);
        }
    }
    // A job without a home, or with one that cannot be written to: nothing is kept on this machine then.
    let temporary = tempfile::Builder::new().prefix("xdeploy-state-").tempdir();
    let temporary = temporary.map_err(|error| {
        let text = format!("there is no folder for the working copy of {place}: {error}");
        CommandError::usage(text).with_help("name one with XDG_CACHE_HOME")
    })?;
    let folder = RunFolder::of(temporary.path());
    state.keep_temporary(temporary);
    Ok(folder)
}
