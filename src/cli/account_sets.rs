//! Which accounts the environments of a command have in all, told before anything is done: who is new, gone or grouped
//! otherwise, and that many are at once is accepted.

use super::account_set::AccountSet;
use super::arguments::{ProgressMode, SelectionArgs};
use super::dependents::named;
use super::error::CommandError;
use super::load::read;
use super::print;
use crate::engine;
use crate::event::RunRefusal;
use crate::journal::RunFolder;
use crate::name::InstanceId;
use crate::report::{counted, wrapped};
use crate::run::{AccountStore, LeftBehindStack};

/// How wide what is told stands.
const WIDTH: usize = 78;

/// The accounts of the environments that have some in AWS Organizations, or had when they were run last.
pub struct AccountSets {
    store: AccountStore,
    sets: Vec<AccountSet>,
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
        if selected.listings.is_empty() && store.is_empty() {
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

    /// Checks that it is known whom the last runs were about, and that not many are gone at once, unless that is
    /// accepted.
    ///
    /// # Errors
    /// If more than a tenth of an environment's accounts is gone since its last run, or has left a group; or what was
    /// kept of that run cannot be read.
    pub fn check(&self, command: &'static str, is_accepted: bool) -> Result<(), CommandError> {
        let unknown: Vec<String> = self.sets.iter().filter_map(AccountSet::unknown).collect();
        if !unknown.is_empty() {
            let help = "so it is not known which accounts are gone or have left their groups; look at \
                        `xdeploy accounts`, and if they are the right ones, move the file away: then the next run \
                        begins anew with them";
            return Err(refused(command, (unknown.join("; "), help)));
        }
        let lost = self.sets.iter().flat_map(AccountSet::losses);
        let lost: Vec<String> = lost.filter(|_| !is_accepted).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let help = "look whether units or tags were changed by mistake; if it is meant, add --accept-accounts: \
                    nothing in these accounts is deleted, and `xdeploy status` lists what stands there";
        Err(refused(command, (lost.join("; "), help)))
    }

    /// Checks that none of the stacks that are pruned may be left behind only as AWS Organizations says otherwise of
    /// its account than before, unless that is accepted.
    ///
    /// # Errors
    /// Naming those that are.
    pub fn check_pruned(
        &self,
        pruned: &[LeftBehindStack],
        is_accepted: bool,
    ) -> Result<(), CommandError> {
        let is_of_moved = |one: &&LeftBehindStack| {
            // One in an account that is gone is only here as `--gone` names that.
            if one.told.account_gone {
                return false;
            }
            let sets = self.sets.iter().filter(|set| set.environment == one.told.id.environment);
            sets.into_iter().any(|set| set.moved_since(&one.told.account_id, one.known.at))
        };
        let ids: Vec<&InstanceId> =
            pruned.iter().filter(is_of_moved).map(|one| &one.told.id).collect();
        if ids.is_empty() || is_accepted {
            return Ok(());
        }
        let message = format!(
            "{} may be left behind only as the name or the groups of the account changed in AWS Organizations: {}",
            counted(ids.len(), "stack instance"),
            named(&ids, self.sets.len() > 1)
        );
        let help = "look at `xdeploy accounts`; if they are to be deleted, add --accept-accounts";
        Err(refused("prune", (message, help)))
    }

    /// Keeps them as those of a run, to be compared with those of the next.
    pub fn keep(&self, run: &engine::Run) {
        for set in &self.sets {
            self.store.keep_run(&set.environment, set.of_run(&run.id, run.clock.now()));
        }
    }
}

fn refused(command: &'static str, (message, help): (String, &str)) -> CommandError {
    let help = Some(help.to_owned());
    CommandError::refused(command, RunRefusal { message, help, ..RunRefusal::default() })
}
