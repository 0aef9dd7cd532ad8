//! Change sets as they are read: how they stand, and what they tell with values and of nested stacks.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types;

use super::change_set::ChangeSet;
use super::client::Stacks;
use super::refusal::{failed_nested_change_set, says_nothing_changes};
use super::told_changes::{ToldChange, merged};
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;
use crate::event::Preview;

const DESCRIBE: &str = "cloudformation:DescribeChangeSet";

/// How many change sets of nested stacks are read in one.
///
/// Source: the CloudFormation user guide, "Quotas": an operation acts on 2,500 resources in nested stacks.
const MOST_NESTED: usize = 2_500;

/// Which change set: the ARN says which stack, a name does not.
#[derive(Clone, Copy)]
struct Named<'a> {
    stack: Option<&'a str>,
    name: &'a str,
}

/// What CloudFormation answers for a change set.
enum Described {
    /// It is drawn up, with these changes.
    Changes(Vec<types::ResourceChange>),
    /// It stands so otherwise.
    Otherwise(ChangeSet),
}

impl Stacks {
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

    /// Reads a change set, all of its pages, with values, and those of nested stacks. What keeps
    /// values or nested changes from being told is a note of what it tells.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn change_set(&self, stack: &str, name: &str) -> Result<ChangeSet, CallError> {
        let mut preview = Preview::default();
        let root = Named { stack: Some(stack), name };
        let changes = match Box::pin(self.told(root, &mut preview.notes)).await? {
            Ok(changes) => changes,
            Err(ChangeSet::Failed(reason)) => {
                return Ok(ChangeSet::Failed(Box::pin(self.explained(reason)).await));
            }
            Err(otherwise) => return Ok(otherwise),
        };
        let mut open: Vec<(String, ToldChange)> = beneath("", changes).collect();
        let mut seen = BTreeSet::new();
        while let Some((path, ToldChange { mut change, nested })) = open.pop() {
            change.resource.clone_from(&path);
            preview.changes.push(change);
            let at = preview.changes.len() - 1;
            let Some(arn) =
                nested.filter(|arn| seen.len() < MOST_NESTED && seen.insert(arn.clone()))
            else {
                continue;
            };
            let named = Named { stack: None, name: &arn };
            match Box::pin(self.told(named, &mut preview.notes)).await {
                Ok(Ok(changes)) => open.extend(beneath(&path, changes)),
                Ok(Err(ChangeSet::NothingToDo)) => {}
                Ok(Err(_)) => {
                    preview.changes[at].is_untold = true;
                    preview.notes.push(unread(&path, "its change set is not there"));
                }
                Err(error) if error.is_access_denied() || error.is_invalid_request() => {
                    preview.changes[at].is_untold = true;
                    preview.notes.push(unread(&path, &error.text));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(ChangeSet::Complete(preview))
    }

    /// Reads one change set without values and, where something is modified, with them.
    async fn told(
        &self,
        named: Named<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Result<Vec<ToldChange>, ChangeSet>, CallError> {
        let plain = match self.described(named, false).await? {
            Described::Changes(changes) => changes,
            Described::Otherwise(otherwise) => return Ok(Err(otherwise)),
        };
        let is_modified =
            |it: &types::ResourceChange| it.action == Some(types::ChangeAction::Modify);
        if !plain.iter().any(is_modified) {
            return Ok(Ok(merged(plain, Vec::new())));
        }
        let valued = match self.described(named, true).await {
            Ok(Described::Changes(changes)) => changes,
            Ok(Described::Otherwise(_)) => Vec::new(),
            // Not every partition knows the parameter.
            Err(error) if error.is_invalid_request() => {
                let note = format!("CloudFormation tells no values here ({})", error.text);
                if !notes.contains(&note) {
                    notes.push(note);
                }
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(Ok(merged(plain, valued)))
    }

    /// Reads all pages of a change set.
    async fn described(&self, named: Named<'_>, with_values: bool) -> Result<Described, CallError> {
        let (mut changes, mut pages) = (Vec::new(), Pages::of(DESCRIBE));
        loop {
            let describe = || async {
                let call = self.client.describe_change_set().change_set_name(named.name);
                let call = call.set_stack_name(named.stack.map(str::to_owned));
                let call = call.set_include_property_values(with_values.then_some(true));
                let call = call.set_next_token(pages.token());
                call.send().await.map_err(|error| CallError::of(DESCRIBE, &error))
            };
            let reply = match self.reads.send(describe).await {
                Ok(reply) => reply,
                Err(error) if error.has_code("ChangeSetNotFound") => {
                    return Ok(Described::Otherwise(ChangeSet::Gone));
                }
                Err(error) => return Err(error),
            };
            if let Some(otherwise) = otherwise(reply.status.as_ref(), reply.status_reason) {
                return Ok(Described::Otherwise(otherwise));
            }
            let of_resources = reply.changes.unwrap_or_default().into_iter();
            changes.extend(of_resources.filter_map(|change| change.resource_change));
            if !pages.advance(reply.next_token)? {
                return Ok(Described::Changes(changes));
            }
        }
    }

    /// Returns why a change set failed, with the reason of the nested one that it names.
    async fn explained(&self, reason: String) -> String {
        let mut told = reason.clone();
        let (mut last, mut seen) = (reason, BTreeSet::new());
        while let Some(arn) = failed_nested_change_set(&last).map(str::to_owned)
            && seen.len() < MOST_NESTED
            && seen.insert(arn.clone())
        {
            let named = Named { stack: None, name: &arn };
            let Ok(Described::Otherwise(ChangeSet::Failed(reason))) =
                self.described(named, false).await
            else {
                break;
            };
            told = format!("{told} {reason}");
            last = reason;
        }
        told
    }
}

/// Returns how a change set stands that is not drawn up.
fn otherwise(status: Option<&types::ChangeSetStatus>, reason: Option<String>) -> Option<ChangeSet> {
    let reason = reason.unwrap_or_default();
    Some(match status {
        Some(types::ChangeSetStatus::CreateComplete) => return None,
        Some(types::ChangeSetStatus::Failed) if says_nothing_changes(&reason) => {
            ChangeSet::NothingToDo
        }
        Some(types::ChangeSetStatus::Failed) => ChangeSet::Failed(reason),
        Some(
            types::ChangeSetStatus::DeletePending
            | types::ChangeSetStatus::DeleteInProgress
            | types::ChangeSetStatus::DeleteComplete
            | types::ChangeSetStatus::DeleteFailed,
        ) => ChangeSet::Gone,
        _ => ChangeSet::Moving,
    })
}

/// Returns changes with their paths, last first: the next to be told is at the end.
fn beneath(path: &str, changes: Vec<ToldChange>) -> impl Iterator<Item = (String, ToldChange)> {
    changes.into_iter().rev().map(move |told| {
        let name = &told.change.resource;
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        (path, told)
    })
}

fn unread(path: &str, reason: &str) -> String {
    format!("what changes in the nested stack {path} could not be read ({reason})")
}
