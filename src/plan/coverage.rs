//! Which stacks environments name, in all their accounts and Regions: whatever is selected, and without
//! the values that they are sent with.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::composer::Composer;
use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::resolve::lay_out;
use crate::document::Faults;
use crate::environment::Environment;
use crate::name::{
    AccountId, EnvironmentName, GroupName, InstanceId, Region, StackKey, StackPlace,
};

/// Every stack that environments name.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The environments themselves.
    pub environments: BTreeSet<EnvironmentName>,
    /// What names each stack.
    pub stacks: BTreeMap<StackPlace, InstanceId>,
    /// The accounts that each environment covers, whether stacks are sent there or not.
    pub accounts: BTreeSet<(EnvironmentName, AccountId)>,
    /// The groups that accounts belong to, by environment and account.
    pub groups: BTreeMap<(EnvironmentName, AccountId), BTreeSet<GroupName>>,
    /// The stack instances whose stacks have other names where the process has other variables: by
    /// environment, account, Region and key.
    pub varying: BTreeSet<(EnvironmentName, AccountId, Region, StackKey)>,
    /// Files that name one of the environments as well and are none of those that this is of.
    pub other_files: BTreeSet<(EnvironmentName, PathBuf)>,
}

impl Coverage {
    /// Returns the groups of an environment that an account belongs to.
    pub fn groups_of(
        &self,
        environment: &EnvironmentName,
        account: &AccountId,
    ) -> impl Iterator<Item = &GroupName> {
        self.groups.get(&(environment.clone(), account.clone())).into_iter().flatten()
    }

    /// Whether a stack that an environment had under a key may be the one of other variables.
    pub fn varies(
        &self,
        environment: &EnvironmentName,
        key: &StackKey,
        place: &StackPlace,
    ) -> bool {
        let StackPlace { account_id, region, .. } = place;
        let of = (environment.clone(), account_id.clone(), region.clone(), key.clone());
        self.varying.contains(&of)
    }
}

/// Returns every stack that environments name; `variables` looks up the process's environment for
/// `${env:}`.
///
/// # Errors
/// Why the account, the Region or the name of a stack cannot be told: any stack may be that one then.
pub fn coverage(
    environments: &[Environment],
    variables: &EnvVariables<'_>,
) -> Result<Coverage, Faults> {
    coverage_within(None, environments, variables)
}

/// Returns the same for files that are not trusted: none that stands outside of `root` is read.
///
/// # Errors
/// As [`coverage`], and where a file names one outside.
pub fn coverage_within(
    root: Option<&Path>,
    environments: &[Environment],
    variables: &EnvVariables<'_>,
) -> Result<Coverage, Faults> {
    let mut faults = FaultBook::default();
    let (placements, _) = lay_out(environments, variables, &mut faults);
    let is_asked = Cell::new(false);
    let watched = |name: &str| {
        is_asked.set(true);
        variables(name)
    };
    let mut composer = Composer::within(root, &placements, &watched, faults);
    let mut coverage = Coverage::default();
    for environment in environments {
        let name = &environment.name.value;
        coverage.environments.insert(name.clone());
        let listed = environment.accounts.iter().map(|account| &account.id.value);
        let source = environment.source.account.iter().map(|id| &id.value);
        coverage.accounts.extend(listed.chain(source).map(|id| (name.clone(), id.clone())));
    }
    for target in &placements.targets {
        let environment = environments[target.environment].name.value.clone();
        let names = target.groups.iter().map(|group| group.name.value.clone()).collect();
        coverage.groups.insert((environment, target.id.clone()), names);
    }
    for placement in &placements.all {
        let target = &placements.targets[placement.target];
        is_asked.set(false);
        let Some(stack_name) = composer.stack_name(*placement) else { continue };
        let (account_id, region) = (target.id.clone(), placement.region.clone());
        let id = InstanceId {
            environment: environments[target.environment].name.value.clone(),
            account: target.name.clone(),
            region: region.clone(),
            stack: placement.stack.key.value.clone(),
        };
        if is_asked.get() {
            let (environment, key) = (id.environment.clone(), id.stack.clone());
            coverage.varying.insert((environment, account_id.clone(), region.clone(), key));
        }
        coverage.stacks.insert(StackPlace { account_id, region, stack_name }, id);
    }
    if composer.faults.has_no_errors() {
        return Ok(coverage);
    }
    let secrets = composer.secrets();
    Err(secrets.hidden_in(composer.faults.into_faults()))
}
