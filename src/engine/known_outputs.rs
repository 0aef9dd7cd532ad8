//! Known outputs: what fills the references in a planned stack instance before it is sent.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::answered::doubt;
use super::certain_output;
use super::known_lookups::{Found, KnownLookups};
use super::position::PlanIndex;
use super::value_limit;
use crate::event::{Failure, FailureKind};
use crate::plan::{DesiredStack, Plan, PlannedValue};

/// What is known of the outputs of a plan's stack instances.
#[derive(Debug, Default)]
pub(super) struct KnownOutputs {
    outputs: BTreeMap<PlanIndex, BTreeMap<String, String>>,
    /// Of those that are only read, the ones that may be others than AWS answers.
    uncertain: BTreeMap<PlanIndex, BTreeSet<String>>,
    /// Of those that stood before the run, what is known of parameters that their files do not set.
    unset: BTreeMap<PlanIndex, BTreeMap<String, String>>,
    /// What was looked up.
    lookups: KnownLookups,
}

/// The outputs of a stack instance that is only read.
#[derive(Debug, Default)]
pub(super) struct ReadOutputs {
    /// The values by name.
    pub values: BTreeMap<String, String>,
    /// The names of those that may be others than AWS answers.
    pub uncertain: BTreeSet<String>,
}

impl KnownOutputs {
    /// Keeps the outputs of a stack instance that stands as wanted.
    pub fn keep(&mut self, index: PlanIndex, outputs: BTreeMap<String, String>) {
        self.outputs.insert(index, outputs);
    }

    /// Keeps which outputs of a stack instance that is only read may be others than AWS answers.
    pub fn keep_uncertain(&mut self, index: PlanIndex, names: BTreeSet<String>) {
        self.uncertain.insert(index, names);
    }

    /// Keeps what is known of the parameters that a file does not set of a stack which stood before the run: it
    /// may hold others than the template's defaults.
    pub fn keep_unset(&mut self, index: PlanIndex, values: BTreeMap<String, String>) {
        self.unset.insert(index, values);
    }

    /// Keeps what was looked up for a stack instance.
    pub fn keep_lookups(&mut self, found: Found) {
        self.lookups.keep(found);
    }

    /// Returns what was looked up.
    pub fn lookups(&self) -> &KnownLookups {
        &self.lookups
    }

    /// Returns an output, if it is known.
    pub fn found(&self, index: PlanIndex, key: &str) -> Option<&str> {
        self.outputs.get(&index)?.get(key).map(String::as_str)
    }

    /// Returns an output that another stack may be given, if it is known.
    ///
    /// # Errors
    /// When a character that AWS does not show may stand in it.
    pub fn certain(
        &self,
        plan: &Plan,
        index: PlanIndex,
        key: &str,
    ) -> Result<Option<&str>, Failure> {
        let found = self.found(index, key);
        match found.is_none_or(|answered| self.is_certain(plan, index, key, answered)) {
            true => Ok(found),
            false => Err(uncertain(plan, index, key, &self.unset_behind(plan, index, key))),
        }
    }

    /// Returns the parameters that an output is made of, that the file does not set, and of which it is not known
    /// what the stack keeps.
    fn unset_behind(&self, plan: &Plan, index: PlanIndex, key: &str) -> BTreeSet<String> {
        let (Some(desired), Some(known)) =
            (plan.instances[index.0].desired(), self.unset.get(&index))
        else {
            return BTreeSet::new();
        };
        let unset = RefCell::new(BTreeSet::new());
        let taken = |name: &str| {
            let is_declared = desired.template.parameters.contains_key(name);
            let is_set = desired.parameters.iter().any(|given| given.name == name);
            if is_declared && !is_set && !known.contains_key(name) {
                unset.borrow_mut().insert(name.to_owned());
            }
            None
        };
        if let Some(written) = desired.template.output_value(key) {
            written.fragments(taken);
        }
        unset.into_inner()
    }

    fn is_certain(&self, plan: &Plan, index: PlanIndex, key: &str, answered: &str) -> bool {
        let instance = &plan.instances[index.0];
        let Some(desired) = instance.desired() else {
            return !self.uncertain.get(&index).is_some_and(|names| names.contains(key));
        };
        let sent = |value: &PlannedValue| {
            let found = |source, key: &str| self.found(PlanIndex(source), key).ok_or(());
            // What is looked up is known to whoever sends it.
            value.filled(found, |lookup| self.lookups.found(lookup).ok_or(())).ok()
        };
        let value =
            |name: &str| match desired.parameters.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => sent(&parameter.value),
                None => match self.unset.get(&index) {
                    Some(values) => values.get(name).cloned(),
                    None => desired.template.parameters.get(name)?.default.clone(),
                },
            };
        certain_output::is_certain(&desired.template, key, answered, value)
    }

    /// Returns what a create or an update of a stack instance sends.
    ///
    /// # Errors
    /// When an output that it takes is not there, or may be another one than AWS answers, or a value comes to
    /// what CloudFormation does not take.
    pub fn request(&self, plan: &Plan, index: PlanIndex) -> Result<DesiredStack<String>, Failure> {
        let desired = desired(plan, index);
        desired.try_map(|field, value| {
            let output = |source, key: &str| {
                let source = PlanIndex(source);
                self.certain(plan, source, key)?.ok_or_else(|| missing(plan, source, key))
            };
            let text = value.filled(output, |lookup| self.lookups.value(desired, field, lookup))?;
            value_limit::check(plan, desired, field, value, &text)?;
            Ok(text)
        })
    }
}

/// Returns what a stack instance is to be.
pub(super) fn desired(plan: &Plan, index: PlanIndex) -> &DesiredStack<PlannedValue> {
    plan.instances[index.0].desired().expect("nothing is sent for what is only read")
}

/// Returns that an output of a stack instance may be another one than AWS answers.
fn uncertain(plan: &Plan, index: PlanIndex, key: &str, unset: &BTreeSet<String>) -> Failure {
    let id = &plan.instances[index.0].id;
    let message = doubt(&format!("output `{key}` of {id}"));
    let names: Vec<String> = unset.iter().map(|name| format!("`{name}`")).collect();
    let first = match (plan.instances[index.0].is_only_read(), names.is_empty()) {
        (true, _) => {
            "select its stack as well, so that it is known what was sent for it; or ".to_owned()
        }
        (false, false) => format!(
            "give {} a value under the `parameters` of {}: the file leaves what the stack keeps there, which only \
             the state folder of the runs before tells; or ",
            names.join(" and "),
            id.stack
        ),
        (false, true) => String::new(),
    };
    Failure::new(FailureKind::OutputMissing, message).with_help(format!(
        "{first}take it by an Export and `Fn::ImportValue`, which hand over the value itself, or give both \
         stacks the value as a parameter"
    ))
}

/// Returns that a stack instance has no such output.
pub(super) fn missing(plan: &Plan, index: PlanIndex, key: &str) -> Failure {
    let id = &plan.instances[index.0].id;
    Failure::new(FailureKind::OutputMissing, format!("{id} has no output `{key}`"))
        .with_help("an output whose Condition is false is not there; check the template")
}
