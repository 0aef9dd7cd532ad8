//! Drift of a stack's resources: a detection is begun, followed, and what it found read.
//!
//! A detection changes no resource; CloudFormation writes down what it finds beside the stack.

use aws_sdk_cloudformation::types::{self, StackDriftDetectionStatus, StackResourceDriftStatus};
use tokio::sync::SemaphorePermit;

use super::client::Stacks;
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::pages::Pages;
use crate::event::{DriftedKind, DriftedProperty, DriftedResource};

const DETECT: &str = "cloudformation:DetectStackDrift";
const DESCRIBE_DETECTION: &str = "cloudformation:DescribeStackDriftDetectionStatus";
const DESCRIBE_DRIFTS: &str = "cloudformation:DescribeStackResourceDrifts";
const LIST_RESOURCES: &str = "cloudformation:ListStackResources";

/// What became of the wish to detect drift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectionBegun {
    /// It goes on under this id.
    As(String),
    /// One of the stack goes on already, which somebody else began.
    ByOthers,
    /// The stack stands in a status that bears none.
    NotPossible,
}

/// How far a detection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectionState {
    /// It goes on.
    GoesOn,
    /// It is over.
    Over {
        /// How many resources have drifted; absent if that is not told.
        drifted: Option<usize>,
        /// Why resources could not be looked at, in CloudFormation's words, if there are any.
        failure: Option<String>,
    },
}

/// A resource that stands in a stack, as CloudFormation lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingResource {
    /// The resource's name in the template.
    pub name: String,
    /// Its type, such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// What its service calls it; a nested stack's ARN.
    pub physical_id: Option<String>,
    /// What the last detection did with it.
    pub drift: DriftCheck,
}

/// What a detection did with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftCheck {
    /// It told how the resource stands.
    Done,
    /// It did not look at it.
    NotDone,
    /// It could not look at it.
    Failed,
}

impl Stacks {
    /// Waits until one more detection may go on here: until what is returned is dropped.
    pub async fn may_detect_drift(&self) -> SemaphorePermit<'_> {
        self.detections.one_more().await
    }

    /// Begins to detect the drift of a stack's resources, of all or of those that are named.
    ///
    /// # Errors
    /// When AWS refuses for another reason than the stack's status, or does not answer.
    pub async fn detect_drift(
        &self,
        stack: &str,
        resources: &[String],
    ) -> Result<DetectionBegun, CallError> {
        let detect = || async {
            let named = (!resources.is_empty()).then(|| resources.to_vec());
            let call = self.client.detect_stack_drift().stack_name(stack);
            let reply = call.set_logical_resource_ids(named).send().await;
            reply.map_err(|error| CallError::of(DETECT, &error))
        };
        match self.detections.begun.send(detect).await {
            Ok(reply) => match reply.stack_drift_detection_id {
                Some(id) if !id.is_empty() => Ok(DetectionBegun::As(id)),
                _ => Err(CallError::unreadable(DETECT, "the answer names no detection")),
            },
            Err(error) if error.is_detecting_drift() => Ok(DetectionBegun::ByOthers),
            Err(error) if error.cannot_detect_drift() => Ok(DetectionBegun::NotPossible),
            Err(error) => Err(error),
        }
    }

    /// Looks how far a detection is.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn drift_detection(&self, id: &str) -> Result<DetectionState, CallError> {
        let look = || async {
            let call = self.client.describe_stack_drift_detection_status();
            let reply = call.stack_drift_detection_id(id).send().await;
            reply.map_err(|error| CallError::of(DESCRIBE_DETECTION, &error))
        };
        let found = self.reads.send(look).await?;
        let drifted = found.drifted_stack_resource_count.and_then(|it| usize::try_from(it).ok());
        let reason = found.detection_status_reason;
        match found.detection_status {
            Some(StackDriftDetectionStatus::DetectionComplete) => {
                Ok(DetectionState::Over { drifted, failure: None })
            }
            Some(StackDriftDetectionStatus::DetectionFailed) => {
                Ok(DetectionState::Over { drifted, failure: Some(reason.unwrap_or_default()) })
            }
            Some(StackDriftDetectionStatus::DetectionInProgress) => Ok(DetectionState::GoesOn),
            other => {
                let status = other.as_ref().map_or("no status", |status| status.as_str());
                Err(CallError::unreadable(DESCRIBE_DETECTION, format!("it has {status}")))
            }
        }
    }

    /// Reads which resources of a stack were found to have drifted.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn drifted_resources(&self, stack: &str) -> Result<Vec<DriftedResource>, CallError> {
        let (mut drifted, mut pages) = (Vec::new(), Pages::of(DESCRIBE_DRIFTS));
        loop {
            let read = || async {
                let call = self.client.describe_stack_resource_drifts().stack_name(stack);
                let call = call
                    .stack_resource_drift_status_filters(StackResourceDriftStatus::Modified)
                    .stack_resource_drift_status_filters(StackResourceDriftStatus::Deleted);
                let reply = call.set_next_token(pages.token()).send().await;
                reply.map_err(|error| CallError::of(DESCRIBE_DRIFTS, &error))
            };
            let reply = self.reads.send(read).await?;
            let found = reply.stack_resource_drifts.unwrap_or_default();
            drifted.extend(found.into_iter().filter_map(drifted_resource));
            if !pages.advance(reply.next_token)? {
                return Ok(drifted);
            }
        }
    }

    /// Lists the resources that stand in a stack.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn standing_resources(
        &self,
        stack: &str,
    ) -> Result<Vec<StandingResource>, CallError> {
        let (mut standing, mut pages) = (Vec::new(), Pages::of(LIST_RESOURCES));
        loop {
            let read = || async {
                let call = self.client.list_stack_resources().stack_name(stack);
                let reply = call.set_next_token(pages.token()).send().await;
                reply.map_err(|error| CallError::of(LIST_RESOURCES, &error))
            };
            let reply = self.reads.send(read).await?;
            let found = reply.stack_resource_summaries.unwrap_or_default();
            standing.extend(found.into_iter().filter_map(standing_resource));
            if !pages.advance(reply.next_token)? {
                return Ok(standing);
            }
        }
    }
}

/// Returns a resource that has drifted; none for one that has not.
fn drifted_resource(found: types::StackResourceDrift) -> Option<DriftedResource> {
    let kind = match found.stack_resource_drift_status? {
        StackResourceDriftStatus::Modified => DriftedKind::Modified,
        StackResourceDriftStatus::Deleted => DriftedKind::Deleted,
        _ => return None,
    };
    let properties = found.property_differences.unwrap_or_default().into_iter().map(property);
    Some(DriftedResource {
        resource: found.logical_resource_id.unwrap_or_default(),
        resource_type: found.resource_type.unwrap_or_default(),
        physical_id: found.physical_resource_id.filter(|id| !id.is_empty()),
        kind,
        properties: properties.collect(),
        reason: None,
    })
}

/// Returns a difference; CloudFormation writes `null` for a value that is missing on its side.
fn property(difference: types::PropertyDifference) -> DriftedProperty {
    let kind = difference.difference_type;
    let unless = |missing: types::DifferenceType, value: Option<String>| {
        value.filter(|value| kind.as_ref() != Some(&missing) || value != "null")
    };
    let path = difference.property_path.unwrap_or_default();
    DriftedProperty {
        name: path.strip_prefix('/').unwrap_or(&path).to_owned(),
        expected: unless(types::DifferenceType::Add, difference.expected_value),
        actual: unless(types::DifferenceType::Remove, difference.actual_value),
    }
}

fn standing_resource(found: types::StackResourceSummary) -> Option<StandingResource> {
    let is_gone = found.resource_status == Some(types::ResourceStatus::DeleteComplete);
    let physical_id = found.physical_resource_id.filter(|id| !id.is_empty());
    if is_gone || physical_id.is_none() {
        return None;
    }
    use StackResourceDriftStatus::{Deleted, InSync, Modified, UnknownValue};
    let drift = match found.drift_information.and_then(|it| it.stack_resource_drift_status) {
        Some(InSync | Modified | Deleted) => DriftCheck::Done,
        Some(UnknownValue) => DriftCheck::Failed,
        Some(_) | None => DriftCheck::NotDone,
    };
    Some(StandingResource {
        name: found.logical_resource_id?,
        resource_type: found.resource_type.unwrap_or_default(),
        physical_id,
        drift,
    })
}
