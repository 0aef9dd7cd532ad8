//! Output sources: the stack instances whose output a reference means.

use super::evaluate::{EvaluationScope, Evaluator};
use super::placements::Placement;
use crate::document::{Fault, Place};
use crate::environment::OutputScope;
use crate::name::{AccountName, StackKey};

impl<'e> Evaluator<'e, '_> {
    /// Says how an output of a stack is written that stands somewhere else than where it was meant.
    fn elsewhere(&self, stack: &StackKey, scope: EvaluationScope<'e>) -> Option<String> {
        let all = &self.placements.all;
        let standing = self.placements.of_stack(scope.environment, stack);
        let &first = standing
            .iter()
            .find(|&&at| Some(all[at].target) == scope.target)
            .or_else(|| standing.first())?;
        let Placement { target, region, .. } = &all[first];
        // Where it stands in one of several accounts, only the account's name leads there from all of them.
        let targets = self.placements.targets.iter();
        let several = targets.filter(|target| target.environment == scope.environment).count() > 1;
        let is_alone = several && standing.iter().all(|&at| all[at].target == *target);
        let account = match Some(*target) == scope.target && !is_alone {
            true => String::new(),
            false => self.placements.targets[*target].name.to_string(),
        };
        let more = match standing.len() {
            1 => String::new(),
            several => format!("; `@*` joins those of all {several} places"),
        };
        Some(format!(
            "it stands in `{}`: write `@{account}/{region}`{more}",
            self.placements.shown(first)
        ))
    }

    /// Returns the placements of a stack in all the places that are meant, and what these are called; nothing where
    /// one place is meant.
    fn standing_in_all(
        &self,
        stack: &StackKey,
        of: &OutputScope,
        scope: EvaluationScope<'e>,
    ) -> Option<(Vec<usize>, String)> {
        let group = |name: &AccountName| self.placements.group(scope.environment, name);
        let (group, within) = match of {
            OutputScope::Everywhere => (None, None),
            OutputScope::EverywhereIn(region) => (None, Some(region)),
            OutputScope::Account(name) => (Some(group(name)?), None),
            OutputScope::AccountRegion(name, region) => (Some(group(name)?), Some(region)),
            OutputScope::Same | OutputScope::Region(_) | OutputScope::Written(_) => return None,
        };
        let is_meant = |&at: &usize| {
            let Placement { target, region, .. } = self.placements.all[at];
            within.is_none_or(|within| within == region)
                && group.is_none_or(|group| self.placements.targets[target].is_in(group))
        };
        let standing = self.placements.of_stack(scope.environment, stack).iter().copied();
        let accounts = match group {
            Some(group) => format!("any account of the group `{group}`"),
            None => "any account".to_owned(),
        };
        let name = within.map_or(accounts.clone(), |region| format!("`{region}`, in {accounts}"));
        Some((standing.filter(is_meant).collect(), name))
    }

    /// Returns the placements of a stack whose output is meant.
    pub fn yielding(
        &self,
        stack: &StackKey,
        of: &OutputScope,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<Vec<usize>, Fault> {
        let nowhere = |place_name: &str| {
            let fault =
                Fault::at(place, format!("the stack `{stack}` does not stand in {place_name}"))
                    .with_label("no such stack instance");
            Fault { help: self.elsewhere(stack, scope), ..fault }
        };
        let (Some(here), Some(region)) = (scope.target, scope.region) else {
            return Err(nowhere("the file's own settings"));
        };
        if let Some((standing, name)) = self.standing_in_all(stack, of, scope) {
            return if standing.is_empty() { Err(nowhere(&name)) } else { Ok(standing) };
        }
        let (target, region) = match of {
            OutputScope::Same => (Some(here), region),
            OutputScope::Region(region) => (Some(here), region),
            OutputScope::AccountRegion(account, region) => {
                (self.placements.target_of(scope.environment, account), region)
            }
            OutputScope::Account(account) => {
                let target = self.placements.target_of(scope.environment, account);
                let standing = target.map_or(&[][..], |to| self.placements.in_account(to, stack));
                let here = target.and_then(|target| self.placements.find(target, region, stack));
                return match (here, standing) {
                    (Some(found), _) => Ok(vec![found]),
                    (None, &[only]) => Ok(vec![only]),
                    (None, []) => Err(nowhere(&format!("`{account}`"))),
                    (None, &[first, ..]) => {
                        let region = self.placements.all[first].region;
                        let message =
                            format!("the stack `{stack}` stands in several Regions of `{account}`");
                        Err(Fault::at(place, message)
                            .with_help(format!("name one: `@{account}/{region}`")))
                    }
                };
            }
            OutputScope::Everywhere | OutputScope::EverywhereIn(_) => {
                unreachable!("several places are taken before")
            }
            OutputScope::Written(_) => unreachable!("its references are known by now"),
        };
        let found = target.and_then(|target| self.placements.find(target, region, stack));
        let name = match of {
            OutputScope::AccountRegion(account, _) => account,
            _ => &self.placements.targets[here].name,
        };
        Ok(vec![found.ok_or_else(|| nowhere(&format!("`{name}/{region}`")))?])
    }
}
