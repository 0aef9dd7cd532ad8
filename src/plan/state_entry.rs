//! Where the runs of an environment are kept, and with which credentials that is reached.

use super::evaluate::EnvVariables;
use super::model::PlannedEnvironment;
use super::planned_environment::planned_alone;
use super::state_place::{StatePlace, state_place};
use crate::document::Faults;
use crate::environment::Environment;

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
    let read =
        planned_alone(environment, variables, |composer, home| state_place(composer, 0, home));
    let (environment, place) = read?;
    Ok(StateEntry { environment, place })
}
