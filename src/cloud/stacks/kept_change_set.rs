//! Change sets that were kept: whether one can still be executed, and its execution.

use aws_sdk_cloudformation::types::{ChangeSetStatus, ExecutionStatus};

use super::client::{Change, Stacks, accepted};
use super::intent::Intent;
use crate::cloud::stack::Stack;
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::CallError;
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

impl Stacks {
    /// Looks whether a change set, given by its ARN, can still be executed; one of another stack is none.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn kept_change_set(
        &self,
        arn: &str,
        stack_id: Option<&str>,
    ) -> Result<KeptChangeSet, CallError> {
        let describe = || async {
            let call = self.client.describe_change_set().change_set_name(arn);
            call.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
        };
        let reply = match self.reads.send(describe).await {
            Ok(reply) => reply,
            Err(error) if error.is_change_set_gone() => return Ok(KeptChangeSet::Gone),
            Err(error) => return Err(error),
        };
        let status = reply.status.as_ref();
        let is_going = matches!(
            status,
            Some(
                ChangeSetStatus::DeletePending
                    | ChangeSetStatus::DeleteInProgress
                    | ChangeSetStatus::DeleteComplete
                    | ChangeSetStatus::DeleteFailed
            )
        );
        Ok(match reply.execution_status {
            _ if is_going || reply.stack_id.as_deref() != stack_id => KeptChangeSet::Gone,
            Some(ExecutionStatus::Available) => KeptChangeSet::Executable,
            Some(ExecutionStatus::Unavailable) | None => {
                KeptChangeSet::Spent(status.map_or("", ChangeSetStatus::as_str).to_owned())
            }
            Some(status) => KeptChangeSet::Spent(status.as_str().to_owned()),
        })
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
