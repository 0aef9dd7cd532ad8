//! What a run does on a stack instance.

use super::apply::apply;
use super::destroy::destroy;
use super::draft::Draft;
use super::ending;
use super::instance::Work;
use super::preview::preview;
use crate::event::{Failure, InstanceEnd};
use crate::plan::DesiredStack;

/// What is done on a stack instance.
pub(super) enum Job {
    /// It is deleted.
    Destroy,
    /// It is created or updated.
    Apply(DesiredStack<String>),
    /// It is told what that would do.
    Preview(Draft),
}

impl Job {
    /// Returns the values that it sends and nobody may see.
    pub fn secrets(&self) -> impl Iterator<Item = &String> {
        let request = match self {
            Self::Destroy => None,
            Self::Apply(request) | Self::Preview(Draft { request, .. }) => Some(request),
        };
        request.into_iter().flat_map(DesiredStack::secrets)
    }
}

/// Works on a stack instance, and returns how it ended.
///
/// One that waits for its account is small: what works on it is only made once it is entered.
pub(super) async fn carry_out(work: &Work, job: Result<Job, Failure>) -> InstanceEnd {
    let job = match job {
        Ok(job) => job,
        Err(failure) => return ending::failed(work.id(), failure, None),
    };
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(end) => return end,
    };
    match job {
        Job::Destroy => Box::pin(destroy(work, &stacks)).await,
        Job::Apply(request) => Box::pin(apply(work, &request, stacks)).await,
        Job::Preview(draft) => Box::pin(preview(work, &draft, stacks)).await,
    }
}
