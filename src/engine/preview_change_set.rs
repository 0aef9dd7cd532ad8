//! The change set that a preview makes of an update: made, read, and deleted again.

use std::time::Duration;

use super::cause_remedy;
use super::instance_work::InstanceWork;
use super::saved_plan::{FLAT, SavedPlan, delete_change_set};
use crate::cloud::{
    CallError, ChangeSet, ChangeSetFindings, ErrorOrigin, NestedStackChanges, NewChangeSet, Stack,
    Stacks,
};
use crate::event::{Failure, FailureKind};
use crate::plan::DesiredStack;

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

/// A change set of a stack, by the name under which this run makes it.
pub(super) struct PreviewChangeSet<'a> {
    work: &'a InstanceWork,
    stacks: &'a Stacks,
    stack: &'a str,
    name: String,
    nested: NestedStackChanges,
    /// Whether it stays where it tells of changes.
    is_kept: bool,
}

/// What became of a change set.
pub(super) enum ReadChangeSet {
    /// There is none: its call was refused.
    NotMade(CallError),
    /// It was made, and deleted again unless it is kept.
    Made {
        /// What it tells; nothing if the run was asked to stop before.
        read: Result<Option<ChangeSet>, CallError>,
        /// What early validation and hooks say of it.
        findings: ChangeSetFindings,
        /// Its ARN, if it tells of changes and is kept.
        kept: Option<String>,
        /// What is left to do by hand, if it could not be deleted.
        left: Option<String>,
    },
}

impl<'a> PreviewChangeSet<'a> {
    /// Returns the change set of a stack, which tells of nested stacks; `suffix` tells a second one
    /// from the first.
    pub fn new(work: &'a InstanceWork, stacks: &'a Stacks, stack: &'a str, suffix: &str) -> Self {
        let name = SavedPlan::change_set(&work.run, work.index.0, suffix);
        Self { work, stacks, stack, name, nested: NestedStackChanges::Told, is_kept: false }
    }

    /// Returns another one that does not tell of nested stacks.
    pub fn without_nested(self) -> Self {
        Self { name: self.name + FLAT, nested: NestedStackChanges::LeftOut, ..self }
    }

    /// Returns a change set of a stack that was made before, by its ARN.
    pub fn named(work: &'a InstanceWork, stacks: &'a Stacks, stack: &'a str, arn: &str) -> Self {
        Self {
            work,
            stacks,
            stack,
            name: arn.to_owned(),
            nested: NestedStackChanges::Told,
            is_kept: true,
        }
    }

    /// Returns the same change set, which stays where it tells of changes.
    pub fn kept_if(self, is_kept: bool) -> Self {
        Self { is_kept, ..self }
    }

    /// Makes it, reads it and deletes it unless it is kept.
    ///
    /// # Errors
    /// When the account cannot be proven.
    pub async fn read(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
    ) -> Result<ReadChangeSet, CallError> {
        let may_go = || !self.work.is_stopped();
        let proof = self.work.prove(self.stacks).await?;
        Box::pin(self.work.upload_templates(self.stacks, desired, &proof)).await?;
        let nested = match desired.template.may_nest_stacks() {
            true => self.nested,
            false => NestedStackChanges::LeftOut,
        };
        let new = NewChangeSet { name: &self.name, nested };
        let create = self.stacks.create_change_set(desired, found, new, &proof, &may_go);
        let created = self.work.answered(CREATE_CHANGE_SET, &|| false, create).await;
        let arn = created.as_ref().ok().cloned().flatten();
        let read = match created {
            Ok(_) => self.drawn().await,
            Err(error) if is_refusal(&error) => return Ok(ReadChangeSet::NotMade(error)),
            // It may have been made all the same, and is known by its name.
            Err(error) if error.has_unknown_outcome() => match self.drawn().await {
                Ok(Some(ChangeSet::Gone)) | Err(_) => Err(error),
                drawn => drawn,
            },
            Err(error) => Err(error),
        };
        let findings = match &read {
            Ok(Some(drawn)) => self.findings(arn.clone(), drawn).await,
            Ok(None) | Err(_) => ChangeSetFindings::default(),
        };
        let kept = match &read {
            Ok(Some(ChangeSet::Complete(_))) if self.is_kept => self.arn(arn).await,
            _ => None,
        };
        let left = if kept.is_some() { None } else { self.clear().await };
        Ok(ReadChangeSet::Made { read, findings, kept, left })
    }

    /// Returns its ARN, which AWS may have said already, if it can be learned.
    async fn arn(&self, known: Option<String>) -> Option<String> {
        match known {
            Some(arn) => Some(arn),
            None => self.stacks.change_set_arn(self.stack, &self.name).await.ok().flatten(),
        }
    }

    /// Returns what early validation and hooks say of a change set that was drawn up.
    async fn findings(&self, arn: Option<String>, drawn: &ChangeSet) -> ChangeSetFindings {
        let has_failed = match drawn {
            ChangeSet::Failed(_) => true,
            ChangeSet::Complete(_) => false,
            ChangeSet::Moving | ChangeSet::NothingToDo | ChangeSet::Gone => {
                return ChangeSetFindings::default();
            }
        };
        let arn = match arn {
            None if has_failed => {
                let known = self.stacks.change_set_arn(self.stack, &self.name).await;
                known.unwrap_or_default()
            }
            arn => arn,
        };
        let Some(arn) = arn else { return ChangeSetFindings::default() };
        let told = Box::pin(self.stacks.change_set_findings(&arn, has_failed));
        self.work.unless_stopped(told).await.unwrap_or_default()
    }

    /// Waits until a change set is drawn up; `None` if the run is asked to stop before.
    async fn drawn(&self) -> Result<Option<ChangeSet>, CallError> {
        let drawing = tokio::time::timeout(PATIENCE, Box::pin(self.settled()));
        match self.work.unless_stopped(drawing).await {
            None => Ok(None),
            Some(Ok(drawn)) => drawn.map(Some),
            Some(Err(_)) => Ok(Some(ChangeSet::Moving)),
        }
    }

    /// Looks at a change set until it is drawn up or gone.
    async fn settled(&self) -> Result<ChangeSet, CallError> {
        let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
        loop {
            tokio::time::sleep(pause).await;
            match self.stacks.change_set(self.stack, &self.name).await? {
                ChangeSet::Moving => {}
                ChangeSet::Gone if waited < HIDDEN_FOR => {}
                drawn => return Ok(drawn),
            }
            waited += pause;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Deletes a change set, and returns what is left to do if it cannot be.
    pub async fn clear(&self) -> Option<String> {
        let deleting = Box::pin(delete_change_set(self.stacks, self.stack, &self.name));
        let deleted = tokio::time::timeout(CLEARED_WITHIN, deleting).await;
        let reason = match deleted {
            Ok(Ok(())) => return None,
            // The stack is gone, and with it the change set.
            Ok(Err(error)) if error.is_no_such_stack() => return None,
            Ok(Err(error)) => error.text,
            Err(_) => "it is still being drawn up".to_owned(),
        };
        Some(format!(
            "its change set {} could not be deleted ({reason}): delete it by hand",
            self.name
        ))
    }
}

/// Whether a change set was surely not made.
fn is_refusal(error: &CallError) -> bool {
    match error.origin {
        ErrorOrigin::Service
        | ErrorOrigin::Withdrawn
        | ErrorOrigin::Fenced
        | ErrorOrigin::ForeignCredentials => !error.has_unknown_outcome(),
        ErrorOrigin::Credentials
        | ErrorOrigin::Unusable
        | ErrorOrigin::Network
        | ErrorOrigin::Unreadable
        | ErrorOrigin::ForeignAnswer => false,
    }
}

/// Returns that a change set cannot be drawn up, with all that early validation and hooks found.
pub(super) fn not_drawn(reason: String, findings: &ChangeSetFindings) -> Failure {
    let reason = match (findings.errors.is_empty(), reason.trim().is_empty()) {
        (false, _) => findings.errors.join("; "),
        (true, false) => reason,
        (true, true) => {
            "CloudFormation cannot draw up its change set and gives no reason".to_owned()
        }
    };
    let help = cause_remedy::of_reason(&reason);
    Failure { help, ..Failure::new(FailureKind::Refused, reason) }
}

/// Returns that a change set was not drawn up in time.
pub(super) fn never_drawn() -> Failure {
    let why = "CloudFormation took more than a quarter of an hour for its change set";
    Failure::new(FailureKind::TimedOut, why).with_help(
        "look at the change set in the console, which may say what it waits for; then plan again",
    )
}

/// Returns that a change set is gone before it was read.
pub(super) fn gone_before_read() -> Failure {
    let why = "its change set is gone before it was read: somebody else deleted it";
    Failure::new(FailureKind::StackStuck, why).with_help("plan again")
}
