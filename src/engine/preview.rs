//! One stack instance of `plan`: what `apply` would do with what is found. Whatever is made to find
//! that out is taken away again.

use std::time::Duration;

use super::draft::Draft;
use super::ending;
use super::instance::{Settled, Work};
use super::stuck;
use crate::cloud::{CallError, ChangeSet, Deleted, ErrorOrigin, Stack, Stacks};
use crate::event::{
    ChangeAction, Failure, FailureKind, InstanceEnd, Outcome, Preview, ResourceChange, StackAction,
};
use crate::plan::DesiredStack;
use crate::status::{Approach, StackStatus};

/// How often a stack is looked at anew before it counts as changed by somebody else all the time.
const MOST_ROUNDS: usize = 8;
const CREATE_CHANGE_SET: &str = "cloudformation:CreateChangeSet";

/// The pauses between looks at a change set: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long CloudFormation may take to draw up a change set. AWS names no time.
const PATIENCE: Duration = Duration::from_secs(900);
/// How long it may take after that, or once the run is asked to stop, until one can be deleted.
const CLEARED_WITHIN: Duration = Duration::from_secs(60);
/// How long a change set that was just made may not show itself.
const HIDDEN_FOR: Duration = Duration::from_secs(30);

/// Returns how a stack instance would end, and what would change.
pub(super) async fn preview(work: &Work, draft: &Draft, stacks: Stacks) -> InstanceEnd {
    let previewing = Previewing { work, draft, stacks };
    match previewing.look().await {
        Ok(end) => end,
        Err(error) => ending::refused(work.id(), &previewing.stacks.account, error, None),
    }
}

struct Previewing<'a> {
    work: &'a Work,
    draft: &'a Draft,
    stacks: Stacks,
}

/// What became of a try to learn what an update would do.
enum Learned {
    /// It was learned, or never will be.
    Ended(Box<InstanceEnd>),
    /// CloudFormation does not take the request: why, in its words and as a failure.
    Refused(String, Failure),
    /// Somebody else changed the stack meanwhile: look again.
    Again,
}

impl Previewing<'_> {
    async fn look(&self) -> Result<InstanceEnd, CallError> {
        let name = self.work.instance().stack_name.as_str();
        let mut found = match self.work.unless_stopped(self.stacks.find(name)).await {
            Some(found) => found?,
            None => return Ok(ending::cancelled(self.work.id(), None)),
        };
        for _ in 0..MOST_ROUNDS {
            let Some(stack) = found else { return Ok(self.creation(None)) };
            let ended = match stack.status.approach() {
                Approach::Wait => self.wait(&stack).await?,
                Approach::Create => Some(self.creation(None)),
                Approach::Recreate if self.is_held(&stack) => {
                    Some(stuck::protected(self.work.id(), &stack))
                }
                Approach::Recreate => Some(self.creation(Some(&stack))),
                Approach::Refuse => Some(stuck::stuck(self.work.id(), &stack)),
                Approach::ContinueRollback => Some(self.continuation(&stack)),
                Approach::Update => self.update(&stack).await?,
            };
            if let Some(end) = ended {
                return Ok(end);
            }
            found = match self.work.unless_stopped(self.stacks.describe(name)).await {
                Some(found) => found?,
                None => return Ok(ending::cancelled(self.work.id(), None)),
            };
        }
        let failure = Failure::new(
            FailureKind::StackStuck,
            "the stack is changed by somebody else again and again",
        )
        .with_help("let the other deployment end, then plan again");
        Ok(ending::failed(self.work.id(), failure, None))
    }

    /// Whether a stack that would have to be deleted is protected, and the file does not say that it
    /// may lose that.
    fn is_held(&self, found: &Stack) -> bool {
        found.termination_protection && self.draft.request.termination_protection.is_none()
    }

    async fn wait(&self, found: &Stack) -> Result<Option<InstanceEnd>, CallError> {
        let action = StackAction::Wait;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, self.work.operation(action, None, None));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(_) | Settled::Gone) => Ok(None),
            Ok(Settled::Abandoned) => Ok(Some(ending::cancelled(self.work.id(), Some(found)))),
            Err(lost) => Err(lost.error),
        }
    }

    /// Returns the end of one that would be created, over a stack that is deleted before if there is
    /// one: a change set would leave a stack behind.
    fn creation(&self, found: Option<&Stack>) -> InstanceEnd {
        let template = &self.draft.request.template;
        let added = template.resources.iter().map(|(resource, resource_type)| ResourceChange {
            action: ChangeAction::Add,
            resource: resource.clone(),
            resource_type: resource_type.clone(),
            replacement: None,
            retained: false,
            properties: Vec::new(),
        });
        let mut preview = Preview { changes: added.collect(), ..self.draft.preview() };
        if !template.conditional.is_empty() {
            let names: Vec<&str> = template.conditional.iter().map(String::as_str).collect();
            preview = preview
                .with_note(format!("made only where its condition holds: {}", names.join(", ")));
        }
        if let Some(Stack { status, .. }) = found {
            preview = preview
                .with_note(format!("it never worked ({status}): deleted first, then created anew"));
        }
        InstanceEnd {
            status: found.map(|stack| stack.status.clone()),
            stack_id: found.map(|stack| stack.id.clone()),
            preview: Some(Box::new(preview)),
            ..ending::bare(self.work.id(), Outcome::Created)
        }
    }

    /// Returns the end of one whose rollback would be continued before anything else.
    fn continuation(&self, found: &Stack) -> InstanceEnd {
        let status = StackStatus::UpdateRollbackFailed;
        let note = format!(
            "its rollback got stuck ({status}) and is continued first; what the update changes is \
             known after that"
        );
        self.known(Outcome::Updated, self.draft.preview().with_note(note), found)
    }

    async fn update(&self, found: &Stack) -> Result<Option<InstanceEnd>, CallError> {
        let has_unknown = !self.draft.unknown.is_empty();
        let refused = match self.learn(&self.draft.request, found, "").await? {
            Learned::Ended(end) => return Ok(Some(*end)),
            Learned::Again => return Ok(None),
            Learned::Refused(reason, _) if has_unknown => reason,
            Learned::Refused(_, failure) => {
                return Ok(Some(ending::failed(self.work.id(), failure, Some(found))));
            }
        };
        // A stand-in need not be of the kind that the parameter takes: what stands there is.
        match self.learn(&self.draft.without_unknown(), found, "-again").await? {
            Learned::Ended(end) => Ok(Some(*end)),
            Learned::Again => Ok(None),
            Learned::Refused(..) => {
                let note = format!("what changes is known after apply ({refused})");
                let preview = self.draft.preview().with_note(note);
                Ok(Some(self.known(Outcome::Updated, preview, found)))
            }
        }
    }

    /// Learns from a change set, which is gone afterwards whatever happens, what an update would do.
    async fn learn(
        &self,
        request: &DesiredStack<String>,
        found: &Stack,
        suffix: &str,
    ) -> Result<Learned, CallError> {
        let name = format!("{}{suffix}", self.work.change_set());
        let may_go = || !self.work.is_stopped();
        let proof = self.work.prove(&self.stacks).await?;
        let create = self.stacks.create_change_set(request, found, &name, &proof, &may_go);
        let created = self.work.answered(CREATE_CHANGE_SET, &|| false, create).await;
        let drawn = match created {
            Ok(()) => self.drawn(&found.name, &name).await,
            Err(error) if is_refusal(&error) => return Ok(self.refused(error, found)),
            // It may have been made all the same, and is known by its name.
            Err(error) if error.leaves_open() => match self.drawn(&found.name, &name).await {
                Ok(Some(ChangeSet::Gone)) | Err(_) => Err(error),
                drawn => drawn,
            },
            Err(error) => Err(error),
        };
        let left = self.clear(&found.name, &name).await;
        let learned = match drawn {
            Err(error) => {
                let account = &self.stacks.account;
                let end = ending::refused(self.work.id(), account, error, Some(found));
                Learned::Ended(Box::new(end))
            }
            Ok(None) => Learned::Ended(Box::new(ending::cancelled(self.work.id(), Some(found)))),
            Ok(Some(ChangeSet::Failed(reason))) => {
                let reason = match reason.trim().is_empty() {
                    true => {
                        "CloudFormation cannot draw up its change set and gives no reason".into()
                    }
                    false => reason,
                };
                Learned::Refused(reason.clone(), Failure::new(FailureKind::Refused, reason))
            }
            Ok(Some(ChangeSet::Complete(changes))) => {
                Learned::Ended(Box::new(self.changed(changes, found).await?))
            }
            Ok(Some(ChangeSet::NothingToDo)) => {
                Learned::Ended(Box::new(self.unchanged(found).await?))
            }
            Ok(Some(ChangeSet::Moving)) => {
                let why = "CloudFormation took more than a quarter of an hour for its change set";
                let failure = Failure::new(FailureKind::TimedOut, why).with_help(
                    "look at the change set in the console, which may say what it waits for; then \
                     plan again",
                );
                Learned::Ended(Box::new(ending::failed(self.work.id(), failure, Some(found))))
            }
            Ok(Some(ChangeSet::Gone)) => {
                let why = "its change set is gone before it was read: somebody else deleted it";
                let failure = Failure::new(FailureKind::StackStuck, why).with_help("plan again");
                Learned::Ended(Box::new(ending::failed(self.work.id(), failure, Some(found))))
            }
        };
        Ok(match (learned, left) {
            (Learned::Ended(end), Some(left)) => Learned::Ended(Box::new(telling(*end, left))),
            (learned, _) => learned,
        })
    }

    fn refused(&self, error: CallError, found: &Stack) -> Learned {
        // Somebody else began an operation, or deleted it, since it was looked at.
        if error.has_stack_moved() {
            return Learned::Again;
        }
        if error.is_invalid_request() {
            let reason = error.text.clone();
            return Learned::Refused(reason, error.into_failure(&self.stacks.account));
        }
        let account = &self.stacks.account;
        Learned::Ended(Box::new(ending::refused(self.work.id(), account, error, Some(found))))
    }

    /// Waits until a change set is drawn up; `None` if the run is asked to stop before.
    async fn drawn(&self, stack: &str, name: &str) -> Result<Option<ChangeSet>, CallError> {
        let drawing = tokio::time::timeout(PATIENCE, Box::pin(self.settled(stack, name)));
        match self.work.unless_stopped(drawing).await {
            None => Ok(None),
            Some(Ok(drawn)) => drawn.map(Some),
            Some(Err(_)) => Ok(Some(ChangeSet::Moving)),
        }
    }

    /// Looks at a change set until it is drawn up or gone.
    async fn settled(&self, stack: &str, name: &str) -> Result<ChangeSet, CallError> {
        let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
        loop {
            tokio::time::sleep(pause).await;
            match self.stacks.change_set(stack, name).await? {
                ChangeSet::Moving => {}
                ChangeSet::Gone if waited < HIDDEN_FOR => {}
                drawn => return Ok(drawn),
            }
            waited += pause;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Deletes a change set, and returns what is left to do if it cannot be.
    async fn clear(&self, stack: &str, name: &str) -> Option<String> {
        let deleting = Box::pin(self.delete(stack, name));
        let deleted = tokio::time::timeout(CLEARED_WITHIN, deleting).await;
        let reason = match deleted {
            Ok(Ok(())) => return None,
            // The stack is gone, and with it the change set.
            Ok(Err(error)) if error.is_no_such_stack() => return None,
            Ok(Err(error)) => error.text,
            Err(_) => "it is still being drawn up".to_owned(),
        };
        Some(format!("its change set {name} could not be deleted ({reason}): delete it by hand"))
    }

    /// Deletes a change set as soon as that can be done.
    async fn delete(&self, stack: &str, name: &str) -> Result<(), CallError> {
        let proof = self.stacks.prove_account().await?;
        let mut pause = FIRST_PAUSE;
        while self.stacks.delete_change_set(stack, name, &proof).await? == Deleted::NotYet {
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    async fn changed(
        &self,
        changes: Vec<ResourceChange>,
        found: &Stack,
    ) -> Result<InstanceEnd, CallError> {
        let mut preview = Preview { changes, ..self.draft.preview() };
        if preview.changes.is_empty() {
            preview = preview.with_note("no resource changes: only outputs, parameters or tags do");
        }
        preview.notes.extend(self.besides(found).await?);
        Ok(self.known(Outcome::Updated, preview, found))
    }

    async fn unchanged(&self, found: &Stack) -> Result<InstanceEnd, CallError> {
        let mut preview = self.draft.preview();
        let besides = self.besides(found).await?;
        let outcome = match besides.is_empty() && self.draft.unknown.is_empty() {
            true => Outcome::Unchanged,
            false => Outcome::Updated,
        };
        preview.notes.extend(besides);
        Ok(self.known(outcome, preview, found))
    }

    /// Returns what would change that no change set tells: protection and stack policy.
    async fn besides(&self, found: &Stack) -> Result<Vec<String>, CallError> {
        let mut notes = Vec::new();
        let request = &self.draft.request;
        match request.termination_protection {
            Some(true) if !found.termination_protection => {
                notes.push("termination protection would be turned on".to_owned());
            }
            Some(false) if found.termination_protection => {
                notes.push("termination protection would be turned off".to_owned());
            }
            Some(_) | None => {}
        }
        if let Some(policy) = &request.stack_policy
            && let Some(standing) =
                self.work.unless_stopped(self.stacks.policy_of(&found.id)).await.transpose()?
            && standing.as_ref() != Some(policy)
        {
            notes.push("its stack policy would change".to_owned());
        }
        Ok(notes)
    }

    fn known(&self, outcome: Outcome, preview: Preview, found: &Stack) -> InstanceEnd {
        let end = ending::good(self.work.id(), outcome, found.clone());
        InstanceEnd { preview: Some(Box::new(preview)), ..end }
    }
}

impl Work {
    /// Returns the name of the change set that this run makes to look ahead.
    pub fn change_set(&self) -> String {
        format!("xdeploy-plan-{}-{}", self.run, self.index.0)
    }
}

/// Whether a change set was surely not made.
fn is_refusal(error: &CallError) -> bool {
    match error.origin {
        ErrorOrigin::Service | ErrorOrigin::Withdrawn | ErrorOrigin::ForeignKeys => {
            !error.leaves_open()
        }
        ErrorOrigin::Credentials
        | ErrorOrigin::Unusable
        | ErrorOrigin::Network
        | ErrorOrigin::Unreadable
        | ErrorOrigin::ForeignAnswer => false,
    }
}

/// Returns an end that tells as well what is left behind.
fn telling(mut end: InstanceEnd, left: String) -> InstanceEnd {
    if let Some(preview) = &mut end.preview {
        preview.notes.push(left);
    } else if let Some(failure) = &mut end.failure {
        failure.message = format!("{}; {left}", failure.message);
    }
    end
}
