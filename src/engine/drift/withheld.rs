//! Drift without secrets: what its values may repeat of `NoEcho` parameters and of what AWS keeps for the stack.

use crate::engine::deployed_secrets::DeployedSecrets;
use crate::engine::secrets::SecretValues;
use crate::event::{DriftedProperty, DriftedResource};

/// What stands in the place of what AWS calls a resource, as in CloudFormation's own replies.
const WITHHELD: &str = "****";

/// What begins a reference to a value that is a secret, in a template.
///
/// Source: the CloudFormation user guide, "Get values stored in other services using dynamic references".
const SECRET_REFERENCES: [&str; 2] = ["{{resolve:secretsmanager:", "{{resolve:ssm-secure:"];

/// Returns what was found of a stack as it may be shown.
pub(super) fn without_secrets(
    resources: Vec<DriftedResource>,
    known: &SecretValues,
    deployed: &DeployedSecrets,
) -> Vec<DriftedResource> {
    let shown = |mut resource: DriftedResource| {
        let name = resource.resource.clone();
        if deployed.may_name(&name) {
            resource.physical_id = resource.physical_id.map(|_| WITHHELD.to_owned());
        }
        known.shown_drift(resource, |property| may_tell(property, &name, deployed))
    };
    resources.into_iter().map(shown).collect()
}

/// Whether a property of a resource may tell a secret.
fn may_tell(property: &DriftedProperty, resource: &str, deployed: &DeployedSecrets) -> bool {
    let values = [&property.expected, &property.actual];
    let mut values = values.into_iter().flatten();
    if values.any(|value| SECRET_REFERENCES.iter().any(|begin| value.contains(begin))) {
        return true;
    }
    let own = property.name.split('/').next().unwrap_or_default();
    deployed.may_stand_in_property(resource, own)
}
