//! Drifted resources, without what they repeat of secrets.

use super::mask::MASK;
use super::{Of, SecretValues};
use crate::event::{DriftedProperty, DriftedResource};

impl SecretValues {
    /// Returns a resource as it may be shown, the values of properties that may tell a secret withheld whole.
    pub fn shown_drift(
        &self,
        resource: DriftedResource,
        is_telling: impl Fn(&DriftedProperty) -> bool,
    ) -> DriftedResource {
        let value = |value: String, is_withheld: bool| match is_withheld {
            true => MASK.to_owned(),
            false => self.hide_in_text(value, Of::Users),
        };
        let properties = resource.properties.into_iter().map(|property| {
            let is_withheld = is_telling(&property);
            let DriftedProperty { name, expected, actual } = property;
            let expected = expected.map(|it| value(it, is_withheld));
            DriftedProperty { name, expected, actual: actual.map(|it| value(it, is_withheld)) }
        });
        DriftedResource {
            properties: properties.collect(),
            physical_id: resource.physical_id.map(|id| self.hide_in_text(id, Of::Users)),
            reason: resource.reason.map(|reason| self.hide(reason)),
            ..resource
        }
    }

    /// Returns a sentence of AWS's without secrets.
    pub fn shown_sentence(&self, sentence: String) -> String {
        self.hide(sentence)
    }
}
