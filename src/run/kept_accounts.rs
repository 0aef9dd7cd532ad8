//! Which accounts an environment has: the listing of its organization, and whom its last run was about, as they are kept
//! in a state folder.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::journal::RunFolder;
use crate::name::{AccountId, AccountName, EnvironmentName, RunId};
use crate::organization::{KeptListing, Question};

/// The folder of accounts in a state folder.
const ACCOUNTS: &str = "accounts";

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
    /// All accounts that the environment had, selected or not.
    pub accounts: BTreeMap<AccountId, AccountName>,
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

    /// Returns what is kept of an environment; nothing if it is missing, damaged or of a version to come.
    pub fn read(&self, environment: &EnvironmentName) -> KeptAccounts {
        let read = || {
            let text = self.folder.open_beside(ACCOUNTS)?.read_text(self.file(environment))?;
            Ok::<KeptAccounts, io::Error>(serde_json::from_str(&text)?)
        };
        match read() {
            Ok(kept) if kept.schema == SCHEMA => kept,
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, %environment, "the kept accounts cannot be read");
                KeptAccounts::default()
            }
            Ok(_) | Err(_) => KeptAccounts::default(),
        }
    }

    /// Keeps what Organizations answered, if the folder takes it.
    pub fn keep_listing(&self, environment: &EnvironmentName, listing: &KeptListing) {
        let listing = Some(listing.clone());
        self.write(environment, KeptAccounts { listing, ..self.read(environment) });
    }

    /// Keeps whom a run is about, if the folder takes it.
    pub fn keep_run(&self, environment: &EnvironmentName, run: AccountsOfRun) {
        let last_run = Some(run);
        self.write(environment, KeptAccounts { last_run, ..self.read(environment) });
    }

    fn write(&self, environment: &EnvironmentName, kept: KeptAccounts) {
        let kept = KeptAccounts { schema: SCHEMA, ..kept };
        let text = serde_json::to_string(&kept).expect("names, texts and times become JSON");
        let folder = self.folder.make_beside(ACCOUNTS);
        let written =
            folder.and_then(|it| it.replace_soon(self.file(environment), text.as_bytes()));
        if let Err(error) = written {
            tracing::warn!(%error, %environment, "the accounts cannot be kept");
        }
    }

    fn file(&self, environment: &EnvironmentName) -> String {
        let sandbox = if self.is_sandbox { ".sandbox" } else { "" };
        format!("{environment}{sandbox}.json")
    }
}

/// Returns what AWS Organizations answered last, as far as it is kept in a state folder and answers this question; else
/// the same of the sandbox.
pub fn kept_listing(
    folder: &RunFolder,
    environment: &EnvironmentName,
    question: &Question,
) -> Option<KeptListing> {
    let of = |is_sandbox| {
        let kept = AccountStore::of(folder, is_sandbox).read(environment).listing;
        kept.filter(|kept| kept.asked.holds(question))
    };
    of(false).or_else(|| of(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::Listing;

    #[test]
    fn accounts_are_kept_apart_for_each_environment_and_for_the_sandbox() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        let environment = |name: &str| name.parse::<EnvironmentName>().expect("a name");
        let (store, sandbox) = (AccountStore::of(&folder, false), AccountStore::of(&folder, true));
        assert_eq!(store.read(&environment("prod")), KeptAccounts::default());
        let answer = (Listing::default(), jiff::Timestamp::UNIX_EPOCH);
        let listing = KeptListing::new(Question::default(), answer, None);
        store.keep_listing(&environment("prod"), &listing);
        let run = "20261123-155602-k3f9".parse().expect("a run");
        let accounts = BTreeMap::new();
        store.keep_run(&environment("prod"), AccountsOfRun { run, accounts });
        let kept = store.read(&environment("prod"));
        assert_eq!(kept.listing, Some(listing));
        assert!(kept.last_run.is_some());
        assert_eq!(store.read(&environment("test")), KeptAccounts::default());
        assert_eq!(sandbox.read(&environment("prod")), KeptAccounts::default());
    }
}
