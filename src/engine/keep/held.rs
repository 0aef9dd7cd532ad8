//! What a stack holds of the types that the files keep, its nested stacks included.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cloud::{CallError, Stacks};
use crate::document::{Node, SourceFile};
use crate::event::{ChangeAction, ResourceChange};
use crate::template;

/// The type of nested stacks.
pub(super) const NESTED: &str = "AWS::CloudFormation::Stack";

/// What is looked for in a stack.
#[derive(Clone, Copy)]
pub struct Holding<'a> {
    /// Whether a resource of a type counts.
    pub counts: &'a (dyn Fn(&str) -> bool + Sync),
    /// What would become of the resources: of those that are removed, those that stay in the account are told so.
    pub action: ChangeAction,
}

/// A stack that is looked into: where it stands beneath the one that was asked for, and whether it stays when that goes.
struct Open {
    path: String,
    stack: String,
    is_retained: bool,
}

/// Returns the resources that count of those that stand in a stack, given by its ARN, each as the change that it is to be.
///
/// # Errors
/// When AWS refuses or does not answer.
pub async fn held(
    stacks: &Stacks,
    (path, stack): (&str, &str),
    Holding { counts, action }: Holding<'_>,
) -> Result<Vec<ResourceChange>, CallError> {
    let first = Open { path: path.to_owned(), stack: stack.to_owned(), is_retained: false };
    let (mut open, mut seen, mut found) = (vec![first], BTreeSet::new(), Vec::new());
    while let Some(Open { path, stack, is_retained }) = open.pop() {
        if !seen.insert(stack.clone()) {
            continue;
        }
        let mut standing = stacks.standing_resources(&stack).await?;
        standing.retain(|it| it.resource_type == NESTED || counts(&it.resource_type));
        let retained = match action == ChangeAction::Remove && !standing.is_empty() {
            true => retained(stacks, &stack).await?,
            false => BTreeSet::new(),
        };
        for it in standing {
            let path =
                if path.is_empty() { it.name.clone() } else { format!("{path}/{}", it.name) };
            let is_retained = is_retained || retained.contains(&it.name);
            if let (NESTED, Some(stack)) = (it.resource_type.as_str(), &it.physical_id) {
                open.push(Open { path: path.clone(), stack: stack.clone(), is_retained });
            }
            if counts(&it.resource_type) {
                let (physical_id, retained) = (it.physical_id, is_retained);
                let change = ResourceChange::new(action, path, it.resource_type);
                found.push(ResourceChange { physical_id, retained, ..change });
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the resources of a stack that stay in the account when it is deleted, as its template says; none where that
/// cannot be read.
///
/// # Errors
/// When AWS does not answer.
async fn retained(stacks: &Stacks, stack: &str) -> Result<BTreeSet<String>, CallError> {
    let text = stacks.processed_template_of(stack).await?;
    Ok(text.map(|text| retained_in(&text)).unwrap_or_default())
}

fn retained_in(text: &str) -> BTreeSet<String> {
    let file = SourceFile { path: "template".into(), text: text.to_owned() };
    let Ok(root) = template::tree(&Arc::new(file)) else { return BTreeSet::new() };
    let resources = root.value_of("Resources").and_then(Node::entries).unwrap_or_default();
    let stays = |resource: &Node| {
        let policy = resource.value_of("DeletionPolicy").and_then(Node::as_text);
        matches!(policy, Some("Retain" | "RetainExceptOnCreate"))
    };
    let stay = resources.iter().filter(|(_, resource)| stays(resource));
    stay.map(|(key, _)| key.text.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_template_retains_stays_and_a_snapshot_is_no_resource() {
        let text = "Resources:
  A: { Type: T, DeletionPolicy: Retain }
  B: { Type: T, DeletionPolicy: RetainExceptOnCreate }
  C: { Type: T, DeletionPolicy: Snapshot }
  D: { Type: T, DeletionPolicy: Delete, UpdateReplacePolicy: Retain }
  E: { Type: T }
";
        let stay: Vec<String> = retained_in(text).into_iter().collect();
        assert_eq!(stay, ["A", "B"]);
        assert!(retained_in("no template").is_empty());
    }
}
