//! What becomes of change sets in a run.

use std::sync::Arc;

use super::model::SavedPlan;

/// What becomes of change sets in a run.
#[derive(Clone, Debug, Default)]
pub enum ChangeSetUse {
    /// Each is deleted once it is read.
    #[default]
    Read,
    /// Each that tells of changes is kept, so that it can be executed later.
    Kept,
    /// Those of a saved plan are executed, and no others.
    Executed(Arc<SavedPlan>),
}

impl ChangeSetUse {
    /// Returns the saved plan that is carried out, if one is.
    pub fn saved_plan(&self) -> Option<&Arc<SavedPlan>> {
        match self {
            Self::Executed(saved) => Some(saved),
            Self::Read | Self::Kept => None,
        }
    }
}
