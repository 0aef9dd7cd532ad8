//! What an update of a stack back to how it stood would lose of what the files keep: a change set tells it, and goes again.

use super::super::instance_work::InstanceWork;
use super::super::preview_change_set::{PreviewChangeSet, ReadChangeSet};
use super::inside::with_what_is_inside;
use super::refusal::guarded;
use crate::cloud::{CallError, ChangeSet, Stack, Stacks};
use crate::event::{Failure, FailureKind};
use crate::plan::DesiredStack;

impl InstanceWork {
    /// Returns why the stack found may not be updated back; nothing if it may.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn forbids_way_back(
        &self,
        stacks: &Stacks,
        desired: &DesiredStack<String>,
        found: &Stack,
    ) -> Result<Option<Failure>, CallError> {
        let guard = self.guard();
        if self.kept_in(stacks, &found.id, &|of_type| guard.holds(of_type)).await?.is_empty() {
            return Ok(None);
        }
        let made = PreviewChangeSet::new(self, stacks, &found.name, "-back");
        let told = match made.read(desired, found).await? {
            ReadChangeSet::NotMade(error) => return Ok(Some(untold(&error.text))),
            ReadChangeSet::Made { read, .. } => read?,
        };
        let told = match told {
            Some(ChangeSet::Complete(told)) => told,
            Some(ChangeSet::NothingToDo) => return Ok(None),
            Some(ChangeSet::Failed(reason)) => return Ok(Some(untold(&reason))),
            Some(ChangeSet::Moving | ChangeSet::Gone) | None => {
                return Ok(Some(untold("its change set was not read")));
            }
        };
        let changes = with_what_is_inside(stacks, &guard, told.changes).await?;
        let forbidden = self.forbidden(&changes);
        Ok((!forbidden.is_empty()).then(|| guarded(&forbidden)))
    }
}

/// Returns that a stack is left as it is, as nobody can tell what the way back would lose.
fn untold(reason: &str) -> Failure {
    let message =
        format!("`guards.keep` holds it: what the way back would lose cannot be told ({reason})");
    Failure::new(FailureKind::Guarded, message)
        .with_help("`xdeploy rollback` with --allow replace:TYPE and --allow remove:TYPE goes back all the same")
}
