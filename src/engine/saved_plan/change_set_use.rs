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
    /// The same, of those stacks alone that hold what the files keep: of others nothing is asked.
    KeptWhereGuarded,
    /// Those of a saved plan are executed, and no others.
    Executed(Arc<SavedPlan>),
    /// Those that were looked at for what the files keep are executed where all is as it was then; of other stacks, none
    /// is made.
    Looked(Arc<SavedPlan>),
}

impl ChangeSetUse {
    /// Returns the saved plan that is carried out, if one is.
    pub fn saved_plan(&self) -> Option<&Arc<SavedPlan>> {
        match self {
            Self::Executed(saved) => Some(saved),
            Self::Read | Self::Kept | Self::KeptWhereGuarded | Self::Looked(_) => None,
        }
    }

    /// Returns what was looked at before the run began, be it a saved plan or not.
    pub fn looked(&self) -> Option<&Arc<SavedPlan>> {
        match self {
            Self::Executed(saved) | Self::Looked(saved) => Some(saved),
            Self::Read | Self::Kept | Self::KeptWhereGuarded => None,
        }
    }
}
