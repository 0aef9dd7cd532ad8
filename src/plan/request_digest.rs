//! What a create or an update sends, in one short text: whether it is still what was planned.

use super::desired_stack::{DesiredStack, StackField};
use super::value::PlannedValue;
use crate::file;
use crate::template::TemplateParameter;

/// Returns the SHA-256 of what would be sent for a stack, in hexadecimal. Secrets do not count, nor values that are looked
/// up: they could be guessed from it, and a change set holds those with which it was made.
pub fn request_digest(
    planned: &DesiredStack<PlannedValue>,
    request: &DesiredStack<String>,
) -> String {
    let mut counted = request.clone();
    for (value, planned) in counted.values_mut().zip(planned.values()) {
        if is_looked_up(planned) {
            value.clear();
        }
    }
    file::digest(serde_json::to_string(&counted).expect("names and texts become JSON"))
}

impl DesiredStack<PlannedValue> {
    /// Whether a value of it counts in [`request_digest`].
    pub fn counts(&self, field: StackField<'_>, value: &PlannedValue) -> bool {
        let is_secret = |name: &str| {
            self.parameters.iter().any(|parameter| parameter.name == name && parameter.is_secret)
        };
        let is_of_secret = matches!(field, StackField::Parameter(name) if is_secret(name));
        !is_of_secret && !is_looked_up(value)
    }

    /// Whether what is sent depends on values outside of it that are read when it is: looked up for it, of parameters of its
    /// template that name one, of dynamic references, or of exports of other stacks.
    pub fn reads_outside_values(&self) -> bool {
        let mut parameters = self.template.parameters.values();
        self.values().any(is_looked_up)
            || parameters.any(TemplateParameter::is_stored)
            || !self.template.imports.is_empty()
            || self.template.file.text.contains("{{resolve:")
    }
}

fn is_looked_up(value: &PlannedValue) -> bool {
    value.lookups().next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::folder::TestFolder;

    const FILE: &str = "environment: e
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks:
  app: { template: app.yaml, parameters: { RoleArn: '${ssm:/role}', Password: secret }, tags: { of: a } }
";

    /// Returns the digest of what is sent where a lookup comes to `found`.
    fn digest(text: &str, found: &str) -> String {
        let plan = TestFolder::new().resolve(text).expect("a plan");
        let planned = plan.instances[0].desired().expect("it is deployed");
        let request = planned
            .try_map(|_, value| value.filled(|_, _| Ok::<_, ()>(""), |_| Ok(found)))
            .expect("it is known");
        request_digest(planned, &request)
    }

    #[test]
    fn all_that_is_sent_counts_but_secrets_and_what_is_looked_up() {
        let before = digest(FILE, "one");
        assert_eq!(digest(FILE, "two"), before);
        assert_eq!(digest(&FILE.replace("secret", "other"), "one"), before);
        assert_ne!(digest(&FILE.replace("of: a", "of: b"), "one"), before);
    }
}
