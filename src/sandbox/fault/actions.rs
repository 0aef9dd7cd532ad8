//! The actions that a fault may name.

use super::kind::FaultKind;
use super::kind_words::Wrong;
use crate::document::did_you_mean;

/// Actions whose misspelling is noticed.
const ACTIONS: &[&str] = &[
    "AssumeRole",
    "GetCallerIdentity",
    "GetSessionToken",
    "ListRoots",
    "ListOrganizationalUnitsForParent",
    "ListAccountsForParent",
    "ListTagsForResource",
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "RollbackStack",
    "CreateChangeSet",
    "DescribeChangeSet",
    "DeleteChangeSet",
    "ExecuteChangeSet",
    "ListChangeSets",
    "UpdateTerminationProtection",
    "SetStackPolicy",
    "GetStackPolicy",
    "DescribeStacks",
    "DescribeStackEvents",
    "DetectStackDrift",
    "DetectStackResourceDrift",
    "DescribeStackDriftDetectionStatus",
    "DescribeStackResourceDrifts",
    "DescribeStackResource",
    "DescribeStackResources",
    "ListImports",
    "ListStackResources",
    "ListStacks",
    "ListExports",
    "GetTemplate",
    "GetTemplateSummary",
    "ValidateTemplate",
    "Publish",
    "PutEvents",
    "ListRoots",
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListTagsForResource",
];

/// Checks that a fault of this kind may name these actions.
///
/// # Errors
/// If it has none of its own to name, or one looks misspelled.
pub fn check_action(kind: &FaultKind, pattern: &str) -> Result<(), Wrong> {
    if kind.has_own_actions() {
        let what = "this fault is not one of an action".to_owned();
        return Err((what, "leave `action` out".to_owned()));
    }
    let (service, action) = pattern.rsplit_once(':').unwrap_or(("", pattern));
    // What else S3 and IAM do is more than is listed here.
    let is_listed = matches!(service, "" | "sts" | "cloudformation");
    if !is_listed || action.contains(['*', '?']) || ACTIONS.contains(&action) {
        return Ok(());
    }
    match did_you_mean(action, ACTIONS.iter().copied()) {
        Some(help) => Err((format!("no action is called `{action}`"), help)),
        None if service.is_empty() => Ok(()),
        None => Err((
            format!("the sandbox has no action `{pattern}`"),
            "name one such as cloudformation:CreateStack".to_owned(),
        )),
    }
}
