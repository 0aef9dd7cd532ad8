//! What a plan comes to, in one short text: two runs with the same one do the same.

use sha2::{Digest, Sha256};

use super::model::{Plan, Purpose, StackInstance, Value, ValuePiece};

impl Plan {
    /// Returns the SHA-256 of all that the plan would do, in hexadecimal; the values of secret
    /// parameters and external ids do not count, as they could be guessed from it.
    pub fn digest(&self) -> String {
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
    let is_read = instance.purpose == Purpose::Read;
    words.add(&instance.id.to_string());
    words.add(instance.id.environment.as_str());
    words.add(&format!("{} {is_read} {:?}", instance.account, instance.needs));
    words.add(instance.stack_name.as_str());
    words.add(&instance.template.digest);
    for parameter in &instance.parameters {
        words.add(&parameter.name);
        if !parameter.is_secret {
            add_value(words, &parameter.value);
        }
    }
    for (key, value) in &instance.tags {
        words.add(key);
        add_value(words, value);
    }
    let values = instance.service_role.iter().chain(&instance.notification_arns);
    values.for_each(|value| add_value(words, value));
    words.add(&format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        instance.capabilities,
        instance.termination_protection,
        instance.stack_policy,
        instance.timeout_minutes,
        instance.on_create_failure,
        instance.rollback_alarms,
        instance.deployment_mode,
    ));
}

fn add_value(words: &mut Words, value: &Value) {
    for piece in &value.pieces {
        match piece {
            ValuePiece::Literal(text) => words.add(text),
            ValuePiece::Output { instances, key } => words.add(&format!("{instances:?}.{key}")),
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
