//! What a run does on a stack instance.

use super::preview_request::PreviewRequest;
use crate::plan::DesiredStack;

/// What is done on a stack instance.
pub(super) enum InstanceJob {
    /// It is deleted.
    Destroy,
    /// It is created or updated.
    Apply(DesiredStack<String>),
    /// It is told what that would do.
    Preview(PreviewRequest),
}

impl InstanceJob {
    /// Returns the values that it sends and nobody may see.
    pub fn secrets(&self) -> impl Iterator<Item = &String> {
        let desired = match self {
            Self::Destroy => None,
            Self::Apply(desired) | Self::Preview(PreviewRequest { desired, .. }) => Some(desired),
        };
        desired.into_iter().flat_map(DesiredStack::secrets)
    }
}
