//! What every piece of work on one stack instance shares: its place in the plan, its voice, and the
//! following of an operation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::coordinator::Input;
use super::ending;
use super::past::Sent;
use super::position::PlanIndex;
use super::rollback::Befores;
use super::settings::Stop;
use super::standing::StandingTemplates;
use crate::cloud::{CallError, Followed, Operation, Session, Sighting, Stack, Stacks, Standing};
use crate::event::{EventKind, Failure, InstanceEnd, Keeping, StackAction};
use crate::name::{InstanceId, RunId};
use crate::plan::{Plan, StackInstance};
use crate::sessions::Sessions;
use crate::status::StackStatus;

/// What work on an instance tells the engine's loop.
#[derive(Debug)]
pub(super) enum Message {
    /// Something happened.
    Told(Box<EventKind>),
    /// Something is about to be done; the number of its event is asked for.
    Intended(Box<EventKind>, oneshot::Sender<u64>),
    /// The instance ended. Always its last message.
    Ended(PlanIndex, Box<InstanceEnd>),
    /// The instance was only read: its outputs, or why it could not be. Always its last message.
    Read(PlanIndex, Box<Result<BTreeMap<String, String>, Failure>>),
}

impl Message {
    /// Returns what the coordinator is to hear, and who asks for the number of its event.
    pub fn into_input(self) -> (Input, Option<oneshot::Sender<u64>>) {
        match self {
            Self::Told(kind) => (Input::Told(kind), None),
            Self::Intended(kind, number) => (Input::Intended(kind), Some(number)),
            Self::Ended(index, end) => (Input::Ended(index, end), None),
            Self::Read(index, read) => (Input::Read(index, read), None),
        }
    }
}

/// One stack instance at work.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub plan: Arc<Plan>,
    pub index: PlanIndex,
    pub run: RunId,
    pub sessions: Arc<Sessions>,
    pub stop: watch::Receiver<Stop>,
    pub messages: mpsc::Sender<Message>,
    pub keeping: Keeping,
    pub standing: Arc<StandingTemplates>,
    pub befores: Befores,
    /// Whether its update is cancelled once the run is asked to stop.
    pub cancel_updates: bool,
    /// What was about to be sent for it before the run broke off.
    pub sent: Option<Sent>,
    /// How many of its updates were cancelled before.
    pub cancelled: usize,
}

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

/// An operation that can no longer be followed.
#[derive(Debug)]
pub(super) struct Lost {
    /// Why.
    pub error: CallError,
    /// The stack's status as it was last seen.
    pub status: Option<StackStatus>,
}

impl Work {
    /// Returns the planned stack instance.
    pub fn instance(&self) -> &StackInstance {
        &self.plan.instances[self.index.0]
    }

    /// Returns which stack instance it is.
    pub fn id(&self) -> &InstanceId {
        &self.instance().id
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

    /// Tells the engine's loop what happened.
    pub async fn tell(&self, kind: EventKind) {
        self.send(Message::Told(Box::new(kind))).await;
    }

    /// Sends a message to the engine's loop.
    pub async fn send(&self, message: Message) {
        // The loop only goes away when the run is left at once, and then nobody listens.
        let _ = self.messages.send(message).await;
    }

    /// Enters the instance's account and returns the stacks of its Region.
    ///
    /// # Errors
    /// When the account cannot be entered, or the run is asked to stop before it is.
    pub async fn stacks(&self) -> Result<Stacks, InstanceEnd> {
        let instance = self.instance();
        let entered = self.unless_stopped(self.sessions.enter(instance.account)).await;
        let Some(entered) = entered else { return Err(ending::cancelled(self.id(), None)) };
        if entered.is_first {
            self.tell(self.arrival(entered.session)).await;
        }
        match entered.session {
            Ok(session) => Ok(self.sessions.stacks(session, instance.account, &instance.id.region)),
            Err(failure) => Err(ending::failed(self.id(), failure.clone(), None)),
        }
    }

    fn arrival(&self, session: Result<&Session, &Failure>) -> EventKind {
        let target = &self.plan.accounts[self.instance().account];
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
        self.token_after(action, self.cancelled)
    }

    /// Returns the token of a call after which so many updates had been cancelled: to AWS, one that
    /// was cancelled is still done.
    pub fn token_after(&self, action: StackAction, cancelled: usize) -> String {
        let action = match action {
            StackAction::Create => "create",
            StackAction::Update => "update",
            StackAction::Delete | StackAction::DeleteBeforeCreate => "delete",
            StackAction::ContinueRollback => "continue",
            StackAction::PutBack => "put-back",
            StackAction::TakeBack => "take-back",
            StackAction::CancelUpdate => "cancel",
            StackAction::Wait => "wait",
        };
        let again = if cancelled == 0 { String::new() } else { format!("-{}", cancelled + 1) };
        format!("xdeploy-{}-{}-{action}{again}", self.run, self.index.0)
    }

    /// Returns an operation on this stack instance, to be followed.
    pub fn operation<'a>(
        &'a self,
        action: StackAction,
        token: Option<&'a str>,
        before: Option<&'a Stack>,
    ) -> Operation<'a> {
        Operation { action, token, before, template: self.instance().template() }
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

    /// Follows an operation until the stack settles, telling what is seen.
    ///
    /// # Errors
    /// When the stack can no longer be looked at.
    pub async fn settle(
        &self,
        followed: &mut Followed,
        action: StackAction,
    ) -> Result<Settled, Lost> {
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
                    return Err(Lost { error, status });
                }
                Some(Err(error)) => {
                    return Err(Lost { error, status: followed.last_status().cloned() });
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
                Standing::Settled(stack) => return Ok(Settled::As(stack)),
                Standing::Gone => return Ok(Settled::Gone),
                Standing::Moving => {}
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
