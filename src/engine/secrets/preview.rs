//! What a plan tells of resources, without what it repeats of secrets.

use super::{Of, SecretValues};
use crate::event::{Preview, PropertyChange, ResourceChange};

impl SecretValues {
    /// Hides the secrets in what would change.
    pub(super) fn hide_in_preview(&self, preview: &mut Preview) {
        for note in &mut preview.notes {
            *note = self.hide(std::mem::take(note));
        }
        for ResourceChange { physical_id, properties, .. } in &mut preview.changes {
            *physical_id = physical_id.take().map(|id| self.hide_in_text(id, Of::Users));
            for PropertyChange { before, after, .. } in properties {
                *before = before.take().map(|value| self.hide_in_text(value, Of::Users));
                *after = after.take().map(|value| self.hide_in_text(value, Of::Users));
            }
        }
    }
}
