//! Of which resource types it is known that no hook looks at them in an account and Region: nobody asks for warnings there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What was seen so far, shared by all who work on the stacks of an account and Region.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct HooksSeen {
    without: Arc<Mutex<BTreeSet<String>>>,
}

impl HooksSeen {
    /// Whether a hook may look at resources of these types.
    pub fn may_look_at(&self, types: &BTreeSet<String>) -> bool {
        !types.is_subset(&self.without.lock().expect("no holder panics"))
    }

    /// Takes in that an operation on resources of these types showed no hook.
    pub fn saw_none(&self, types: &BTreeSet<String>) {
        self.without.lock().expect("no holder panics").extend(types.iter().cloned());
    }
}
