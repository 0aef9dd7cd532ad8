//! The organization that the sandbox makes up for files, told once.

use std::collections::BTreeMap;

use super::arguments::CloudArgs;
use super::connect::{default_source, embedded, unusable};
use super::error::CommandError;
use crate::clock::Clock;
use crate::environment::Environment;
use crate::organization::Listing;
use crate::sandbox::{FaultSchedule, MemberAccount, Organization};

/// Makes up units and accounts in the sandbox for the units that environments name, unless somebody wrote down who is
/// in its organization; returns whether they are made up. On AWS nothing is.
///
/// # Errors
/// When the sandbox cannot be used.
pub fn make_up<'e>(
    environments: impl Iterator<Item = &'e Environment>,
    cloud: &CloudArgs,
    clock: Clock,
) -> Result<bool, CommandError> {
    if !cloud.sandbox {
        return Ok(false);
    }
    let sandbox = embedded(cloud, FaultSchedule::default(), clock)?;
    let mut is_made_up = false;
    for environment in environments {
        let organization = organization(environment);
        is_made_up = sandbox.make_up(organization).map_err(|error| unusable(&error))?;
    }
    Ok(is_made_up)
}

fn organization(environment: &Environment) -> Organization {
    let source = environment.source.account.as_ref().map(|id| id.value.clone());
    let Listing { units, accounts } = environment.made_up_listing();
    let paths: BTreeMap<String, String> =
        units.iter().map(|unit| (unit.id.clone(), unit.written())).collect();
    let member = |account: crate::organization::ListedAccount| {
        let unit = paths.get(&account.unit).cloned().unwrap_or_default();
        let tags = account.tags.unwrap_or_default();
        MemberAccount { tags, ..MemberAccount::new(account.id, account.name, unit) }
    };
    Organization {
        unit_ids: units.iter().map(|unit| (unit.written(), unit.id.clone())).collect(),
        accounts: accounts.into_iter().map(member).collect(),
        ..Organization::of(source.unwrap_or_else(default_source))
    }
}
