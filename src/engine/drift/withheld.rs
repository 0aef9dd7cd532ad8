//! Drift without secrets: what its values may repeat of `NoEcho` parameters and of what AWS keeps for the stack.
//!
//! Which properties are made of a secret, the stack's own template tells: that of the file may be another one. Where it cannot
//! be read, every value is withheld.

use std::sync::Arc;

use crate::cloud::{Stack, Stacks};
use crate::document::SourceFile;
use crate::engine::secrets::SecretValues;
use crate::event::{DriftedProperty, DriftedResource};
use crate::template::Template;

/// What begins a reference to a value that is a secret, in a template.
///
/// Source: the CloudFormation user guide, "Get values stored in other services using dynamic references".
const SECRET_REFERENCES: [&str; 2] = ["{{resolve:secretsmanager:", "{{resolve:ssm-secure:"];

/// Which properties of a stack's resources are made of a secret.
enum SecretProperties {
    /// None: the stack has no secret.
    None,
    /// Those of this template that are made of one.
    Of(Box<Template>),
    /// Nobody knows: any.
    Any,
}

/// Returns what was found of a stack as it may be shown.
pub(super) async fn without_secrets(
    stacks: &Stacks,
    stack: &Stack,
    resources: Vec<DriftedResource>,
    secrets: &SecretValues,
) -> Vec<DriftedResource> {
    let has_values = resources.iter().any(|it| !it.properties.is_empty());
    let properties = match has_values && stack.parameters.iter().any(|it| it.value.is_none()) {
        true => SecretProperties::read(stacks, stack).await,
        false => SecretProperties::None,
    };
    let shown = |resource: DriftedResource| {
        let name = resource.resource.clone();
        secrets.shown_drift(resource, |property| properties.are_told_by(&name, property))
    };
    resources.into_iter().map(shown).collect()
}

impl SecretProperties {
    async fn read(stacks: &Stacks, stack: &Stack) -> Self {
        let Ok(Some(text)) = stacks.processed_template_of(&stack.id).await else {
            return Self::Any;
        };
        let file = SourceFile { path: "template".into(), text: text.to_string() };
        match Template::parse_accepted(Arc::new(file)) {
            Ok(template) => Self::Of(Box::new(template)),
            Err(_) => Self::Any,
        }
    }

    /// Whether a property may tell a secret.
    fn are_told_by(&self, resource: &str, property: &DriftedProperty) -> bool {
        let values = [&property.expected, &property.actual];
        let mut values = values.into_iter().flatten();
        if values.any(|value| SECRET_REFERENCES.iter().any(|begin| value.contains(begin))) {
            return true;
        }
        let own = property.name.split('/').next().unwrap_or_default();
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Of(template) if !template.resources.contains_key(resource) => true,
            Self::Of(template) => {
                template.secret_uses.values().any(|uses| uses.may_stand_in_property(resource, own))
            }
        }
    }
}
