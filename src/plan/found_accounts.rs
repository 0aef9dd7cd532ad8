//! Accounts that Organizations knows: what references to them mean, and that somebody has to list them.

use super::evaluate::{EvaluationScope, Evaluator};
use super::fault_book::FaultBook;
use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::environment::{Environment, Reference};
use crate::organization::KnownAccount;

/// Refuses environments whose accounts nobody listed.
pub(super) fn refuse_unlisted(environments: &[Environment], faults: &mut FaultBook) {
    let organizations = environments.iter().filter_map(|it| it.organization.as_ref());
    for organization in organizations.filter(|organization| organization.found.is_none()) {
        let fault = Fault::at(&organization.place, "which accounts there are is not known here")
            .with_label("AWS Organizations was not asked")
            .with_help("`xdeploy accounts FILE` asks it, and keeps the answer");
        faults.enter(fault);
    }
}

impl<'e> Evaluator<'e, '_> {
    /// Returns what a reference to the account of a scope stands for that only Organizations tells.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn told_by_organization(
        &self,
        reference: &Reference,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<String, Fault> {
        let known = self.known_account(scope, place)?;
        let Reference::AccountTag(key) = reference else { return Ok(known.unit.written()) };
        let tags = known.tags.as_ref();
        tags.and_then(|tags| tags.get(key)).cloned().ok_or_else(|| {
            let message = format!("the account {} has no tag {}", quoted(&known.name), quoted(key));
            let fault = Fault::at(place, message).with_label("no such tag in AWS Organizations");
            let keys = tags.into_iter().flatten().map(|(key, _)| key.as_str());
            let help = did_you_mean(key, keys);
            fault.with_help(help.unwrap_or_else(|| {
                "tag the account, or set a variable instead, for its group or for itself".to_owned()
            }))
        })
    }

    /// Returns the account of a scope as Organizations knows it.
    fn known_account(
        &self,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<&'e KnownAccount, Fault> {
        let Some(target) = scope.target else {
            return Err(Fault::at(place, "this reference has no meaning outside an account"));
        };
        let target = &self.placements.targets[target];
        let known = self.placements.environments[scope.environment].known(target.id);
        known.ok_or_else(|| {
            let message =
                format!("AWS Organizations told nothing of the account `{}`", target.name);
            Fault::at(place, message)
                .with_label("its unit and tags are not known")
                .with_help("add its unit to `organization.units`, or set a variable for it instead")
        })
    }
}
