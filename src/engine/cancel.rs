//! An update that is cancelled because the run was asked to stop.

use super::instance_end::LostOperation;
use super::instance_work::InstanceWork;
use super::settings::Stop;
use super::settle::Settled;
use crate::cloud::{Cancelled, Followed, Stacks};
use crate::event::StackAction;

impl InstanceWork {
    /// Follows an operation of ours until the stack settles, as [`settle`](Self::settle) does; an
    /// update is cancelled once the run is asked to stop, if that is wished. Returns whether it was.
    ///
    /// # Errors
    /// When the stack can no longer be looked at.
    pub async fn settle_ours(
        &self,
        stacks: &Stacks,
        followed: &mut Followed,
        action: StackAction,
        stack_id: &str,
    ) -> (Result<Settled, LostOperation>, bool) {
        let settling = self.settle(followed, action);
        if action != StackAction::Update || !self.cancel_updates {
            return (settling.await, false);
        }
        let mut stop = self.stop.clone();
        tokio::pin!(settling);
        tokio::select! {
            biased;
            settled = &mut settling => return (settled, false),
            Ok(_) = stop.wait_for(|stop| *stop != Stop::No) => {}
        }
        tokio::join!(settling, self.cancel(stacks, stack_id))
    }

    /// Cancels an update of ours, and returns whether the stack goes back.
    ///
    /// One that cannot be cancelled goes on to its end, and that is what is told of it.
    async fn cancel(&self, stacks: &Stacks, stack_id: &str) -> bool {
        let action = StackAction::CancelUpdate;
        let not_cancelled = |why: &dyn std::fmt::Display| {
            tracing::warn!(stack_id, %why, "the update is not cancelled");
            false
        };
        let proof = match stacks.prove_account().await {
            Ok(proof) => proof,
            Err(error) => return not_cancelled(&error),
        };
        let intent = match self.intend(action, Some(stack_id)).await {
            Ok(intent) => intent,
            Err(failure) => return not_cancelled(&failure.message),
        };
        match stacks.cancel_update(stack_id, &intent, &proof).await {
            Ok(Cancelled::Accepted) => {
                self.tell_action(action, None, stack_id).await;
                true
            }
            Ok(Cancelled::TooLate) => false,
            Err(error)
                if error.has_unknown_outcome()
                    && stacks.has_accepted(stack_id, intent.token()).await.is_ok_and(|is| is) =>
            {
                self.tell_action(action, None, stack_id).await;
                true
            }
            Err(error) => not_cancelled(&error),
        }
    }
}
