//! The parameters of requests that AWS heeds and the sandbox does not: they are refused by name, as what they
//! ask for would not be done.
//!
//! Source: the CloudFormation API reference. What AWS does not know either is ignored, as there.

use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::form::Form;

/// By action, parameters that are not heeded.
const UNHEEDED: &[(&str, &[&str])] = &[
    ("CreateStack", &["ResourceTypes", "RetainExceptOnCreate", "StackPolicyURL"]),
    (
        "UpdateStack",
        &["ResourceTypes", "RetainExceptOnCreate", "StackPolicyDuringUpdateURL", "StackPolicyURL"],
    ),
    (
        "CreateChangeSet",
        &["DeploymentMode", "ImportExistingResources", "ResourceTypes", "ResourcesToImport"],
    ),
    ("DescribeStackResources", &["PhysicalResourceId"]),
    ("ExecuteChangeSet", &["RetainExceptOnCreate"]),
    ("GetTemplateSummary", &["CallAs", "StackSetName", "TemplateSummaryConfig"]),
    ("RollbackStack", &["RetainExceptOnCreate"]),
    ("SetStackPolicy", &["StackPolicyURL"]),
];

/// Refuses what a request asks for and the sandbox would not do.
///
/// # Errors
/// If there is something such; `false` asks for nothing.
pub fn refuse_unheeded(action: &str, form: &Form) -> Result<(), Refusal> {
    let of_action = UNHEEDED.iter().filter(|(name, _)| *name == action);
    let mut names = of_action.flat_map(|(_, names)| names.iter());
    let is_asked = |name: &&&str| form.mentions(name) && form.optional(name) != Some("false");
    match names.find(is_asked) {
        Some(name) => Err(Refusal::not_offered(format!("the parameter {name} of {action}"))),
        None => Ok(()),
    }
}
