//! One stack instance of `plan`: what `apply` would do with what is found. Whatever is made to find
//! that out is taken away again.

use super::instance_end;
use super::instance_work::InstanceWork;
use super::keep::with_what_is_inside;
use super::preview_besides::besides;
use super::preview_change_set::{
    PreviewChangeSet, ReadChangeSet, gone_before_read, never_drawn, not_drawn,
};
use super::preview_request::PreviewRequest;
use super::saved_plan::ChangeSetUse;
use super::settle::Settled;
use super::{preview_values, stuck, unnamed_parameters};
use crate::cloud::{CallError, ChangeSet, ChangeSetFindings, Stack, Stacks};
use crate::event::{Failure, InstanceEnd, KeptChange, Outcome, Preview, StackAction};
use crate::plan::DesiredStack;
use crate::status::Approach;

/// How often a stack is looked at anew before it counts as changed by somebody else all the time.
const MOST_ROUNDS: usize = 8;

/// Returns how a stack instance would end, and what would change.
pub(super) async fn preview(
    work: &InstanceWork,
    request: &PreviewRequest,
    stacks: Stacks,
) -> InstanceEnd {
    let previewing = Previewing { work, request, stacks };
    match previewing.look().await {
        Ok(end) => end,
        Err(error) => instance_end::refused(work.id(), &previewing.stacks.account, error, None),
    }
}

/// A stack instance that is looked ahead at.
pub(super) struct Previewing<'a> {
    pub work: &'a InstanceWork,
    pub request: &'a PreviewRequest,
    pub stacks: Stacks,
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

impl From<InstanceEnd> for Learned {
    fn from(end: InstanceEnd) -> Self {
        Self::Ended(Box::new(end))
    }
}

impl Previewing<'_> {
    async fn look(&self) -> Result<InstanceEnd, CallError> {
        let name = self.work.instance().stack_name.as_str();
        let mut found = match self.work.unless_stopped(self.stacks.find(name)).await {
            Some(found) => found?,
            None => return Ok(instance_end::cancelled(self.work.id(), None)),
        };
        for _ in 0..MOST_ROUNDS {
            let Some(stack) = found else { return self.creation(None).await };
            let ended = match stack.status.approach() {
                _ if self.request.desired.keeps_what_failed(&stack.status) => {
                    self.update(&stack).await?
                }
                Approach::Wait => self.wait(&stack).await?,
                Approach::Create => Some(self.creation(None).await?),
                Approach::Recreate if self.is_held(&stack) => {
                    Some(stuck::protected(self.work.id(), &stack))
                }
                Approach::Recreate => Some(self.creation(Some(&stack)).await?),
                Approach::Refuse => Some(stuck::stuck(self.work.id(), &stack)),
                Approach::ContinueRollback | Approach::RollBack => {
                    let preview = self.request.preview_after_repair(&stack.status);
                    Some(self.known(Outcome::Updated, preview, &stack))
                }
                Approach::Update => self.update(&stack).await?,
            };
            if let Some(end) = ended {
                return Ok(end);
            }
            found = match self.work.unless_stopped(self.stacks.describe(name)).await {
                Some(found) => found?,
                None => return Ok(instance_end::cancelled(self.work.id(), None)),
            };
        }
        Ok(stuck::always_changed(self.work.id(), "plan"))
    }

    /// Whether a stack that would have to be deleted is protected, and the file does not say that it
    /// may lose that.
    fn is_held(&self, found: &Stack) -> bool {
        found.termination_protection && self.request.desired.termination_protection.is_none()
    }

    async fn wait(&self, found: &Stack) -> Result<Option<InstanceEnd>, CallError> {
        let action = StackAction::Wait;
        self.work.tell_action(action, Some(&found.status), &found.id).await;
        let mut followed = self.stacks.follow(&found.id, self.work.operation(action, None, None));
        match self.work.settle(&mut followed, action).await {
            Ok(Settled::As(_) | Settled::Gone) => Ok(None),
            Ok(Settled::Abandoned) => {
                Ok(Some(instance_end::cancelled(self.work.id(), Some(found))))
            }
            Err(lost) => Err(lost.error),
        }
    }

    async fn update(&self, found: &Stack) -> Result<Option<InstanceEnd>, CallError> {
        if let Err(failure) = unnamed_parameters::check(&self.request.desired, Some(found)) {
            return Ok(Some(instance_end::failed(self.work.id(), failure, Some(found))));
        }
        if self.is_free(found).await? {
            let preview = Preview { is_free: true, ..self.request.preview() };
            return Ok(Some(self.known(Outcome::Updated, preview, found)));
        }
        let has_unknown = !self.request.unknown.is_empty();
        let refused = match self.learn(&self.request.desired, found, "").await? {
            Learned::Ended(end) => return Ok(Some(*end)),
            Learned::Again => return Ok(None),
            Learned::Refused(reason, _) if has_unknown => reason,
            Learned::Refused(_, failure) => {
                return Ok(Some(instance_end::failed(self.work.id(), failure, Some(found))));
            }
        };
        // A stand-in need not be of the kind that the parameter takes: what stands there is.
        match self.learn(&self.request.without_unknown(), found, "-again").await? {
            Learned::Ended(end) => Ok(Some(*end)),
            Learned::Again => Ok(None),
            Learned::Refused(..) => {
                let note = format!("what changes is known after apply ({refused})");
                let preview = self.request.preview().with_doubt(note);
                Ok(Some(self.known(Outcome::Updated, preview, found)))
            }
        }
    }

    /// Learns what an update would do; of nested stacks only that they may change where that alone
    /// can be told, such as for what is only known after apply.
    async fn learn(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
        suffix: &str,
    ) -> Result<Learned, CallError> {
        let change_set = || PreviewChangeSet::new(self.work, &self.stacks, &found.name, suffix);
        let to_keep = change_set().kept_if(self.to_keep().is_some());
        let learned = self.read(to_keep, desired, found).await?;
        let Learned::Refused(reason, _) = &learned else { return Ok(learned) };
        if !desired.template.may_nest_stacks() {
            return Ok(learned);
        }
        let note = format!("what changes in its nested stacks cannot be told ({reason})");
        // What it would do to them stays untold: it is not kept.
        let flat = self.read(change_set().without_nested(), desired, found).await?;
        let Learned::Ended(mut end) = flat else { return Ok(flat) };
        if let Some(preview) = &mut end.preview {
            **preview = std::mem::take(&mut **preview).with_doubt(note);
        }
        Ok(Learned::Ended(end))
    }

    /// Reads a change set, which is gone afterwards unless it is kept.
    async fn read(
        &self,
        change_set: PreviewChangeSet<'_>,
        desired: &DesiredStack<String>,
        found: &Stack,
    ) -> Result<Learned, CallError> {
        let (read, findings, kept, left) = match change_set.read(desired, found).await? {
            ReadChangeSet::NotMade(error) => return Ok(self.refused(error, found)),
            ReadChangeSet::Made { read, findings, kept, left } => (read, findings, kept, left),
        };
        // Of changes whose change set is not kept, nothing is: they are planned anew.
        let is_kept = kept.is_some() || !matches!(read, Ok(Some(ChangeSet::Complete(_))));
        let learned = match read {
            Err(error) => {
                let account = &self.stacks.account;
                instance_end::refused(self.work.id(), account, error, Some(found)).into()
            }
            Ok(None) => instance_end::cancelled(self.work.id(), Some(found)).into(),
            Ok(Some(change_set)) => self.learned(change_set, findings, found).await?,
        };
        let Learned::Ended(mut end) = learned else { return Ok(learned) };
        if let Some(preview) = &mut end.preview {
            let request = self.to_keep().filter(|_| is_kept);
            preview.kept = request.map(|request| KeptChange { request, change_set: kept });
        }
        Ok(match left {
            Some(left) => instance_end::telling(*end, left).into(),
            None => Learned::Ended(end),
        })
    }

    /// Returns the digest of the request that is to be kept with its change set; nothing where that is known in its turn
    /// only, or nothing is kept.
    fn to_keep(&self) -> Option<String> {
        match self.work.change_sets {
            ChangeSetUse::Kept | ChangeSetUse::KeptWhereGuarded => self.request.digest.clone(),
            ChangeSetUse::Read | ChangeSetUse::Executed(_) | ChangeSetUse::Looked(_) => None,
        }
    }

    /// Returns what a change set tells.
    async fn learned(
        &self,
        change_set: ChangeSet,
        findings: ChangeSetFindings,
        found: &Stack,
    ) -> Result<Learned, CallError> {
        let failed = |failure| instance_end::failed(self.work.id(), failure, Some(found)).into();
        Ok(match change_set {
            ChangeSet::Failed(reason) => {
                let failure = not_drawn(reason, &findings);
                Learned::Refused(failure.message.clone(), failure)
            }
            ChangeSet::Complete(told) => self.changed(told, findings, found).await?.into(),
            ChangeSet::NothingToDo => self.unchanged(found).await?.into(),
            ChangeSet::Moving => failed(never_drawn()),
            ChangeSet::Gone => failed(gone_before_read()),
        })
    }

    fn refused(&self, error: CallError, found: &Stack) -> Learned {
        // Somebody else began an operation, or deleted it, since it was looked at.
        if error.has_stack_moved() {
            return Learned::Again;
        }
        if error.is_invalid_request() {
            return Learned::Refused(error.text.clone(), error.into_failure(&self.stacks.account));
        }
        instance_end::refused(self.work.id(), &self.stacks.account, error, Some(found)).into()
    }

    async fn changed(
        &self,
        told: Preview,
        findings: ChangeSetFindings,
        found: &Stack,
    ) -> Result<InstanceEnd, CallError> {
        let changes = with_what_is_inside(&self.stacks, &self.work.guard(), told.changes).await?;
        let changes = preview_values::shown(changes, &self.request.desired.template, found);
        let changes = preview_values::without_named_secrets(changes, &self.stacks, found).await;
        let mut preview = Preview { changes, ..self.request.preview() };
        preview.notes.extend(told.notes);
        preview.notes.extend(findings.warnings.iter().map(|it| format!("warning: {it}")));
        if preview.changes.is_empty() {
            preview = preview.with_note("no resource changes: only outputs, parameters or tags do");
        }
        preview.notes.extend(besides(self.work, &self.stacks, &self.request.desired, found).await?);
        Ok(self.known(Outcome::Updated, preview, found))
    }

    async fn unchanged(&self, found: &Stack) -> Result<InstanceEnd, CallError> {
        let mut preview = self.request.preview();
        let besides = besides(self.work, &self.stacks, &self.request.desired, found).await?;
        let outcome = match besides.is_empty() && self.request.unknown.is_empty() {
            true => Outcome::Unchanged,
            false => Outcome::Updated,
        };
        preview.notes.extend(besides);
        Ok(self.known(outcome, preview, found))
    }

    fn known(&self, outcome: Outcome, mut preview: Preview, found: &Stack) -> InstanceEnd {
        preview.notes.extend(unnamed_parameters::notes(&self.request.desired, found));
        let end = instance_end::good(self.work.id(), outcome, found.clone());
        InstanceEnd { preview: Some(Box::new(preview)), ..end }
    }
}
