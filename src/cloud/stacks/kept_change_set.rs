//! Change sets that were kept: whether one can still be executed, and its execution.

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{ChangeSetStatus, ExecutionStatus};

use super::client::{Change, Stacks, accepted};
use super::intent::Intent;
use crate::cloud::stack::Stack;
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;
use crate::cloud::wire::rate_limiter::MayGo;

const DESCRIBE: &str = "cloudformation:DescribeChangeSet";

/// Whether a change set can still be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptChangeSet {
    /// It can be executed.
    Executable,
    /// There is none any more, or somebody deletes it.
    Gone,
    /// It cannot: how it stands, in CloudFormation's word.
    Spent(String),
}

/// How a change set stands.
#[derive(Default)]
struct Standing {
    stack_id: Option<String>,
    status: String,
    execution: Option<ExecutionStatus>,
    /// Whether somebody deletes it.
    is_going: bool,
    /// The nested stacks that it changes, by name, with the ARNs of their change sets.
    nested: Vec<(String, String)>,
}

impl Standing {
    fn take(&mut self, reply: DescribeChangeSetOutput) {
        let status = reply.status.as_ref();
        self.is_going = matches!(
            status,
            Some(
                ChangeSetStatus::DeletePending
                    | ChangeSetStatus::DeleteInProgress
                    | ChangeSetStatus::DeleteComplete
                    | ChangeSetStatus::DeleteFailed
            )
        );
        self.status = status.map_or("", ChangeSetStatus::as_str).to_owned();
        self.stack_id = reply.stack_id;
        self.execution = reply.execution_status;
        let changes = reply.changes.unwrap_or_default().into_iter();
        self.nested.extend(changes.filter_map(|change| {
            let resource = change.resource_change?;
            Some((resource.logical_resource_id.unwrap_or_default(), resource.change_set_id?))
        }));
    }
}

impl Stacks {
    /// Looks whether a change set, given by its ARN, can still be executed, and those of nested stacks with it; one of another
    /// stack is none.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn kept_change_set(
        &self,
        arn: &str,
        stack_id: Option<&str>,
    ) -> Result<KeptChangeSet, CallError> {
        let Some(root) = self.standing_change_set(arn).await? else {
            return Ok(KeptChangeSet::Gone);
        };
        if root.is_going || root.stack_id.as_deref() != stack_id {
            return Ok(KeptChangeSet::Gone);
        }
        let mut open = match root.execution {
            Some(ExecutionStatus::Available) => root.nested,
            Some(ExecutionStatus::Unavailable) | None => {
                return Ok(KeptChangeSet::Spent(root.status));
            }
            Some(status) => return Ok(KeptChangeSet::Spent(status.as_str().to_owned())),
        };
        // Executing the one above would do otherwise than was told of a nested stack that was updated meanwhile.
        while let Some((name, arn)) = open.pop() {
            let nested = self.standing_change_set(&arn).await?;
            match nested.filter(|nested| nested.execution != Some(ExecutionStatus::Obsolete)) {
                None => return Ok(KeptChangeSet::Spent(format!("OBSOLETE for {name}"))),
                Some(nested) => open.extend(
                    nested.nested.into_iter().map(|(below, arn)| (format!("{name}/{below}"), arn)),
                ),
            }
        }
        Ok(KeptChangeSet::Executable)
    }

    /// Returns how a change set stands, all of its pages; nothing where it is gone.
    async fn standing_change_set(&self, arn: &str) -> Result<Option<Standing>, CallError> {
        let mut standing = Standing::default();
        let mut pages = Pages::of(DESCRIBE);
        loop {
            let describe = || async {
                let call = self.client.describe_change_set().change_set_name(arn);
                let call = call.set_next_token(pages.token());
                call.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
            };
            let reply = match self.reads.send(describe).await {
                Ok(reply) => reply,
                Err(error) if error.is_change_set_gone() => return Ok(None),
                Err(error) => return Err(error),
            };
            let token = reply.next_token.clone();
            standing.take(reply);
            if !pages.advance(token)? {
                return Ok(Some(standing));
            }
        }
    }

    /// Executes a change set, given by its ARN, of the stack found. It holds all that an update sends but the stack policy,
    /// and the one that stands holds meanwhile.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn execute_change_set(
        &self,
        arn: &str,
        found: &Stack,
        intent: &Intent,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<(), CallError> {
        let call = self.client.execute_change_set().change_set_name(arn);
        let call = call
            .set_disable_rollback(found.status.is_left_as_it_failed().then_some(true))
            .client_request_token(intent.token());
        let operation = "cloudformation:ExecuteChangeSet";
        let change = Change { operation, intent, proof, may_go };
        self.change(change, || call.clone().send(), accepted).await
    }
}
