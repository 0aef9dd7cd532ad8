//! The accounts of one environment, beside those that its last run was about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::environment::{AccountGroups, AccountSpec, Environment, FoundAccounts};
use crate::error_chain::with_causes;
use crate::foreign::one_line;
use crate::name::{AccountId, AccountName, EnvironmentName, GroupName, RunId};
use crate::organization::{ACTIVE, LeftOut};
use crate::report::counted;
use crate::run::{
    AccountChanges, AccountStore, AccountsOfRun, CoveredAccounts, GroupLoss, UnreadableAccounts,
};

/// How many accounts are named.
const MOST_NAMES: usize = 8;

/// The accounts of an environment.
pub(super) struct AccountSet {
    pub environment: EnvironmentName,
    covered: CoveredAccounts,
    /// Whom the last run was about, if one is known, and what became of them.
    last_run: Result<Option<(AccountsOfRun, AccountChanges)>, UnreadableAccounts>,
    /// How many are found, and whether they are made up; nothing if the file has no `organization`.
    found: Option<(usize, bool)>,
    /// Each account that cannot be used, and why.
    left_out: Vec<String>,
    /// The same of those that the file names, which are not left out.
    not_active: Vec<String>,
}

impl AccountSet {
    /// Returns the accounts of an environment that has some in AWS Organizations, or had when it was run last.
    pub fn of(environment: &Environment, store: &AccountStore) -> Option<Self> {
        let organization = environment.organization.as_ref();
        let found = organization.and_then(|it| it.found.as_ref());
        let kept = store.read(&environment.name.value).map(|kept| kept.last_run);
        if found.is_none() && matches!(kept, Ok(None)) {
            return None;
        }
        let covered = covered(environment);
        let last_run = kept.map(|last_run| {
            let last_run = last_run?;
            let changes = AccountChanges::between(&last_run.covered, &covered);
            Some((last_run, changes))
        });
        Some(Self {
            environment: environment.name.value.clone(),
            covered,
            last_run,
            found: found.map(|found| (found.new.len(), found.is_made_up)),
            left_out: found.map(left_out).unwrap_or_default(),
            not_active: found.map(|found| not_active(environment, found)).unwrap_or_default(),
        })
    }

    fn compared(&self) -> Option<&(AccountsOfRun, AccountChanges)> {
        self.last_run.as_ref().ok()?.as_ref()
    }

    /// Says which accounts there are, and what became of them.
    pub fn told(&self) -> String {
        let count = counted(self.covered.accounts.len(), "account");
        let mut parts = vec![format!("{}: {count}", self.environment)];
        match self.found {
            Some((found, true)) => parts[0].push_str(&format!(", {found} of them made up")),
            Some((found, false)) => {
                parts[0].push_str(&format!(", {found} of them from AWS Organizations"));
            }
            None => parts[0].push_str(", none of them from AWS Organizations any more"),
        }
        if let Some((_, changes)) = self.compared() {
            parts.extend(told(changes));
        }
        parts.extend(self.unknown());
        if !self.left_out.is_empty() {
            parts.push(format!("left out: {}", named(&self.left_out)));
        }
        if !self.not_active.is_empty() {
            parts.push(format!("in the file and not active: {}", named(&self.not_active)));
        }
        parts.join("; ")
    }

    /// Says why it is not known whom the last run was about.
    pub fn unknown(&self) -> Option<String> {
        let error = self.last_run.as_ref().err()?;
        Some(one_line(&with_causes(error)))
    }

    /// Says that many are gone, and of which groups many are no longer.
    pub fn losses(&self) -> Vec<String> {
        let Some((AccountsOfRun { run, .. }, changes)) = self.compared() else { return Vec::new() };
        let environment = &self.environment;
        let gone = changes.is_large_loss().then(|| {
            format!(
                "{} of the {} that {environment} had in its last run, {run}, are gone: {}",
                changes.gone.len(),
                counted(changes.before, "account"),
                named(&changes.gone)
            )
        });
        let left = |GroupLoss { group, before, left }: &GroupLoss| {
            format!(
                "{} of the {} that the group {group} of {environment} had in its last run, {run}, are no longer in \
                 it: {}",
                left.len(),
                counted(*before, "account"),
                named(left)
            )
        };
        let large = changes.left.iter().filter(|loss| loss.is_large());
        gone.into_iter().chain(large.map(left)).collect()
    }

    /// Whether AWS Organizations says otherwise of an account than it did at that time.
    pub fn moved_since(&self, account: &AccountId, at: Timestamp) -> bool {
        self.compared().is_some_and(|(last_run, changes)| {
            let before = last_run.moved.get(account);
            changes.moved.contains(account) || before.is_some_and(|moved| at <= *moved)
        })
    }

    /// Returns them as those of a run that begins now; nothing where no later one needs to know, as all of them stand
    /// in the file.
    pub fn of_run(&self, run: &RunId, now: Timestamp) -> Option<AccountsOfRun> {
        self.found?;
        let mut moved = BTreeMap::new();
        if let Some((last_run, changes)) = self.compared() {
            moved.clone_from(&last_run.moved);
            moved.extend(changes.moved.iter().map(|id| (id.clone(), now)));
        }
        Some(AccountsOfRun { run: run.clone(), covered: self.covered.clone(), moved })
    }
}

/// Returns whom an environment covers, and who is in the groups that AWS Organizations decides about.
fn covered(environment: &Environment) -> CoveredAccounts {
    let decided = environment.groups.iter().filter(|group| !group.members.is_empty());
    let mut groups: BTreeMap<GroupName, BTreeSet<AccountId>> =
        decided.map(|group| (group.name.value.clone(), BTreeSet::new())).collect();
    let (of, has_groups) = (AccountGroups::of(environment), !groups.is_empty());
    for account in environment.accounts.iter().filter(|_| has_groups) {
        for group in of.of_account(account) {
            if let Some(members) = groups.get_mut(&group.name.value) {
                members.insert(account.id.value.clone());
            }
        }
    }
    let named = |it: &AccountSpec| (it.id.value.clone(), it.name.value.clone());
    let accounts = environment.accounts.iter().map(named).collect();
    CoveredAccounts { accounts, groups }
}

/// Says what became of accounts since the last run.
fn told(changes: &AccountChanges) -> Vec<String> {
    let AccountChanges { new, gone, renamed, left, .. } = changes;
    let named_since = |names: &[AccountName], what: &str| {
        (!names.is_empty()).then(|| format!("{what}: {}", named(names)))
    };
    let renamed: Vec<String> =
        renamed.iter().map(|(before, now)| format!("{before} (now {now})")).collect();
    let mut told: Vec<String> = Vec::new();
    told.extend(named_since(new, "new since the last run"));
    told.extend(named_since(gone, "gone"));
    told.extend((!renamed.is_empty()).then(|| format!("renamed: {}", named(&renamed))));
    told.extend(
        left.iter().map(|loss| format!("no longer in {}: {}", loss.group, named(&loss.left))),
    );
    told
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

/// Returns the accounts that the file names and Organizations says are not active.
fn not_active(environment: &Environment, found: &FoundAccounts) -> Vec<String> {
    let told = |account: &AccountSpec| {
        let known = found.known.get(&account.id.value).filter(|known| known.state != ACTIVE)?;
        Some(format!("{} ({})", account.name.value, one_line(&known.state)))
    };
    environment.accounts.iter().filter_map(told).collect()
}

fn named<T: ToString>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(T::to_string).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
