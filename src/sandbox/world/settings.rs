//! The settings of a sandbox: its latency and durations, its rate limits, its fault schedule.

use std::time::Duration;

use super::made_up_stacks::MadeUpStacks;
use super::made_up_values::MadeUpValues;
use super::throttle::Throttling;
use crate::name::Region;
use crate::sandbox::fault::FaultSchedule;

/// How a sandbox behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the creation, update or deletion of one resource takes, unless its metadata says
    /// otherwise.
    pub resource_duration: Duration,
    /// How long each request and its answer are under way, together.
    pub latency: Duration,
    /// How many requests it bears.
    pub throttling: Throttling,
    /// How long it takes until a role, a policy or a change of one counts everywhere. AWS needs
    /// seconds.
    pub iam_propagation: Duration,
    /// Whether a stack's resources need the permissions of the operation's principal.
    pub resource_permissions: bool,
    /// The Regions that there are besides those that AWS is known to have opened.
    pub more_regions: Vec<Region>,
    /// How long a Lambda function may take.
    pub lambda_timeout: Duration,
    /// What goes wrong on purpose.
    pub faults: FaultSchedule,
    /// Where the nested stacks are written down that are made up.
    pub made_up_stacks: MadeUpStacks,
    /// What stands in for values that are not there.
    pub made_up_values: MadeUpValues,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resource_duration: Duration::from_secs(2),
            latency: Duration::ZERO,
            throttling: Throttling::none(),
            iam_propagation: Duration::ZERO,
            resource_permissions: true,
            more_regions: Vec::new(),
            lambda_timeout: Duration::from_secs(900),
            faults: FaultSchedule::default(),
            made_up_stacks: MadeUpStacks::default(),
            made_up_values: MadeUpValues::default(),
        }
    }
}
