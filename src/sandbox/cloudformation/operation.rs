//! What a stack is doing: the work of one phase, and when its next step is due.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::caller::SignedCaller;

/// An operation in progress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackOperation {
    /// What was asked for.
    pub goal: Goal,
    /// How far it is.
    pub phase: Phase,
    /// What is to be done in this phase, by logical id.
    pub tasks: BTreeMap<String, Task>,
    /// The client request token it came with.
    pub token: Option<String>,
    /// When it gives up.
    pub deadline: Option<Timestamp>,
    /// Why it fails as a whole, if that is no resource's doing.
    pub cause: Option<String>,
    /// The stack policy that counts for an update: the one of before, or one that came for it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_policy: Option<String>,
    /// Whether a deletion leaves behind what it cannot delete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_forced: bool,
    /// On whose behalf resources are made; of an older file, nobody's, who is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<SignedCaller>,
    /// Whether it is a part of the operation of the stack above, which it waits for before it clears up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_nested: bool,
    /// What a way back leaves out, that of nested stacks as `STACK.RESOURCE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// A new stack.
    Create,
    /// A change of a stack, or the rest of the way back from one.
    Update,
    /// The end of a stack.
    Delete,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Towards the goal.
    Forward,
    /// Back to what was before.
    Rollback,
    /// Done, but for what is no longer needed, until the stack above is done as well.
    AwaitingCleanup,
    /// What is no longer needed goes, after success.
    Cleanup,
    /// Back, but for what is no longer needed, until the stack above is back as well.
    AwaitingRollbackCleanup,
    /// What is no longer needed goes, after a rollback.
    RollbackCleanup,
}

/// What is to be done for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub work: TaskWork,
    /// The tasks that come first.
    pub after: BTreeSet<String>,
    /// How far it is.
    pub progress: TaskProgress,
}

/// What is done for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskWork {
    /// It is made or changed as the template wants it.
    #[serde(rename = "Ensure")]
    Provision,
    /// It is made again what it was before an update.
    Restore,
    /// The resource is deleted.
    Remove,
    /// A nested stack clears up what it no longer needs.
    CleanUp,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskProgress {
    Waiting,
    /// The service is asked to make the resource at the first time, and has made it at the second.
    Asking(Timestamp, Timestamp),
    /// The service is done at this time.
    Working(Timestamp),
    /// A nested stack is at it.
    Nested,
    Done,
    Failed,
}

impl Task {
    /// Returns a task that was not begun.
    pub fn new(work: TaskWork, after: BTreeSet<String>) -> Self {
        Self { work, after, progress: TaskProgress::Waiting }
    }

    fn due(&self) -> Option<Timestamp> {
        match self.progress {
            TaskProgress::Asking(at, _) | TaskProgress::Working(at) => Some(at),
            TaskProgress::Waiting
            | TaskProgress::Nested
            | TaskProgress::Done
            | TaskProgress::Failed => None,
        }
    }

    fn is_running(&self) -> bool {
        self.due().is_some() || self.progress == TaskProgress::Nested
    }
}

impl Phase {
    /// Whether nothing happens until the stack above goes on.
    pub fn is_on_hold(self) -> bool {
        matches!(self, Self::AwaitingCleanup | Self::AwaitingRollbackCleanup)
    }
}

impl StackOperation {
    /// Returns an operation at its beginning, on somebody's behalf.
    pub fn new(goal: Goal, token: Option<String>, principal: Option<SignedCaller>) -> Self {
        Self {
            goal,
            phase: Phase::Forward,
            tasks: BTreeMap::new(),
            token,
            deadline: None,
            cause: None,
            stack_policy: None,
            is_forced: false,
            principal,
            is_nested: false,
            skipped: Vec::new(),
        }
    }

    /// Returns when something is due.
    pub fn due(&self) -> Option<Timestamp> {
        self.tasks.values().filter_map(Task::due).chain(self.deadline).min()
    }

    /// Returns the task that is due at `at` or before.
    pub fn due_task(&self, at: Timestamp) -> Option<String> {
        let due = self.tasks.iter().filter_map(|(id, task)| task.due().map(|due| (due, id)));
        due.min().filter(|(due, _)| *due <= at).map(|(_, id)| id.clone())
    }

    /// Returns the tasks that can begin: not begun, with all done that comes first.
    pub fn ready(&self) -> Vec<String> {
        let is_done =
            |id: &String| self.tasks.get(id).is_none_or(|task| task.progress == TaskProgress::Done);
        self.tasks
            .iter()
            .filter(|(_, task)| {
                task.progress == TaskProgress::Waiting && task.after.iter().all(is_done)
            })
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Whether a task was begun and has not ended.
    pub fn is_busy(&self) -> bool {
        self.tasks.values().any(Task::is_running)
    }

    /// Returns the tasks that were begun and have not ended.
    pub fn running(&self) -> Vec<String> {
        let running = self.tasks.iter().filter(|(_, task)| task.is_running());
        running.map(|(id, _)| id.clone()).collect()
    }

    /// Returns the tasks that failed.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.tasks.iter().filter(|(_, task)| task.progress == TaskProgress::Failed);
        failed.map(|(id, _)| id.as_str()).collect()
    }

    /// Says how far a task is.
    pub fn set(&mut self, id: &str, progress: TaskProgress) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.progress = progress;
        }
    }
}
