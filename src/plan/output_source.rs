//! Output sources: the stack instances whose output a reference means.

use super::evaluate::{EvaluationScope, Evaluator};
use super::placements::Placement;
use crate::document::{Fault, Place};
use crate::environment::OutputScope;
use crate::name::{Region, StackKey};

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
        let account = match Some(*target) == scope.target {
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
        let own_name = &self.placements.targets[here].name;
        let at = |target: Option<usize>, region: &Region| {
            target.and_then(|target| self.placements.find(target, region, stack))
        };
        let found = match of {
            OutputScope::Same => {
                at(Some(here), region).ok_or_else(|| nowhere(&format!("`{own_name}/{region}`")))?
            }
            OutputScope::Region(region) => {
                at(Some(here), region).ok_or_else(|| nowhere(&format!("`{own_name}/{region}`")))?
            }
            OutputScope::AccountRegion(account, region) => {
                at(self.placements.target_of(scope.environment, account), region)
                    .ok_or_else(|| nowhere(&format!("`{account}/{region}`")))?
            }
            OutputScope::Account(account) => {
                let target = self.placements.target_of(scope.environment, account);
                let standing = target.map_or(&[][..], |to| self.placements.in_account(to, stack));
                match (at(target, region), standing) {
                    (Some(found), _) => found,
                    (None, &[only]) => only,
                    (None, []) => return Err(nowhere(&format!("`{account}`"))),
                    (None, &[first, ..]) => {
                        let region = self.placements.all[first].region;
                        let message =
                            format!("the stack `{stack}` stands in several Regions of `{account}`");
                        return Err(Fault::at(place, message)
                            .with_help(format!("name one: `@{account}/{region}`")));
                    }
                }
            }
            OutputScope::Everywhere => {
                let standing = self.placements.of_stack(scope.environment, stack);
                if standing.is_empty() {
                    return Err(nowhere("any account"));
                }
                return Ok(standing.to_vec());
            }
            OutputScope::EverywhereIn(region) => {
                let standing = self.placements.of_stack(scope.environment, stack).iter().copied();
                let there: Vec<usize> =
                    standing.filter(|&at| self.placements.all[at].region == region).collect();
                return match there.is_empty() {
                    true => Err(nowhere(&format!("`{region}`, in any account"))),
                    false => Ok(there),
                };
            }
            OutputScope::Written(_) => unreachable!("its references are known by now"),
        };
        Ok(vec![found])
    }
}
