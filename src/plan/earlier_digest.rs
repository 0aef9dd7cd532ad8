//! The digest of a plan as earlier versions made it, so that a run which one of them began can be resumed.
//!
//! It holds Rust's own spelling of some values, which must stay as it is.

use sha2::{Digest, Sha256};

use super::desired_stack::DesiredStack;
use super::model::{Plan, StackInstance};
use super::value::{PlannedValue, ValuePiece};

impl Plan {
    /// Returns the digest as those versions made it.
    pub(super) fn earlier_digest(&self) -> String {
        let mut words = Words::default();
        for account in &self.accounts {
            words.add(&account.name.to_string());
            words.add(account.id.as_str());
            words.add(&account.wave.to_string());
        }
        for instance in &self.instances {
            add_instance(&mut words, instance);
        }
        words.digest()
    }
}

fn add_instance(words: &mut Words, instance: &StackInstance) {
    let is_read = instance.is_only_read();
    words.add(&instance.id.to_string());
    words.add(instance.id.environment.as_str());
    words.add(&format!("{} {is_read} {:?}", instance.account, instance.needs));
    words.add(instance.stack_name.as_str());
    words.add(&instance.template().digest);
    match instance.desired() {
        Some(desired) => add_desired(words, desired),
        None => words.add("[] None None None Rollback [] None"),
    }
}

fn add_desired(words: &mut Words, desired: &DesiredStack<PlannedValue>) {
    for parameter in &desired.parameters {
        words.add(&parameter.name);
        if !parameter.is_secret {
            add_value(words, &parameter.value);
        }
    }
    for (key, value) in desired.tags.iter().flatten() {
        words.add(key);
        add_value(words, value);
    }
    let values = desired.service_role.iter().chain(desired.notification_arns.iter().flatten());
    values.for_each(|value| add_value(words, value));
    words.add(&format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        desired.capabilities,
        desired.termination_protection,
        desired.stack_policy,
        desired.timeout_minutes,
        desired.on_create_failure,
        desired.rollback_alarms.as_deref().unwrap_or_default(),
        desired.deployment_mode,
    ));
}

fn add_value(words: &mut Words, value: &PlannedValue) {
    for piece in &value.pieces {
        match piece {
            ValuePiece::Literal(text) => words.add(text),
            ValuePiece::Output { instances, key, part: _ } => {
                words.add(&format!("{instances:?}.{key}"));
            }
            // Values of secret parameters are no part of it.
            ValuePiece::Secret(_) => {}
            // Those versions knew none.
            ValuePiece::Lookup(lookup) => words.add(&lookup.to_string()),
        }
    }
}

/// Words one after the other, each with its length in front, so that no two lists are alike.
#[derive(Default)]
struct Words(Sha256);

impl Words {
    fn add(&mut self, word: &str) {
        self.0.update(word.len().to_le_bytes());
        self.0.update(word.as_bytes());
    }

    fn digest(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
