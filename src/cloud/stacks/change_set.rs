//! Change sets: what CloudFormation says an update would do.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::operation::create_change_set::CreateChangeSetOutput;
use aws_sdk_cloudformation::types;

use super::client::{Stacks, accepted};
use super::refusal::says_nothing_changes;
use super::request::{RequestParts, with_parts};
use crate::cloud::stack::Stack;
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;
use crate::cloud::wire::rate_limiter::MayGo;
use crate::event::{ChangeAction, PropertyChange, Replacement, ResourceChange};
use crate::plan::DesiredStack;

const CREATE: &str = "cloudformation:CreateChangeSet";
const DELETE: &str = "cloudformation:DeleteChangeSet";
const DESCRIBE: &str = "cloudformation:DescribeChangeSet";

/// How a change set stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSet {
    /// CloudFormation still draws it up.
    Moving,
    /// This is what would change; of stacks whose outputs or tags alone change, nothing.
    Complete(Vec<ResourceChange>),
    /// Nothing would change at all.
    NothingToDo,
    /// It cannot be drawn up: why, in CloudFormation's words.
    Failed(String),
    /// There is none of that name, or somebody deletes it.
    Gone,
}

/// What became of a DeleteChangeSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It is still being drawn up and cannot be deleted before.
    NotYet,
}

impl Stacks {
    /// Asks for the change set of an update of the stack found, and returns its ARN if AWS says it; `name` is
    /// its name and its token.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn create_change_set(
        &self,
        desired: &DesiredStack<String>,
        found: &Stack,
        name: &str,
        proof: &Proof,
        may_go: MayGo<'_>,
    ) -> Result<Option<String>, CallError> {
        let template = self.carry(desired, proof).await?;
        let parts = RequestParts::of(desired).keeping_others(desired, found);
        let call = self.client.create_change_set().stack_name(&found.name);
        let call = with_parts!(call, template, parts)
            .change_set_name(name)
            .client_token(name)
            .change_set_type(types::ChangeSetType::Update)
            .description("a preview by xdeploy; it is deleted once it is read");
        let create = || call.clone().send();
        match self
            .prepare(CREATE, proof, may_go, create, |reply: CreateChangeSetOutput| Ok(reply.id))
            .await
        {
            // Ours: the reply that it was accepted got lost.
            Err(error) if error.has_code("AlreadyExistsException") => Ok(None),
            created => created,
        }
    }

    /// Returns the ARN of a change set, if it is there.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn change_set_arn(
        &self,
        stack: &str,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        let describe = || async {
            let call = self.client.describe_change_set().stack_name(stack).change_set_name(name);
            call.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
        };
        Ok(self.reads.send(describe).await?.change_set_id)
    }

    /// Reads a change set, all of its pages.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn change_set(&self, stack: &str, name: &str) -> Result<ChangeSet, CallError> {
        let (mut changes, mut pages) = (Vec::new(), Pages::of(DESCRIBE));
        loop {
            let describe = || async {
                let call = self.client.describe_change_set().stack_name(stack);
                let call = call.change_set_name(name).set_next_token(pages.token());
                call.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
            };
            let reply = match self.reads.send(describe).await {
                Ok(reply) => reply,
                Err(error) if error.has_code("ChangeSetNotFound") => return Ok(ChangeSet::Gone),
                Err(error) => return Err(error),
            };
            let reason = reply.status_reason.unwrap_or_default();
            match reply.status {
                Some(types::ChangeSetStatus::CreateComplete) => {}
                Some(types::ChangeSetStatus::Failed) if says_nothing_changes(&reason) => {
                    return Ok(ChangeSet::NothingToDo);
                }
                Some(types::ChangeSetStatus::Failed) => return Ok(ChangeSet::Failed(reason)),
                Some(
                    types::ChangeSetStatus::DeletePending
                    | types::ChangeSetStatus::DeleteInProgress
                    | types::ChangeSetStatus::DeleteComplete
                    | types::ChangeSetStatus::DeleteFailed,
                ) => return Ok(ChangeSet::Gone),
                _ => return Ok(ChangeSet::Moving),
            }
            let of_resources = reply.changes.unwrap_or_default().into_iter();
            changes.extend(of_resources.filter_map(|change| change.resource_change).map(told));
            if !pages.advance(reply.next_token)? {
                return Ok(ChangeSet::Complete(changes));
            }
        }
    }

    /// Deletes a change set; one that is not there is deleted already.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn delete_change_set(
        &self,
        stack: &str,
        name: &str,
        proof: &Proof,
    ) -> Result<Deleted, CallError> {
        let call = self.client.delete_change_set().stack_name(stack).change_set_name(name);
        let delete = || call.clone().send();
        match self.prepare(DELETE, proof, &|| true, delete, accepted).await {
            Ok(()) => Ok(Deleted::Gone),
            Err(error) if error.has_code("ChangeSetNotFound") => Ok(Deleted::Gone),
            Err(error) if error.has_code("InvalidChangeSetStatus") => Ok(Deleted::NotYet),
            Err(error) => Err(error),
        }
    }
}

fn told(change: types::ResourceChange) -> ResourceChange {
    let action = match change.action {
        Some(types::ChangeAction::Add) => ChangeAction::Add,
        Some(types::ChangeAction::Modify) => ChangeAction::Modify,
        Some(types::ChangeAction::Remove) => ChangeAction::Remove,
        Some(types::ChangeAction::Import) => ChangeAction::Import,
        _ => ChangeAction::Dynamic,
    };
    let replacement = match (action, &change.replacement) {
        (ChangeAction::Modify, Some(types::Replacement::True)) => Some(Replacement::True),
        (ChangeAction::Modify, Some(types::Replacement::False)) => Some(Replacement::False),
        (ChangeAction::Modify, Some(_)) => Some(Replacement::Conditional),
        _ => None,
    };
    let is_kept = change.policy_action.as_ref().is_some_and(|policy| {
        matches!(policy, types::PolicyAction::Retain | types::PolicyAction::ReplaceAndRetain)
    });
    ResourceChange {
        action,
        resource: change.logical_resource_id.unwrap_or_default(),
        resource_type: change.resource_type.unwrap_or_default(),
        replacement,
        retained: is_kept,
        properties: match action {
            ChangeAction::Modify => properties(change.details.unwrap_or_default()),
            _ => Vec::new(),
        },
    }
}

/// Returns each property once that changes, in the order of their names.
fn properties(details: Vec<types::ResourceChangeDetail>) -> Vec<PropertyChange> {
    let mut found: BTreeMap<String, Replacement> = BTreeMap::new();
    for detail in details {
        let is_static = detail.evaluation == Some(types::EvaluationType::Static);
        let Some(target) = detail.target else { continue };
        let part = || target.attribute.as_ref().map(|attribute| attribute.as_str().to_owned());
        let Some(name) = target.name.filter(|name| !name.is_empty()).or_else(part) else {
            continue;
        };
        let replacement = match target.requires_recreation {
            Some(types::RequiresRecreation::Always) if is_static => Replacement::True,
            None | Some(types::RequiresRecreation::Never) => Replacement::False,
            Some(_) => Replacement::Conditional,
        };
        let known = found.entry(name).or_insert(replacement);
        *known = replacement.max(*known);
    }
    found.into_iter().map(|(name, replacement)| PropertyChange { name, replacement }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(
        name: &str,
        recreation: types::RequiresRecreation,
        evaluation: types::EvaluationType,
    ) -> types::ResourceChangeDetail {
        let target = types::ResourceTargetDefinition::builder()
            .attribute(types::ResourceAttribute::Properties)
            .name(name)
            .requires_recreation(recreation);
        let detail = types::ResourceChangeDetail::builder().target(target.build());
        detail.evaluation(evaluation).build()
    }

    #[test]
    fn of_several_reasons_for_a_property_to_change_the_gravest_counts() {
        use types::{EvaluationType as Evaluation, RequiresRecreation as Recreation};
        let found = properties(vec![
            detail("Name", Recreation::Always, Evaluation::Dynamic),
            detail("Name", Recreation::Always, Evaluation::Static),
            detail("Delay", Recreation::Never, Evaluation::Static),
            detail("Size", Recreation::Conditionally, Evaluation::Static),
        ]);
        let names = [
            ("Delay", Replacement::False),
            ("Name", Replacement::True),
            ("Size", Replacement::Conditional),
        ];
        let expected =
            names.map(|(name, replacement)| PropertyChange { name: name.to_owned(), replacement });
        assert_eq!(found, expected);
    }
}
