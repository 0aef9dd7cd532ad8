//! Where the runs of an environment are kept, and with which credentials that is reached.

use super::composer::Composer;
use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::model::PlannedEnvironment;
use super::placements::Placements;
use super::planned_environment::{ELSE_REGION, planned_environment};
use super::state_place::{StatePlace, state_place};
use crate::document::Faults;
use crate::environment::Environment;
use crate::name::Region;

/// Where the runs of an environment are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StateEntry {
    /// Whose source credentials reach it.
    pub environment: PlannedEnvironment,
    /// The place, if the file names one.
    pub place: Option<StatePlace>,
}

/// Returns where the runs of an environment are kept.
///
/// # Errors
/// What is wrong with the keys of `source` and with the place.
pub fn state_entry(
    environment: &Environment,
    variables: &EnvVariables<'_>,
) -> Result<StateEntry, Faults> {
    let environments = std::slice::from_ref(environment);
    // What is wrong with stacks is told by whoever needs them.
    let placements = Placements::of(environments, &mut FaultBook::default());
    let else_region: Region = ELSE_REGION.parse().expect("it is a Region");
    let home = placements.home_region(0).unwrap_or(&else_region);
    let mut composer = Composer::new(&placements, variables, FaultBook::default());
    let planned = planned_environment(&mut composer, 0, home);
    let place = state_place(&mut composer, 0, home);
    match composer.faults.has_no_errors() {
        true => Ok(StateEntry { environment: planned, place }),
        false => Err(composer.faults.into_faults()),
    }
}
