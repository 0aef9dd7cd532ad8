//! A failed call: where a change gets no answer that can be read, the stack is looked at for whether it was
//! accepted.

use std::time::Duration;

use super::instance_work::InstanceWork;
use super::past_run::Sent;
use super::resumed_operation::ResumedOperation;
use super::settings::Stop;
use crate::cloud::{CallError, MayGo, Proof, Stacks};
use crate::event::StackAction;

/// How long an answer is waited for once the run is asked to stop.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// The pauses before each look for what became of a change: events may be behind by half a minute.
const LOOKED_FOR_AFTER: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(15)];

/// What is known of a change whose call failed.
pub(super) enum FailedCall {
    /// It was accepted all the same: the stack that it made or changes.
    Accepted(String),
    /// It was refused, or the stack shows nothing of it.
    Refused(CallError),
    /// Whether it was accepted cannot be seen: why.
    Unseen(CallError),
}

impl InstanceWork {
    /// Proves the account before a change is begun, unless the run is asked to stop meanwhile.
    ///
    /// # Errors
    /// When it is another account or there are no keys; as withdrawn if the run is asked to stop.
    pub async fn prove(&self, stacks: &Stacks) -> Result<Proof, CallError> {
        let proof = self.unless_stopped(stacks.prove_account()).await;
        proof.unwrap_or_else(|| Err(CallError::withdrawn()))
    }

    /// Waits for the answer to a change; only a little longer once the run is asked to stop, unless
    /// it may be begun all the same.
    ///
    /// # Errors
    /// With what the call fails with, or when its answer is not waited for any longer.
    pub fn answered<T>(
        &self,
        operation: &'static str,
        may_go: MayGo<'_>,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> impl Future<Output = Result<T, CallError>> {
        // Boxed, so that what waits holds it once only, and is small.
        let (mut call, mut stop) = (Box::pin(call), self.stop.clone());
        async move {
            tokio::select! {
                biased;
                answer = &mut call => return answer,
                Ok(_) = stop.wait_for(|stop| *stop != Stop::No) => {}
            }
            if may_go() {
                return call.await;
            }
            let answer = tokio::time::timeout(ANSWERED_WITHIN, call).await;
            answer.unwrap_or_else(|_| Err(CallError::unanswered(operation)))
        }
    }

    /// Finds out what became of a change whose call failed with `error`: by its token, which the
    /// stack's events carry.
    pub async fn look_for(
        &self,
        stacks: &Stacks,
        action: StackAction,
        stack_id: Option<&str>,
        error: CallError,
    ) -> FailedCall {
        if !error.has_unknown_outcome() {
            return FailedCall::Refused(error);
        }
        tracing::warn!(instance = %self.id(), %error, "looking for what became of a change");
        let sent = Sent {
            action,
            stack_id: stack_id.map(str::to_owned),
            is_accepted: false,
            spent: self.spent,
            is_cancelled: false,
        };
        let looks = async {
            for pause in LOOKED_FOR_AFTER {
                tokio::time::sleep(pause).await;
                if let ResumedOperation::Accepted(stack_id) =
                    self.resume_operation(stacks, &sent).await?
                {
                    return Ok(Some(stack_id));
                }
            }
            Ok(None)
        };
        match self.answered(error.operation, &|| false, looks).await {
            Ok(Some(stack_id)) => FailedCall::Accepted(stack_id),
            Ok(None) => {
                let text = format!("{}; the stack shows nothing of it", error.text);
                FailedCall::Refused(CallError { text, ..error })
            }
            Err(unseen) => FailedCall::Unseen(unseen),
        }
    }
}
