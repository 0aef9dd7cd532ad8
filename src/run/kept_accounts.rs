//! Which accounts an environment has: the listing of its organization, and whom its last run was about, as they are kept
//! in a state folder.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account_changes::CoveredAccounts;
use crate::foreign;
use crate::journal::RunFolder;
use crate::name::{AccountId, EnvironmentName, RunId};
use crate::organization::KeptListing;

/// The folder of accounts in a state folder.
const ACCOUNTS: &str = "accounts";

/// The same of those in the sandbox: an environment may be called `prod.sandbox`.
const IN_SANDBOX: &str = "sandbox-accounts";

/// The form of its files.
const SCHEMA: u32 = 1;

/// What is kept of an environment's accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAccounts {
    schema: u32,
    /// What Organizations answered last.
    #[serde(default)]
    pub listing: Option<KeptListing>,
    /// Whom the last run was about.
    #[serde(default)]
    pub last_run: Option<AccountsOfRun>,
}

/// The accounts of an environment when a run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsOfRun {
    /// The run that they are of.
    pub run: RunId,
    /// Whom the environment covered.
    #[serde(flatten)]
    pub covered: CoveredAccounts,
    /// When each account was found to have moved last, by this run or one before it: as
    /// [`moved`](super::AccountChanges::moved) says. What was deployed there before may be left behind for no other
    /// reason.
    #[serde(default)]
    pub moved: BTreeMap<AccountId, Timestamp>,
}

/// Why it is not known what is kept.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableAccounts {
    /// A later version wrote it.
    #[error("{} was written by a later version of xdeploy", foreign::path(.0))]
    Later(PathBuf),
    /// It is damaged, a link, or cannot be opened.
    #[error("{} cannot be read", foreign::path(path))]
    Damaged {
        /// The file that is kept.
        path: PathBuf,
        /// What the system or JSON says of it.
        source: io::Error,
    },
}

/// Where the accounts of environments are kept: apart for the sandbox, in which others are.
#[derive(Clone, Debug)]
pub struct AccountStore {
    folder: RunFolder,
    is_sandbox: bool,
}

impl AccountStore {
    /// Returns the store of a state folder.
    pub fn of(folder: &RunFolder, is_sandbox: bool) -> Self {
        Self { folder: folder.clone(), is_sandbox }
    }

    /// Whether nothing is kept of any environment.
    pub fn is_empty(&self) -> bool {
        let opened = self.folder.open_beside(self.name());
        opened.is_err_and(|error| self.is_absent(&error))
    }

    /// Returns what is kept of an environment; nothing if there is none.
    ///
    /// # Errors
    /// If there is something that cannot be read.
    pub fn read(&self, environment: &EnvironmentName) -> Result<KeptAccounts, UnreadableAccounts> {
        #[derive(Deserialize)]
        struct Form {
            schema: u32,
        }
        let path = || self.folder.beside(self.name()).join(file(environment));
        let damaged = |source| UnreadableAccounts::Damaged { path: path(), source };
        let text = self
            .folder
            .open_beside(self.name())
            .and_then(|folder| folder.read_text(file(environment)));
        let text = match text {
            Ok(text) => text,
            Err(error) if self.is_absent(&error) => return Ok(KeptAccounts::default()),
            Err(error) => return Err(damaged(error)),
        };
        let form: Form = serde_json::from_str(&text).map_err(|error| damaged(error.into()))?;
        if form.schema > SCHEMA {
            return Err(UnreadableAccounts::Later(path()));
        }
        serde_json::from_str(&text).map_err(|error| damaged(error.into()))
    }

    /// Returns what Organizations answered last for an environment, as far as that is kept and can be read: where it
    /// cannot, it is asked again.
    pub fn listing(&self, environment: &EnvironmentName) -> Option<KeptListing> {
        let kept = self.read(environment).inspect_err(|error| {
            tracing::warn!(%error, %environment, "the kept accounts are not used");
        });
        // On AWS nobody is made up.
        kept.ok()?.listing.filter(|kept| self.is_sandbox || !kept.is_made_up)
    }

    /// Keeps what Organizations answered, if the folder takes it.
    pub fn keep_listing(&self, environment: &EnvironmentName, listing: &KeptListing) {
        self.change(environment, |kept| kept.listing = Some(listing.clone()));
    }

    /// Keeps whom a run is about, if the folder takes it; nothing, to compare the next run with none.
    pub fn keep_run(&self, environment: &EnvironmentName, run: Option<AccountsOfRun>) {
        self.change(environment, |kept| kept.last_run = run);
    }

    /// Changes what is kept. What cannot be read stays as it is: it may tell of a run to compare the next one with.
    fn change(&self, environment: &EnvironmentName, change: impl FnOnce(&mut KeptAccounts)) {
        let written = self.read(environment).map_err(io::Error::other).and_then(|mut kept| {
            change(&mut kept);
            kept.schema = SCHEMA;
            let text = serde_json::to_string(&kept).expect("names, texts and times become JSON");
            let folder = self.folder.make_beside(self.name())?;
            folder.replace_soon(file(environment), text.as_bytes())
        });
        if let Err(error) = written {
            tracing::warn!(%error, %environment, "the accounts cannot be kept");
        }
    }

    /// Whether nothing is kept. A state folder that is no folder holds nothing, and no run can be kept there either; a
    /// link in it is not followed, and whatever it leads to is not known.
    fn is_absent(&self, error: &io::Error) -> bool {
        let is_no_folder = || !self.folder.beside("").is_dir();
        let kind = error.kind();
        kind == io::ErrorKind::NotFound || (kind == io::ErrorKind::NotADirectory && is_no_folder())
    }

    /// Returns the name of its folder.
    fn name(&self) -> &'static str {
        if self.is_sandbox { IN_SANDBOX } else { ACCOUNTS }
    }
}

/// Returns the name of an environment's file.
fn file(environment: &EnvironmentName) -> String {
    format!("{environment}.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::{Listing, Question};

    fn called(name: &str) -> EnvironmentName {
        name.parse().expect("a name")
    }

    fn run() -> AccountsOfRun {
        AccountsOfRun {
            run: "20261123-155602-k3f9".parse().expect("a run"),
            covered: CoveredAccounts::default(),
            moved: BTreeMap::new(),
        }
    }

    #[test]
    fn accounts_are_kept_apart_for_each_environment_and_for_the_sandbox() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        let (store, sandbox) = (AccountStore::of(&folder, false), AccountStore::of(&folder, true));
        assert!(store.is_empty());
        let read = |store: &AccountStore, name| store.read(&called(name)).expect("it can be read");
        assert_eq!(read(&store, "prod"), KeptAccounts::default());
        let answer = (Listing::default(), jiff::Timestamp::UNIX_EPOCH);
        let listing = KeptListing::new(Question::default(), answer, None);
        store.keep_listing(&called("prod"), &listing);
        store.keep_run(&called("prod"), Some(run()));
        let kept = read(&store, "prod");
        assert_eq!(kept.listing, Some(listing));
        assert!(kept.last_run.is_some() && !store.is_empty());
        assert_eq!(read(&store, "test"), KeptAccounts::default());
        assert_eq!(read(&sandbox, "prod"), KeptAccounts::default());
        sandbox.keep_run(&called("prod"), Some(run()));
        assert_eq!(read(&store, "prod.sandbox"), KeptAccounts::default());
        store.keep_run(&called("prod"), None);
        assert_eq!(read(&store, "prod").last_run, None);
    }

    #[test]
    fn accounts_that_are_made_up_are_only_listed_in_the_sandbox() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let answer = (Listing::default(), jiff::Timestamp::UNIX_EPOCH);
        let listing = KeptListing::new(Question::default(), answer, None);
        let listing = KeptListing { is_made_up: true, ..listing };
        for is_sandbox in [true, false] {
            let store = AccountStore::of(&RunFolder::of(state.path()), is_sandbox);
            store.keep_listing(&called("prod"), &listing);
            assert_eq!(store.listing(&called("prod")).is_some(), is_sandbox);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_never_written_over() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let store = AccountStore::of(&RunFolder::of(state.path()), false);
        store.keep_run(&called("prod"), Some(run()));
        let path = state.path().join("accounts/prod.json");
        for text in ["{", "", r#"{"schema": 2, "last_run": []}"#, r#"{"schema": 1, "last_run": 1}"#]
        {
            std::fs::write(&path, text).expect("it can be written");
            let told = store.read(&called("prod")).expect_err("it is told").to_string();
            assert!(told.contains("prod.json"), "{told}");
            assert_eq!(told.contains("later version"), text.contains("2"), "{told}");
            assert_eq!(store.listing(&called("prod")), None);
            store.keep_run(&called("prod"), Some(run()));
            assert_eq!(std::fs::read_to_string(&path).expect("it is there"), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_behind_a_link_is_not_taken_for_nothing() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let store = AccountStore::of(&RunFolder::of(state.path()), false);
        store.keep_run(&called("prod"), Some(run()));
        let path = state.path().join("accounts/prod.json");
        std::fs::rename(&path, state.path().join("moved.json")).expect("it can be moved");
        std::os::unix::fs::symlink("../moved.json", &path).expect("a link");
        assert!(store.read(&called("prod")).is_err());
        std::fs::remove_file(state.path().join("moved.json")).expect("it is there");
        assert!(store.read(&called("prod")).is_err(), "a link that leads nowhere");
    }

    #[test]
    fn a_run_that_a_version_of_before_kept_can_be_compared_with() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let store = AccountStore::of(&RunFolder::of(state.path()), false);
        store.keep_run(&called("prod"), None);
        let text = r#"{"schema": 1, "listing": null, "last_run": {"run": "20261123-155602-k3f9",
            "accounts": {"000000000001": "one"}}}"#;
        std::fs::write(state.path().join("accounts/prod.json"), text).expect("it can be written");
        let last = store.read(&called("prod")).expect("it can be read").last_run.expect("a run");
        assert_eq!(last.covered.accounts.len(), 1);
        assert!(last.covered.groups.is_empty() && last.moved.is_empty());
    }
}
