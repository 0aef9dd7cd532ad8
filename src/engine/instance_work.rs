//! What all work on one stack instance shares: its place in the plan, the way to the loop of the run,
//! and its idempotency tokens.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::deployed_stacks::DeployedStacks;
use super::instance_end;
use super::lookup_places::LookupPlaces;
use super::message::TaskMessage;
use super::past_run::Sent;
use super::position::PlanIndex;
use super::prior_stacks::PriorStacks;
use super::saved_plan::{ChangeSetUse, SavedPlan};
use super::settings::Stop;
use crate::cloud::{FollowedOperation, Session, Stack, Stacks};
use crate::event::{
    Allowance, Control, ControlRequest, EventKind, Failure, InstanceEnd, Keeping, StackAction,
};
use crate::name::{InstanceId, RunId};
use crate::plan::{Plan, StackInstance};
use crate::sessions::Sessions;
use crate::status::StackStatus;

/// One stack instance at work.
#[derive(Clone, Debug)]
pub(super) struct InstanceWork {
    pub plan: Arc<Plan>,
    pub index: PlanIndex,
    pub run: RunId,
    pub sessions: Arc<Sessions>,
    pub lookups: Arc<LookupPlaces>,
    pub stop: watch::Receiver<Stop>,
    pub control: watch::Receiver<Option<ControlRequest>>,
    pub messages: mpsc::Sender<TaskMessage>,
    pub keeping: Keeping,
    pub deployed_stacks: Arc<DeployedStacks>,
    pub prior_stacks: PriorStacks,
    /// Whether its update is cancelled once the run is asked to stop.
    pub cancel_updates: bool,
    /// What becomes of change sets.
    pub change_sets: ChangeSetUse,
    /// What may be lost although the files keep it.
    pub allow: Arc<[Allowance]>,
    /// What was about to be sent for it before the run was resumed.
    pub sent: Option<Sent>,
    /// How many of its calls were spent before.
    pub spent: usize,
    /// Whether the run changed something before that it needs, directly or not.
    pub follows_change: bool,
}

impl InstanceWork {
    /// Returns the planned stack instance.
    pub fn instance(&self) -> &StackInstance {
        &self.plan.instances[self.index.0]
    }

    /// Returns which stack instance it is.
    pub fn id(&self) -> &InstanceId {
        &self.instance().id
    }

    /// Returns the saved plan that is carried out, if one is.
    pub fn saved_plan(&self) -> Option<&SavedPlan> {
        self.change_sets.saved_plan().map(|saved| saved.as_ref())
    }

    /// Returns what a person does, once its cause is mended, after an action that failed.
    pub fn again(&self, action: StackAction) -> &'static str {
        match action {
            StackAction::Delete if self.instance().removed().is_some() => "prune again",
            StackAction::Delete => "destroy again",
            StackAction::PutBack | StackAction::TakeBack => "roll the run back again",
            StackAction::Create
            | StackAction::Update
            | StackAction::DeleteBeforeCreate
            | StackAction::ContinueRollback
            | StackAction::RollBack
            | StackAction::CancelUpdate
            | StackAction::Wait => "apply again",
        }
    }

    /// Whether the run was asked to stop.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }

    /// Waits for something that changes nothing, unless the run is asked to stop meanwhile.
    pub fn unless_stopped<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = Option<T>> {
        // Boxed, so that what waits holds it once only, and is small.
        let (work, mut stop) = (Box::pin(work), self.stop.clone());
        async move {
            tokio::select! {
                biased;
                done = work => Some(done),
                Ok(_) = stop.wait_for(|stop| *stop != Stop::No) => None,
            }
        }
    }

    /// Waits as long as the run is paused and this has sent nothing yet, unless the run is asked to stop meanwhile.
    async fn while_paused(&self) {
        if self.sent.is_some() {
            return;
        }
        let is_paused = |asked: &Option<ControlRequest>| {
            asked.as_ref().is_some_and(|asked| asked.control == Control::Pause)
        };
        let mut control = self.control.clone();
        // Whoever could have it go on is gone with the run.
        let _ = self.unless_stopped(control.wait_for(|asked| !is_paused(asked))).await;
    }

    /// Tells the engine's loop what happened.
    pub async fn tell(&self, kind: EventKind) {
        self.send(TaskMessage::Told(Box::new(kind))).await;
    }

    /// Sends a message to the engine's loop.
    pub async fn send(&self, message: TaskMessage) {
        // The loop only goes away when the run is left at once, and then nobody listens.
        let _ = self.messages.send(message).await;
    }

    /// Enters the instance's account and returns the stacks of its Region, once the run is not paused.
    ///
    /// # Errors
    /// When the account cannot be entered, or the run is asked to stop before it is.
    pub async fn stacks(&self) -> Result<Stacks, InstanceEnd> {
        let instance = self.instance();
        let entered = self.unless_stopped(self.sessions.enter(instance.account)).await;
        let Some(entered) = entered else { return Err(instance_end::cancelled(self.id(), None)) };
        if entered.is_first {
            self.tell(self.arrival(instance.account, entered.session)).await;
        }
        self.while_paused().await;
        match entered.session {
            Ok(session) => Ok(self.sessions.stacks(session, instance.account, &instance.id.region)),
            Err(failure) => Err(instance_end::failed(self.id(), failure.clone(), None)),
        }
    }

    /// Enters an account, given as a position in the plan's.
    ///
    /// # Errors
    /// When it cannot be entered.
    pub async fn session(&self, account: usize) -> Result<&Session, Failure> {
        let entered = self.sessions.enter(account).await;
        if entered.is_first {
            self.tell(self.arrival(account, entered.session)).await;
        }
        entered.session.map_err(Clone::clone)
    }

    fn arrival(&self, account: usize, session: Result<&Session, &Failure>) -> EventKind {
        let target = &self.plan.accounts[account];
        let environment = self.plan.environments[target.environment].name.clone();
        let (account, account_id) = (target.name.clone(), target.id.clone());
        match session {
            Ok(session) => {
                let caller = session.caller().to_owned();
                EventKind::AccountEntered { environment, account, account_id, caller }
            }
            Err(failure) => {
                let failure = failure.clone();
                EventKind::AccountRefused { environment, account, account_id, failure }
            }
        }
    }

    /// Returns the token of one kind of call on this stack instance in this run.
    ///
    /// It is the same however often the call is sent, so that AWS never does it twice.
    pub fn token(&self, action: StackAction) -> String {
        self.token_after(action, self.spent)
    }

    /// Returns the token of a call before which so many had been spent: to AWS, one that was cancelled or
    /// failed is still done.
    pub fn token_after(&self, action: StackAction, spent: usize) -> String {
        let action = match action {
            StackAction::Create => "create",
            StackAction::Update => "update",
            StackAction::Delete | StackAction::DeleteBeforeCreate => "delete",
            StackAction::ContinueRollback => "continue",
            StackAction::RollBack => "roll-back",
            StackAction::PutBack => "put-back",
            StackAction::TakeBack => "take-back",
            StackAction::CancelUpdate => "cancel",
            StackAction::Wait => "wait",
        };
        let again = if spent == 0 { String::new() } else { format!("-{}", spent + 1) };
        format!("xdeploy-{}-{}-{action}{again}", self.run, self.index.0)
    }

    /// Returns an operation on this stack instance, to be followed.
    pub fn operation<'a>(
        &'a self,
        action: StackAction,
        token: Option<&'a str>,
        before: Option<&'a Stack>,
    ) -> FollowedOperation<'a> {
        FollowedOperation { action, token, before, template: self.instance().template() }
    }

    /// Tells that an operation began.
    pub async fn tell_action(
        &self,
        action: StackAction,
        found: Option<&StackStatus>,
        stack_id: &str,
    ) {
        self.tell(EventKind::ActionStarted {
            instance: self.id().clone(),
            action,
            found: found.cloned(),
            stack_id: Some(stack_id.to_owned()),
        })
        .await;
    }
}
