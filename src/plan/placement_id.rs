//! Which stack instance stands at a placement.

use super::placements::{Placement, Placements};
use crate::name::InstanceId;

impl Placements<'_> {
    /// Returns which stack instance stands at a placement.
    pub fn id(&self, placement: &Placement<'_>) -> InstanceId {
        let target = &self.targets[placement.target];
        InstanceId {
            environment: self.environments[target.environment].name.value.clone(),
            account: target.name.clone(),
            region: placement.region.clone(),
            stack: placement.stack.key.value.clone(),
        }
    }
}
