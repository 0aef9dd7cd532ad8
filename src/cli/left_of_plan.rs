//! The change sets that a run leaves which carried out a saved plan: they are deleted once nothing of it can be resumed.

use std::sync::Arc;

use super::arguments::CloudArgs;
use super::discarded_plan::delete;
use super::print;
use crate::engine::{Run, SavedPlan};
use crate::journal::RunFolder;
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::counted;
use crate::run::{Unexecuted, unexecuted};
use crate::sessions::Sessions;

/// What a run may leave of a saved plan.
pub struct LeftOfPlan {
    run: RunId,
    folder: RunFolder,
    plan: Arc<Plan>,
    saved: Arc<SavedPlan>,
    /// Whether a person keeps it in a file.
    is_saved: bool,
    sessions: Arc<Sessions>,
}

impl LeftOfPlan {
    /// Returns what a run may leave that is about to be carried out; nothing of one for which no change sets were made before.
    pub fn of(run: &Run, plan: &Arc<Plan>, cloud: &CloudArgs) -> Option<Self> {
        Some(Self {
            run: run.id.clone(),
            folder: cloud.state.folder(),
            plan: plan.clone(),
            saved: run.change_sets.looked()?.clone(),
            is_saved: run.change_sets.saved_plan().is_some(),
            sessions: run.sessions.clone()?,
        })
    }

    /// Deletes what the run left, if it leaves nothing to resume.
    pub async fn tidy_up(self) {
        let Some(unexecuted) = unexecuted(&self.folder, &self.run) else { return };
        let Unexecuted { instances, is_over, .. } = unexecuted;
        let mut left = self.saved.change_sets(&self.plan);
        left.retain(|made| instances.contains(&self.plan.instances[made.at].id));
        match (left.len(), is_over) {
            (0, _) => {}
            (_, true) => drop(delete(&self.plan, &self.sessions, left).await),
            (_, false) if !self.is_saved => {}
            (count, false) => print::note_line(&format!(
                "{} of the plan kept for `xdeploy resume`; `xdeploy plan --discard` deletes them",
                counted(count, "change set")
            )),
        }
    }
}
