//! An operation on a stack that is followed until it settles, telling what is seen.

use std::time::Duration;

use super::instance_end::LostOperation;
use super::instance_work::InstanceWork;
use crate::cloud::{CallError, Followed, Sighting, Stack, StackState};
use crate::event::{EventKind, StackAction};

/// How a followed operation ended.
#[derive(Debug)]
pub(super) enum Settled {
    /// The stack stands.
    As(Box<Stack>),
    /// There is no stack any more.
    Gone,
    /// The run was asked to stop while an operation of somebody else was waited for.
    Abandoned,
}

impl InstanceWork {
    /// Follows an operation until the stack settles, telling what is seen.
    ///
    /// # Errors
    /// When the stack can no longer be looked at.
    pub async fn settle(
        &self,
        followed: &mut Followed,
        action: StackAction,
    ) -> Result<Settled, LostOperation> {
        let mut is_told_unseen = false;
        loop {
            if self.is_stopped() {
                followed.give_up_sooner();
            }
            let (status, overdue_after) =
                (followed.last_status().cloned(), followed.overdue_after());
            // Boxed, so that what waits for it holds it once only, and is small.
            let look = Box::pin(followed.look());
            let look = self.telling_overdue(look, overdue_after, &mut is_told_unseen);
            let looked = match action {
                // What somebody else does is not waited for any longer than the run is wanted.
                StackAction::Wait => match self.unless_stopped(look).await {
                    Some(looked) => looked,
                    None => return Ok(Settled::Abandoned),
                },
                _ => look.await,
            };
            let (sightings, standing) = match looked {
                Some(Ok(seen)) => seen,
                None => {
                    let error = CallError::unanswered("cloudformation:DescribeStacks");
                    return Err(LostOperation { error, status });
                }
                Some(Err(error)) => {
                    return Err(LostOperation { error, status: followed.last_status().cloned() });
                }
            };
            let is_unseen = |sighting: &Sighting| matches!(sighting, Sighting::Unseen { .. });
            let was_told = std::mem::replace(&mut is_told_unseen, sightings.iter().any(is_unseen));
            for sighting in sightings {
                if !(was_told && is_unseen(&sighting)) {
                    self.tell(self.seen(sighting)).await;
                }
            }
            match standing {
                StackState::Settled(stack) => return Ok(Settled::As(stack)),
                StackState::Gone => return Ok(Settled::Gone),
                StackState::Moving => {}
            }
        }
    }

    /// Looks, and tells once if that takes too long; a look that does is given up once the run is
    /// asked to stop.
    async fn telling_overdue<T>(
        &self,
        mut look: impl Future<Output = T> + Unpin,
        overdue_after: Duration,
        is_told: &mut bool,
    ) -> Option<T> {
        tokio::select! {
            biased;
            looked = &mut look => return Some(looked),
            () = tokio::time::sleep(overdue_after) => {}
        }
        if !std::mem::replace(is_told, true) {
            let reason = "there is no answer yet".to_owned();
            self.tell(EventKind::StackUnseen { instance: self.id().clone(), reason }).await;
        }
        self.unless_stopped(look).await
    }

    fn seen(&self, sighting: Sighting) -> EventKind {
        let instance = self.id().clone();
        match sighting {
            Sighting::Precedent { took } => {
                let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                EventKind::PrecedentTimed { instance, took_ms }
            }
            Sighting::Unseen { reason } => EventKind::StackUnseen { instance, reason },
            Sighting::Stack { status, reason } => {
                EventKind::StackChanged { instance, status, reason }
            }
            Sighting::Resource { resource, resource_type, status, reason } => {
                EventKind::ResourceChanged { instance, resource, resource_type, status, reason }
            }
        }
    }
}
