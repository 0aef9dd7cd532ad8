//! Whether hooks are known to look at resources in an account and Region: only there somebody asks what they warn of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen so far, shared by all who work on the stacks of an account and Region.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct HooksSeen {
    any: Arc<AtomicBool>,
}

impl HooksSeen {
    /// Whether a hook looked at a resource.
    pub fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// Takes in that one did.
    pub fn saw(&self) {
        self.any.store(true, Ordering::Relaxed);
    }
}
