//! The rounds on a stack: it is looked at, and its status says what is done, until it stands as wanted.

use std::time::Duration;

use super::super::ended_early::EndedEarly;
use super::super::instance_work::InstanceWork;
use super::super::resumed_operation::ResumedOperation;
use super::super::{instance_end, stuck};
use super::applying::{Applying, Reached, Round};
use crate::cloud::Stacks;
use crate::event::{InstanceEnd, Outcome, StackAction};
use crate::plan::DesiredStack;
use crate::status::{Approach, StackStatus};

/// How often a stack is looked at anew before it counts as changed by somebody else all the time.
const MOST_ROUNDS: usize = 8;

/// The pause before a stack that somebody else just changed is looked at again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How often a stack may be there, as CreateStack says, and not show itself: for half a minute.
const MOST_HIDDEN: usize = 5;

/// What was done in earlier rounds and is not done twice.
#[derive(Default)]
struct Done {
    /// Whether what was sent was looked for once something was found.
    has_resumed: bool,
    has_looked: bool,
    /// What was done to bring the stack into a status in which it can be updated.
    repaired: Vec<Approach>,
    /// How often a stack was there that does not show itself.
    hidden: usize,
}

/// Creates or updates a stack instance and returns how it ended.
pub async fn apply(
    work: &InstanceWork,
    request: &DesiredStack<String>,
    stacks: Stacks,
) -> InstanceEnd {
    let applying = Applying::new(work, request, stacks);
    let ended = applying.rounds().await;
    ended.unwrap_or_else(|early| early.into_end(work.id(), &applying.stacks.account))
}

impl Applying<'_> {
    async fn rounds(&self) -> Result<InstanceEnd, EndedEarly> {
        if let Some(end) = self.resume_operation().await? {
            return Ok(end);
        }
        let mut done = Done::default();
        let mut pause = FIRST_PAUSE;
        for _ in 0..MOST_ROUNDS {
            match self.round(&mut done).await? {
                Round::Ended(end) => return Ok(*end),
                Round::Again => {}
                Round::Later => {
                    self.work.unless_stopped(tokio::time::sleep(pause)).await;
                    pause *= 2;
                }
            }
        }
        Ok(stuck::always_changed(self.work.id(), "apply"))
    }

    async fn round(&self, done: &mut Done) -> Result<Round, EndedEarly> {
        let name = self.work.instance().stack_name.as_str();
        let found = match done.has_looked {
            false => self.work.unless_stopped(self.stacks.find(name)).await,
            true => self.unless_stopped(self.stacks.describe(name)).await,
        };
        let cancelled = |found| instance_end::cancelled(self.work.id(), found);
        let found = found.ok_or_else(|| cancelled(None))??;
        done.has_looked = true;
        if !self.may_go() {
            return Err(cancelled(found.as_ref()).into());
        }
        let Some(found) = found else {
            self.check_planned(None).await?;
            return self.create_unseen(done).await;
        };
        done.hidden = 0;
        // What was sent may have come to light only now.
        if !std::mem::replace(&mut done.has_resumed, true)
            && let Some(end) = self.resume_operation().await?
        {
            return Ok(Round::ended(end));
        }
        self.check_planned(Some(&found)).await?;
        let approach = found.status.approach();
        match approach {
            // What was made is used by the next attempt.
            _ if self.request.keeps_what_failed(&found.status) => self.bring(&found).await,
            Approach::Wait => self.wait(&found).await,
            Approach::Refuse => Err(stuck::stuck(self.work.id(), &found).into()),
            Approach::ContinueRollback | Approach::RollBack
                if done.repaired.contains(&approach) =>
            {
                Err(stuck::stuck(self.work.id(), &found).into())
            }
            Approach::ContinueRollback => {
                done.repaired.push(approach);
                self.continue_rollback(&found).await
            }
            Approach::RollBack => {
                done.repaired.push(approach);
                self.roll_back(&found).await
            }
            Approach::Create => self.create(Some(&found)).await,
            Approach::Recreate => self.delete(&found).await,
            Approach::Update => self.bring(&found).await,
        }
    }

    /// Follows what was sent before the run was resumed to its end, if it is the whole job.
    async fn resume_operation(&self) -> Result<Option<InstanceEnd>, EndedEarly> {
        let Some(sent) = &self.work.sent else { return Ok(None) };
        let (action, outcome) = match sent.action {
            StackAction::Create => (StackAction::Create, Outcome::Created),
            StackAction::Update => (StackAction::Update, Outcome::Updated),
            _ => return Ok(None),
        };
        let stack_id = match self.work.resume_operation(&self.stacks, sent).await {
            Ok(ResumedOperation::Accepted(stack_id)) => stack_id,
            Ok(ResumedOperation::Nothing) => return Ok(None),
            Err(error) => {
                let account = &self.stacks.account;
                return Err(instance_end::unseen(self.work.id(), account, action, error).into());
            }
        };
        self.work.tell_action(action, None, &stack_id).await;
        let intent = self.work.intended_before(action, sent.spent);
        let operation = self.work.operation(action, Some(intent.token()), None);
        let followed = self.stacks.follow(&stack_id, operation);
        let is_taken_back = |status: &StackStatus| {
            sent.is_cancelled && *status == StackStatus::UpdateRollbackComplete
        };
        // It may have been changed once more meanwhile, by somebody else.
        let is_wanted = |status: &StackStatus| status.is_good() || is_taken_back(status);
        let Reached { stack, warnings: notes } =
            self.reach(followed, action, &stack_id, is_wanted).await?;
        if is_taken_back(&stack.status) {
            return Ok(None);
        }
        self.protect(&stack, &intent).await?;
        if self.work.change_sets.looked().is_some() {
            self.set_policy(&stack.id, &intent).await?;
        }
        Ok(Some(InstanceEnd { notes, ..instance_end::good(self.work.id(), outcome, stack) }))
    }

    /// Creates a stack that does not show itself; one that is there all the same is waited for, in
    /// case that reads are behind.
    async fn create_unseen(&self, done: &mut Done) -> Result<Round, EndedEarly> {
        let round = self.create(None).await?;
        if matches!(round, Round::Later) {
            done.hidden += 1;
        }
        match done.hidden > MOST_HIDDEN {
            true => {
                let name = self.work.instance().stack_name.as_str();
                Err(stuck::hidden(self.work.id(), name).into())
            }
            false => Ok(round),
        }
    }
}
