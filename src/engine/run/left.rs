//! A wish to stop, and what is left to CloudFormation.

use super::Running;
use crate::engine::ending;
use crate::engine::past::Sent;
use crate::engine::settings::Stop;
use crate::event::{Failure, FailureKind, InstanceEnd, Operation, StackAction, What};
use crate::name::InstanceId;
use crate::plan::Purpose;
use crate::status::StackStatus;

/// The last operation that was begun on a stack instance, and how its stack was last seen.
pub(super) struct Moving {
    pub action: StackAction,
    pub stack_id: Option<String>,
    pub status: Option<StackStatus>,
}

/// What is known of a call that was sent when the run was carried out before.
impl From<&Sent> for Moving {
    fn from(sent: &Sent) -> Self {
        Self { action: sent.action, stack_id: sent.stack_id.clone(), status: None }
    }
}

impl Running {
    /// Obeys a wish to stop, and returns whether the run is left now.
    pub(super) async fn heed(&mut self, stop: Stop) -> bool {
        if stop == Stop::No {
            return false;
        }
        let at_once = stop == Stop::AtOnce;
        self.voice.say(What::CancelRequested { at_once }).await;
        self.is_cancelled = true;
        self.cloud.give_up_logins();
        let decisions = self.schedule.cancel();
        self.obey(decisions).await;
        if at_once {
            self.leave().await;
        }
        at_once
    }

    /// Ends every instance that still runs, without waiting for it.
    async fn leave(&mut self) {
        self.tasks.abort_all();
        while let Ok(message) = self.messages.try_recv() {
            self.hear(message).await;
        }
        for at in self.schedule.running() {
            let index = self.way_back.as_ref().map_or(at.0, |way| way.going[at.0]);
            let instance = &self.plan.instances[index];
            let is_read = self.past.end(&instance.id).is_some() && self.way_back.is_none();
            if instance.purpose == Purpose::Read || is_read {
                continue;
            }
            self.way_back.iter_mut().for_each(|way| way.has_failed = true);
            let known = self.moving.remove(&instance.id);
            let end = self.left(&instance.id, known.as_ref());
            self.has_bad = true;
            self.voice.say(What::InstanceFinished { end }).await;
        }
    }

    /// Returns the end of one that is not followed any longer.
    pub(super) fn left(&self, instance: &InstanceId, known: Option<&Moving>) -> InstanceEnd {
        if self.operation == Operation::Plan {
            return ending::left_looking(instance, &self.work.run);
        }
        let message = match known {
            Some(known) => format!("left while its {} was under way", known.action.as_noun()),
            None => "left before any change of it was known to be accepted".to_owned(),
        };
        let failure = Failure::new(FailureKind::StillMoving, message).with_help(format!(
            "CloudFormation goes on by itself; `xdeploy resume {}` follows it to its end",
            self.work.run
        ));
        let mut end = ending::failed(instance, failure, None);
        if let Some(known) = known {
            (end.stack_id, end.status) = (known.stack_id.clone(), known.status.clone());
        }
        end
    }
}
