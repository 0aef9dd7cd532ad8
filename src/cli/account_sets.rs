//! Which accounts the environments of a command have in all, told before anything is done: who is new, who is gone, and
//! that many are gone at once is accepted.

use std::collections::BTreeMap;

use super::arguments::{ProgressMode, SelectionArgs};
use super::error::CommandError;
use super::load::read;
use super::print;
use crate::environment::{Environment, FoundAccounts};
use crate::event::RunRefusal;
use crate::foreign::one_line;
use crate::journal::RunFolder;
use crate::name::{AccountId, AccountName, EnvironmentName, RunId};
use crate::organization::LeftOut;
use crate::report::{counted, wrapped};
use crate::run::{AccountChanges, AccountStore, AccountsOfRun};

/// How many accounts are named.
const MOST_NAMES: usize = 8;
/// How wide what is told stands.
const WIDTH: usize = 78;

/// The accounts of the environments that have some in AWS Organizations.
pub struct AccountSets {
    store: AccountStore,
    sets: Vec<AccountSet>,
}

/// The accounts of an environment.
struct AccountSet {
    environment: EnvironmentName,
    accounts: BTreeMap<AccountId, AccountName>,
    /// What became of them since the last run, if one is known.
    changes: Option<(RunId, AccountChanges)>,
    /// How many are found, and whether they are made up.
    found: (usize, bool),
    /// Each account that cannot be used, and why.
    left_out: Vec<String>,
}

impl AccountSets {
    /// Returns the accounts of files, selected or not, beside those of the last runs that are kept in a folder.
    ///
    /// # Errors
    /// With the faults of the files.
    pub fn of(
        selected: &SelectionArgs,
        folder: &RunFolder,
        is_sandbox: bool,
    ) -> Result<Self, CommandError> {
        let store = AccountStore::of(folder, is_sandbox);
        if selected.listings.is_empty() {
            return Ok(Self { store, sets: Vec::new() });
        }
        let environments = read(&selected.files, &selected.listings)?;
        let sets = environments.iter().filter_map(|one| AccountSet::of(one, &store)).collect();
        Ok(Self { store, sets })
    }

    /// Says which accounts there are.
    pub fn tell(&self, progress: ProgressMode) {
        if progress.is_for_people() {
            let told = self.sets.iter().map(AccountSet::told);
            told.flat_map(|text| wrapped(&text, WIDTH)).for_each(|line| print::note(&line));
        }
    }

    /// Checks that not many are gone at once, unless that is accepted.
    ///
    /// # Errors
    /// If more than a tenth of an environment's accounts is gone since its last run.
    pub fn check(&self, command: &'static str, is_accepted: bool) -> Result<(), CommandError> {
        let lost = self.sets.iter().filter_map(AccountSet::loss);
        let lost: Vec<String> = lost.filter(|_| !is_accepted).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let help = "look whether units or tags were changed by mistake; if the accounts are gone for good, add \
                    --accept-accounts: nothing in them is deleted, and `xdeploy status` lists what stands there";
        let (message, help) = (lost.join("; "), Some(help.to_owned()));
        Err(CommandError::refused(command, RunRefusal { message, help, dependents: Vec::new() }))
    }

    /// Keeps them as those of a run, to be compared with those of the next.
    pub fn keep(&self, run: &RunId) {
        for AccountSet { environment, accounts, .. } in &self.sets {
            let of_run = AccountsOfRun { run: run.clone(), accounts: accounts.clone() };
            self.store.keep_run(environment, of_run);
        }
    }
}

impl AccountSet {
    fn of(environment: &Environment, store: &AccountStore) -> Option<Self> {
        let found = environment.organization.as_ref()?.found.as_ref()?;
        let accounts: BTreeMap<AccountId, AccountName> = environment
            .accounts
            .iter()
            .map(|account| (account.id.value.clone(), account.name.value.clone()))
            .collect();
        let last_run = store.read(&environment.name.value).last_run;
        let changes =
            last_run.map(|last| (last.run, AccountChanges::between(&last.accounts, &accounts)));
        Some(Self {
            environment: environment.name.value.clone(),
            accounts,
            changes,
            found: (found.new.len(), found.is_made_up),
            left_out: left_out(found),
        })
    }

    fn told(&self) -> String {
        let mut parts =
            vec![format!("{}: {}", self.environment, counted(self.accounts.len(), "account"))];
        match self.found {
            (found, true) => parts[0].push_str(&format!(", {found} of them made up")),
            (found, false) => {
                parts[0].push_str(&format!(", {found} of them from AWS Organizations"));
            }
        }
        if let Some((_, AccountChanges { new, gone, .. })) = &self.changes {
            let named_since = |names: &[AccountName], what: &str| {
                (!names.is_empty()).then(|| format!("{what}: {}", named(names)))
            };
            parts.extend(named_since(new, "new since the last run"));
            parts.extend(named_since(gone, "gone"));
        }
        if !self.left_out.is_empty() {
            parts.push(format!("left out: {}", named(&self.left_out)));
        }
        parts.join("; ")
    }

    /// Says that many are gone, if they are.
    fn loss(&self) -> Option<String> {
        let (run, changes) = self.changes.as_ref().filter(|(_, it)| it.is_large_loss())?;
        Some(format!(
            "{} of the {} that {} had in its last run, {run}, are gone: {}",
            changes.gone.len(),
            counted(changes.before, "account"),
            self.environment,
            named(&changes.gone)
        ))
    }
}

/// Returns the accounts that cannot be used; of those that the file leaves out it says so itself.
fn left_out(found: &FoundAccounts) -> Vec<String> {
    let told = |(id, why): (&AccountId, &LeftOut)| match why {
        LeftOut::NotActive(state) => {
            let known = found.known.get(id)?;
            Some(format!("{} ({})", one_line(&known.name), one_line(state)))
        }
        LeftOut::Excepted(_) | LeftOut::Source => None,
    };
    found.left_out.iter().filter_map(told).collect()
}

fn named<T: ToString>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(T::to_string).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
