//! With which credentials Organizations is asked for an environment's accounts.

use std::time::Duration;

use super::composer::Composer;
use super::evaluate::{EnvVariables, EvaluationScope};
use super::fault_book::FaultBook;
use super::model::{PlannedEnvironment, RoleEntry};
use super::placements::Placements;
use super::planned_environment::planned_environment;
use super::regions;
use crate::document::{Fault, Faults};
use crate::environment::Environment;
use crate::name::Region;

/// How long a session lasts in which accounts are listed.
const DURATION: Duration = Duration::from_secs(3600);

/// The Region of an environment whose file names none before its accounts are known.
const ELSE_REGION: &str = "us-east-1";

/// Who asks Organizations.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationEntry {
    /// Whose source credentials.
    pub environment: PlannedEnvironment,
    /// The role that is assumed with them, if one is.
    pub role: Option<RoleEntry>,
}

/// Returns who asks Organizations for an environment's accounts.
///
/// # Errors
/// What is wrong with the keys of `source` and with the role.
pub fn organization_entry(
    environment: &Environment,
    variables: &EnvVariables<'_>,
) -> Result<OrganizationEntry, Faults> {
    let environments = std::slice::from_ref(environment);
    // What is wrong with stacks is told once the accounts are known.
    let placements = Placements::of(environments, &mut FaultBook::default());
    let else_region: Region = ELSE_REGION.parse().expect("it is a Region");
    let home = placements.home_region(0).unwrap_or(&else_region);
    let mut composer = Composer::new(&placements, variables, FaultBook::default());
    let planned = planned_environment(&mut composer, 0, home);
    let role = role(&mut composer, environment, home).unwrap_or_else(|fault| {
        composer.faults.enter(fault);
        None
    });
    match composer.faults.has_no_errors() {
        true => Ok(OrganizationEntry { environment: planned, role }),
        false => Err(composer.faults.into_faults()),
    }
}

fn role<'e>(
    composer: &mut Composer<'e, '_>,
    environment: &'e Environment,
    home: &'e Region,
) -> Result<Option<RoleEntry>, Fault> {
    let organization = environment.organization.as_ref();
    let Some(text) = organization.and_then(|it| it.role.as_ref()) else { return Ok(None) };
    let scope = EvaluationScope { environment: 0, target: None, region: Some(home) };
    let arn = composer.evaluator.text(text, scope)?;
    if let Some(fault) = regions::of_other_partition(&arn, home, &text.place) {
        return Err(fault);
    }
    let role = arn.parse().map_err(|error| Fault::at(&text.place, format!("{error}")))?;
    let name: String = format!("xdeploy-{}", environment.name.value).chars().take(64).collect();
    let session_name = name.parse().expect("names of environments keep the rule for sessions");
    Ok(Some(RoleEntry {
        via: Vec::new(),
        role,
        external_id: None,
        session_name,
        duration: DURATION,
        session_policy: None,
        session_tags: std::collections::BTreeMap::new(),
        source_identity: None,
    }))
}
