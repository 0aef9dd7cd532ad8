//! The files that `prune` is about, and which part of what is left behind of them is meant.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::arguments::SelectionArgs;
use super::error::CommandError;
use super::exit::Exit;
use super::left_behind::to_remove;
use super::load::{read, variable};
use super::other_files::other_files;
use crate::document::Faults;
use crate::environment::Environment;
use crate::event::LeftBehind;
use crate::journal::{CloudScope, Inventory, InventoryReading};
use crate::name::{AccountId, EnvironmentName, RunId, StackPlace};
use crate::plan::{self, Coverage, Plan, Selection};
use crate::run::{self, EnvironmentCloud, LeftBehindStack};

/// The files, and which part of what is left behind of them is meant.
pub(super) struct PrunedFiles {
    pub environments: Vec<Environment>,
    coverage: Coverage,
    selection: Selection,
    with_dependents: bool,
    is_sandbox: bool,
    gone: BTreeSet<AccountId>,
    /// The runs that went on after the files were read first: what they made may be in newer files.
    meanwhile: BTreeSet<RunId>,
}

/// Why a stack that is left behind is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays<'a> {
    /// No file covers its account any more, and that account was not named.
    AccountGone,
    /// Runs of another environment made it as well, whose file was not named.
    SharedWith(&'a EnvironmentName),
    /// It was changed last from another file of its environment, which was not named.
    MadeFrom(&'a Path),
    /// A run changed or confirmed it after the files were read first.
    Newer,
}

impl PrunedFiles {
    /// Reads the files that are selected, in the sandbox or elsewhere; `gone` are accounts that they do not
    /// cover any more and whose stacks are meant as well.
    ///
    /// # Errors
    /// With what is wrong with the files or the selection, or where an account is covered by all of them.
    pub fn load(
        selected: &SelectionArgs,
        gone: &[AccountId],
        is_sandbox: bool,
    ) -> Result<Self, CommandError> {
        let SelectionArgs { files, accounts, stacks, regions, with_dependents, .. } = selected;
        let listings = &selected.listings;
        if selected.changed_since.is_some() {
            let text =
                "--changed-since selects nothing that no file names any more: nothing was touched";
            return Err(CommandError::usage(text).with_help("leave it out"));
        }
        let environments = read(files, listings)?;
        let coverage = plan::coverage(&environments, &variable)?;
        let selection = Selection::parse(accounts, stacks, regions).map_err(Faults::from)?;
        let is_covered = |id: &&AccountId| {
            let covers = |one: &Environment| {
                coverage.accounts.contains(&(one.name.value.clone(), (*id).clone()))
            };
            environments.iter().all(covers)
        };
        if let Some(id) = gone.iter().find(is_covered) {
            let text = format!("--gone {id}: the account is in the files: nothing was touched");
            let help = "leave --gone out: what is left behind there is deleted without it";
            return Err(CommandError::usage(text).with_help(help));
        }
        let gone = gone.iter().cloned().collect();
        let (with_dependents, meanwhile) = (*with_dependents, BTreeSet::new());
        Ok(Self { environments, coverage, selection, with_dependents, is_sandbox, gone, meanwhile })
    }

    /// Reads the files again, once no other run is on their environments. What runs did to stacks between
    /// the readings `before` and `now` of their journals stays: the files that they had may be newer.
    ///
    /// # Errors
    /// As [`PrunedFiles::load`], and if the files name other environments than before: these are not ours.
    pub fn again(
        &self,
        arguments: (&SelectionArgs, &[AccountId]),
        before: &InventoryReading,
        now: &InventoryReading,
    ) -> Result<Self, CommandError> {
        let again = Self::load(arguments.0, arguments.1, self.is_sandbox)?;
        if again.coverage.environments != self.coverage.environments {
            let text =
                "the files name other environments than when prune began: nothing was touched";
            let help = "begin again with the files as they are";
            return Err(CommandError::new(Exit::Refused, text).with_help(help));
        }
        let grew = |(run, bytes): &(&RunId, &u64)| before.journals.get(*run) != Some(*bytes);
        let meanwhile = now.journals.iter().filter(grew).map(|(run, _)| run.clone()).collect();
        Ok(Self { meanwhile, ..again })
    }

    /// Returns why a stack that is left behind is not deleted; nothing if it is.
    pub fn why_it_stays<'a>(&self, told: &'a LeftBehind) -> Option<Stays<'a>> {
        if let Some(other) = &told.shared_with {
            return Some(Stays::SharedWith(other));
        }
        if let Some(file) = &told.made_from {
            return Some(Stays::MadeFrom(file));
        }
        if told.account_gone && !self.gone.contains(&told.account_id) {
            return Some(Stays::AccountGone);
        }
        self.meanwhile.contains(&told.run).then_some(Stays::Newer)
    }

    /// Returns what may be meant, wherever CloudFormation is reached: that is known once we are logged in.
    pub fn candidates(&self, inventory: &Inventory) -> Vec<LeftBehindStack> {
        let scopes: BTreeSet<_> = inventory.made().map(|stack| &stack.scope).collect();
        let scopes = scopes.into_iter().filter(|scope| scope.sandbox == self.is_sandbox);
        let cloud = |scope: &CloudScope, environment: &Environment| {
            let environment = environment.name.value.clone();
            EnvironmentCloud { environment, scope: scope.clone(), source: None }
        };
        let clouds = scopes
            .flat_map(|scope| self.environments.iter().map(move |one| cloud(scope, one)))
            .collect::<Vec<_>>();
        let mut left = self.selected(inventory, &clouds);
        let mut places = BTreeSet::new();
        left.retain(|one| places.insert(one.told.place()));
        left
    }

    /// Returns what is left behind in these clouds and selected.
    pub fn selected(
        &self,
        inventory: &Inventory,
        clouds: &[EnvironmentCloud],
    ) -> Vec<LeftBehindStack> {
        let other_files = other_files(inventory, &self.environments);
        let coverage = Coverage { other_files, ..self.coverage.clone() };
        let mut left = run::left_behind(inventory, clouds, &coverage).left;
        let takes = |one: &LeftBehindStack| {
            let (id, account) = (&one.told.id, &one.told.account_id);
            self.selection.takes(id, account, self.coverage.groups_of(&id.environment, account))
        };
        let mut chosen: BTreeSet<StackPlace> =
            left.iter().filter(|one| takes(one)).map(|one| one.told.place()).collect();
        let mut count = 0;
        while self.with_dependents && count < chosen.len() {
            count = chosen.len();
            let needs_chosen =
                |one: &&LeftBehindStack| one.known.needs.iter().any(|need| chosen.contains(need));
            let more: Vec<_> =
                left.iter().filter(needs_chosen).map(|one| one.told.place()).collect();
            chosen.extend(more);
        }
        left.retain(|one| chosen.contains(&one.told.place()));
        left
    }

    /// Returns those of `left` that are deleted, and those that stay.
    pub fn meant(
        &self,
        left: Vec<LeftBehindStack>,
    ) -> (Vec<LeftBehindStack>, Vec<LeftBehindStack>) {
        left.into_iter().partition(|one| self.why_it_stays(&one.told).is_none())
    }

    /// Returns the plan that looks for stacks and deletes them.
    ///
    /// # Errors
    /// What is wrong with how the accounts are entered.
    pub fn plan(&self, left: &[LeftBehindStack]) -> Result<Arc<Plan>, CommandError> {
        let stacks: Vec<_> = left.iter().map(to_remove).collect();
        Ok(Arc::new(plan::removal(&self.environments, &stacks, &variable)?))
    }
}
