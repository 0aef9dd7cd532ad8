//! Lookup sources: the account and Region in which a value is read that a reference means.

use super::evaluate::{EvaluationScope, Evaluator};
use super::lookup::PlannedLookup;
use super::outside_account::OutsideAccount;
use crate::document::{Fault, Place, quoted};
use crate::environment::{Lookup, LookupAccount, LookupKind};
use crate::name::{AccountId, AccountName, Region};

impl<'e> Evaluator<'e, '_> {
    /// Returns where a value is that a text at `place` refers to, `written` so, without references.
    ///
    /// # Errors
    /// When it cannot be read, or the file has no account of this name.
    pub(super) fn planned_lookup(
        &mut self,
        kind: LookupKind,
        written: &str,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<PlannedLookup, Fault> {
        let Lookup { what, account, region } =
            kind.of_known(written).map_err(|(message, help)| {
                let label = format!("it comes to {}", quoted(written));
                Fault { help, ..Fault::at(place, message).with_label(label) }
            })?;
        let (Some(here), Some(own_region)) = (scope.target, scope.region) else {
            let message = format!("`{what}` has no meaning outside an account");
            return Err(Fault::at(place, message));
        };
        let region = region.unwrap_or_else(|| own_region.clone());
        let account = match account {
            None => here,
            Some(account) => self.account(&account, scope.environment, &region, place)?,
        };
        let targets = &self.placements.targets;
        let account_id = match targets.get(account) {
            Some(target) => target.id.clone(),
            None => self.outside[account - targets.len()].id.clone(),
        };
        Ok(PlannedLookup { what, account, account_id, region })
    }

    fn account(
        &mut self,
        account: &LookupAccount,
        environment: usize,
        region: &Region,
        place: &Place,
    ) -> Result<usize, Fault> {
        let source = self.placements.environments[environment].source.account.as_ref();
        match account {
            LookupAccount::Id(id) => Ok(self.account_with_id(id, environment, region, place)),
            LookupAccount::Name(name) => {
                match (self.placements.target_of(environment, name), source) {
                    (Some(target), _) => Ok(target),
                    (None, Some(source)) if name.is_source() => {
                        Ok(self.account_with_id(&source.value, environment, region, place))
                    }
                    (None, _) => Err(unknown(name, place)),
                }
            }
        }
    }

    fn account_with_id(
        &mut self,
        id: &AccountId,
        environment: usize,
        region: &Region,
        place: &Place,
    ) -> usize {
        let targets = &self.placements.targets;
        let listed = targets.iter().position(|to| to.environment == environment && to.id == id);
        if let Some(target) = listed {
            return target;
        }
        let mut outside = self.outside.iter();
        let known = outside.position(|of| of.environment == environment && of.id == *id);
        let at = known.unwrap_or_else(|| {
            let (id, region, place) = (id.clone(), region.clone(), place.clone());
            self.outside.push(OutsideAccount { environment, id, region, place });
            self.outside.len() - 1
        });
        targets.len() + at
    }
}

/// Returns the fault of an account that the file does not have. What was written out was checked with the file, but for
/// accounts of Organizations; this is what references come to.
fn unknown(name: &AccountName, place: &Place) -> Fault {
    let message = format!("the file has no account {} to read a value in", quoted(name.as_str()));
    let (help, label) = match name.is_source() {
        true => (
            "add the id of the source account as `source.account`",
            "whose id the file does not say",
        ),
        false => (
            "add it to `accounts`, or write its 12 digits; a stack need not be sent there",
            "no such account",
        ),
    };
    Fault::at(place, message).with_label(label).with_help(help)
}
