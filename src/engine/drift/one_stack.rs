//! One stack: its drift is detected, and what was found is read.

use super::detection::{Answer, Detected, Detection, Step};
use super::unread::UnreadResources;
use crate::cloud::{
    CallError, DetectionBegun, DetectionState, DriftCheck, Stacks, StandingResource,
};
use crate::event::{DriftedKind, DriftedResource};

/// The type of nested stacks, each of which is looked at by itself.
pub(super) const NESTED: &str = "AWS::CloudFormation::Stack";

/// What is told of a resource of which CloudFormation says only that it could not look.
const UNKNOWN: &str = "CloudFormation could not look at it";

/// What was found of one stack.
pub(super) enum Checked {
    /// What is there.
    Found {
        /// What has drifted, and what is not known.
        resources: Vec<DriftedResource>,
        /// The nested stacks.
        nested: Vec<StandingResource>,
        /// Why more was not read, if that is told of no resource.
        unnamed: Option<String>,
    },
    /// The stack bears no detection as it stands.
    NotPossible,
    /// It took too long.
    TookTooLong,
}

/// Looks for the drift of a stack, by its ARN.
pub(super) async fn check(stacks: &Stacks, stack: &str) -> Result<Checked, CallError> {
    match detect(stacks, stack).await? {
        Detected::NotPossible => Ok(Checked::NotPossible),
        Detected::TookTooLong => Ok(Checked::TookTooLong),
        Detected::Found { may_have_drifted, unread } => {
            let mut resources = match may_have_drifted {
                true => stacks.drifted_resources(stack).await?,
                false => Vec::new(),
            };
            let standing = stacks.standing_resources(stack).await?;
            resources.extend(unchecked(&standing, unread.by_name));
            let nested = standing.into_iter().filter(|it| it.resource_type == NESTED).collect();
            Ok(Checked::Found { resources, nested, unnamed: unread.unnamed })
        }
    }
}

async fn detect(stacks: &Stacks, stack: &str) -> Result<Detected, CallError> {
    let _going_on = stacks.may_detect_drift().await;
    let (mut detection, mut step) = Detection::begin();
    let mut id = String::new();
    loop {
        let answer = match step {
            Step::End(detected) => return Ok(detected),
            Step::Begin(pause, resources) => {
                tokio::time::sleep(pause).await;
                match stacks.detect_drift(stack, &resources).await? {
                    DetectionBegun::As(begun) => {
                        id = begun;
                        Answer::Begun
                    }
                    DetectionBegun::ByOthers => Answer::GoesOnByOthers,
                    DetectionBegun::NotPossible => Answer::NotPossible,
                }
            }
            Step::Look(pause) => {
                tokio::time::sleep(pause).await;
                match stacks.drift_detection(&id).await? {
                    DetectionState::GoesOn => Answer::GoesOn,
                    DetectionState::Over { drifted, failure } => {
                        let unread = failure.as_deref().map(UnreadResources::parse);
                        Answer::Over(drifted, unread.unwrap_or_default())
                    }
                }
            }
        };
        step = detection.on(answer);
    }
}

/// Returns the resources of which it is not known how they stand: those that were not read, and those that
/// CloudFormation does not look at.
fn unchecked(
    standing: &[StandingResource],
    mut unread: std::collections::BTreeMap<String, String>,
) -> Vec<DriftedResource> {
    let mut resources = Vec::new();
    for it in standing {
        let reason = match (unread.remove(&it.name), it.drift) {
            (Some(reason), _) => Some(reason),
            (None, DriftCheck::Failed) => Some(UNKNOWN.to_owned()),
            (None, DriftCheck::NotDone) if it.resource_type != NESTED => None,
            (None, DriftCheck::NotDone | DriftCheck::Done) => continue,
        };
        resources.push(DriftedResource {
            resource: it.name.clone(),
            resource_type: it.resource_type.clone(),
            physical_id: it.physical_id.clone(),
            kind: DriftedKind::NotChecked,
            properties: Vec::new(),
            reason,
        });
    }
    resources.extend(unread.into_iter().map(|(resource, reason)| DriftedResource {
        resource,
        resource_type: String::new(),
        physical_id: None,
        kind: DriftedKind::NotChecked,
        properties: Vec::new(),
        reason: Some(reason),
    }));
    resources
}
