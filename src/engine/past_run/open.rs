//! What of a past run is open again once somebody resumes it, or rolls it back.

use super::{PastInstance, PastRun};
use crate::name::InstanceId;

impl PastRun {
    /// Returns the stack instances that ended and may still become as wanted without anything being
    /// done twice: whatever CloudFormation did not itself try in vain.
    pub fn open_again(&self) -> Vec<InstanceId> {
        let may_go_on = |known: &PastInstance| {
            let failure = known.end.as_ref().and_then(|end| end.failure.as_ref());
            failure.is_some_and(|failure| failure.kind.may_be_resumed())
        };
        let goes_back = self.goes_back();
        let is_meant = |known: &PastInstance| !goes_back || known.forward.is_some();
        let open = self.instances.iter().filter(|(_, known)| is_meant(known) && may_go_on(known));
        open.map(|(instance, _)| instance.clone()).collect()
    }

    /// Returns the stack instances that went back in vain: each is tried again by another rollback.
    pub fn not_back(&self) -> Vec<InstanceId> {
        let is_left = |(instance, known): &(&InstanceId, &PastInstance)| {
            known.forward.is_some() && known.end.is_some() && !self.is_back(instance)
        };
        self.instances.iter().filter(is_left).map(|(instance, _)| instance.clone()).collect()
    }
}
