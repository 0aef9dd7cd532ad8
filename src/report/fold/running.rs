//! A stack instance that is being worked on: what is done to it and how far that is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::StackAction;
use crate::status::{ResourceStatus, StackStatus};

/// What is being uploaded before a stack is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningUpload {
    /// How much it is.
    pub bytes: u64,
    /// How much of it was sent.
    pub sent_bytes: u64,
}

/// A stack instance that is being worked on.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// When it started.
    pub since: Timestamp,
    /// What is done to the stack, once that was decided.
    pub action: Option<StackAction>,
    /// When the action began, or its rollback if the stack is on its way back.
    pub moving_since: Option<Timestamp>,
    /// The stack's status, as last seen.
    pub status: Option<StackStatus>,
    /// The stack's ARN, once known.
    pub stack_id: Option<String>,
    /// What is uploaded before the stack is changed, while it is.
    pub upload: Option<RunningUpload>,
    /// How long the stack's create or update before this one took, where its history was read.
    pub precedent: Option<Duration>,
    /// The resources that moved since the action or its rollback began.
    resources: BTreeMap<String, ResourceStatus>,
    /// How many resources the action touches, where that is known beforehand.
    expected: Option<usize>,
}

impl Running {
    /// Returns an instance that started at `since` and of which no more is known.
    pub fn since(since: Timestamp) -> Self {
        Self {
            since,
            action: None,
            moving_since: None,
            status: None,
            stack_id: None,
            upload: None,
            precedent: None,
            resources: BTreeMap::new(),
            expected: None,
        }
    }

    /// Takes in that an action began on a stack whose template declares `declared` resources.
    pub fn begin(
        &mut self,
        at: Timestamp,
        action: StackAction,
        found: Option<StackStatus>,
        stack_id: Option<String>,
        declared: usize,
    ) {
        self.action = Some(action);
        self.upload = None;
        self.moving_since = Some(at);
        self.status = found;
        self.stack_id = stack_id.or(self.stack_id.take());
        self.resources.clear();
        self.expected = match action {
            StackAction::Create | StackAction::Delete | StackAction::TakeBack => Some(declared),
            // What an update or a foreign operation touches is not known; what of a stack that
            // never worked is there to delete, neither.
            StackAction::Update
            | StackAction::PutBack
            | StackAction::DeleteBeforeCreate
            | StackAction::ContinueRollback
            | StackAction::RollBack
            | StackAction::CancelUpdate
            | StackAction::Wait => None,
        };
    }

    /// Takes in how much of what is uploaded was sent.
    pub fn sent(&mut self, sent_bytes: u64) {
        if let Some(upload) = &mut self.upload {
            upload.sent_bytes = sent_bytes.min(upload.bytes);
        }
    }

    /// Takes in the stack's new status.
    pub fn stack_changed(&mut self, at: Timestamp, status: &StackStatus) {
        let was_rolling_back = self.is_rolling_back();
        self.status = Some(status.clone());
        if self.is_rolling_back() && !was_rolling_back {
            self.moving_since = Some(at);
            // What moved until now is what is put back from here on.
            self.expected = Some(self.resources.len());
            self.resources.clear();
        }
    }

    /// Takes in a resource's new status.
    pub fn resource_changed(&mut self, resource: &str, status: &ResourceStatus) {
        self.resources.insert(resource.to_owned(), status.clone());
    }

    /// Whether the stack is on its way back.
    pub fn is_rolling_back(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.is_bad() && !status.is_settled())
    }

    /// Returns what is being done to the stack, in the present tense.
    pub fn phase(&self) -> &'static str {
        match self.action {
            _ if self.upload.is_some() => "uploading",
            None => "looking",
            Some(StackAction::Wait) => "waiting",
            Some(StackAction::CancelUpdate) => "cancelling",
            Some(StackAction::ContinueRollback) => "continuing rollback",
            Some(StackAction::RollBack) => "rolling back",
            Some(_) if self.is_rolling_back() => "rolling back",
            Some(StackAction::Create) => "creating",
            Some(StackAction::Update) => "updating",
            Some(StackAction::PutBack) => "putting back",
            Some(StackAction::TakeBack) => "taking back",
            Some(StackAction::Delete | StackAction::DeleteBeforeCreate) => "deleting",
        }
    }

    /// Returns how many resources are done: `4/9`, or `4` where the total is not known; `None` before
    /// any moved. Of what is uploaded, how much was sent: `40%`.
    pub fn progress(&self) -> Option<String> {
        if let Some(RunningUpload { bytes, sent_bytes }) = self.upload {
            return Some(format!("{}%", (sent_bytes * 100).checked_div(bytes).unwrap_or(100)));
        }
        match (self.resources_done(), self.resources_total()) {
            (0, None | Some(0)) => None,
            (done, Some(total)) => Some(format!("{done}/{total}")),
            (done, None) => Some(done.to_string()),
        }
    }

    /// Returns how many resources ended their step.
    pub fn resources_done(&self) -> usize {
        self.resources.values().filter(|status| status.is_settled()).count()
    }

    /// Returns how many resources there are to move, where that is known.
    pub fn resources_total(&self) -> Option<usize> {
        self.expected.map(|expected| expected.max(self.resources.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creating(declared: usize) -> Running {
        let mut running = Running::since(Timestamp::UNIX_EPOCH);
        running.begin(Timestamp::UNIX_EPOCH, StackAction::Create, None, None, declared);
        running
    }

    #[test]
    fn resources_are_done_once_their_step_ended() {
        let mut running = creating(3);
        running.resource_changed("Role", &ResourceStatus::CreateComplete);
        running.resource_changed("Topic", &ResourceStatus::CreateInProgress);
        assert_eq!((running.resources_done(), running.resources_total()), (1, Some(3)));
    }

    #[test]
    fn a_rollback_counts_what_moved_before_it() {
        let mut running = creating(9);
        running.resource_changed("Role", &ResourceStatus::CreateComplete);
        running.resource_changed("Topic", &ResourceStatus::CreateFailed);
        running.stack_changed(Timestamp::UNIX_EPOCH, &StackStatus::RollbackInProgress);
        running.stack_changed(Timestamp::UNIX_EPOCH, &StackStatus::RollbackInProgress);
        running.resource_changed("Topic", &ResourceStatus::DeleteComplete);
        assert_eq!((running.resources_done(), running.resources_total()), (1, Some(2)));
    }

    #[test]
    fn an_update_does_not_pretend_to_know_its_total() {
        let mut running = creating(3);
        running.begin(Timestamp::UNIX_EPOCH, StackAction::Update, None, None, 3);
        assert_eq!(running.resources_total(), None);
    }

    #[test]
    fn an_upload_is_told_in_percent_until_the_stack_itself_moves() {
        let mut running = Running::since(Timestamp::UNIX_EPOCH);
        running.sent(5);
        assert_eq!((running.phase(), running.progress()), ("looking", None));
        running.upload = Some(RunningUpload { bytes: 200, sent_bytes: 0 });
        running.sent(50);
        assert_eq!((running.phase(), running.progress().as_deref()), ("uploading", Some("25%")));
        // What is sent once more after a reset counts as it is told.
        running.sent(1_000);
        assert_eq!(running.progress().as_deref(), Some("100%"));
        running.begin(Timestamp::UNIX_EPOCH, StackAction::Update, None, None, 3);
        assert_eq!((running.phase(), running.progress()), ("updating", None));
    }

    #[test]
    fn a_stack_id_once_known_is_kept() {
        let mut running = creating(1);
        running.begin(
            Timestamp::UNIX_EPOCH,
            StackAction::DeleteBeforeCreate,
            None,
            Some("arn:a".into()),
            1,
        );
        running.begin(Timestamp::UNIX_EPOCH, StackAction::Create, None, None, 1);
        assert_eq!(running.stack_id.as_deref(), Some("arn:a"));
    }
}
