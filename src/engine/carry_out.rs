//! Works on a stack instance as its job says.

use super::apply::apply;
use super::destroy::destroy;
use super::instance_end;
use super::instance_job::InstanceJob;
use super::instance_work::InstanceWork;
use super::preview::preview;
use crate::event::{Failure, InstanceEnd};

/// Works on a stack instance, and returns how it ended.
///
/// One that waits for its account is small: what works on it is only made once it is entered.
pub(super) async fn carry_out(
    work: &InstanceWork,
    job: Result<InstanceJob, Failure>,
) -> InstanceEnd {
    let job = match job {
        Ok(job) => job,
        Err(failure) => return instance_end::failed(work.id(), failure, None),
    };
    let stacks = match work.stacks().await {
        Ok(stacks) => stacks,
        Err(end) => return end,
    };
    match job {
        InstanceJob::Destroy => Box::pin(destroy(work, &stacks)).await,
        InstanceJob::Apply(request) => Box::pin(apply(work, &request, stacks)).await,
        InstanceJob::Preview(request) => {
            let upload = Box::pin(work.upload_note(&stacks, &request.desired)).await;
            Box::pin(preview(work, &request.with_notes(upload), stacks)).await
        }
    }
}
