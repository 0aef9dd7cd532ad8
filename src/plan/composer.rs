//! The composer of stack instances: gives texts their values, and keeps what is wrong with them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::evaluate::{EnvVariables, EvaluationScope, Evaluator};
use super::fault_book::FaultBook;
use super::files::Files;
use super::package::local_path_faults;
use super::placements::{Placement, Placements};
use super::regions::of_other_partition;
use super::secret_places::SecretPlaces;
use super::stack_check::{self, CheckedStack};
use super::value::{PlannedValue, ValuePiece};
use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::environment::Text;
use crate::foreign;
use crate::template::Template;

/// Makes stack instances and keeps what is wrong with them.
pub(super) struct Composer<'e, 'v> {
    /// Gives texts their values.
    pub evaluator: Evaluator<'e, 'v>,
    /// What was wrong so far.
    pub faults: FaultBook,
    /// How much is found out of a stack.
    extent: Extent,
    /// What the instances of each stack share, by environment and key; nothing if it is faulty.
    shared: HashMap<(usize, &'e str), Option<CheckedStack>>,
}

/// How much is found out of the stacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All that a create or an update sends.
    Whole,
    /// Names, needs and service roles: what is read, deleted and put in order by.
    Order,
}

impl<'e, 'v> Composer<'e, 'v> {
    /// Returns a composer for `placements`.
    pub fn new(
        placements: &'e Placements<'e>,
        variables: &'v EnvVariables<'v>,
        faults: FaultBook,
    ) -> Self {
        Self::within(None, placements, variables, faults)
    }

    /// Returns the same, which reads no file outside of `root`.
    pub fn within(
        root: Option<&Path>,
        placements: &'e Placements<'e>,
        variables: &'v EnvVariables<'v>,
        faults: FaultBook,
    ) -> Self {
        let evaluator = Evaluator::new(placements, Files::within(root), variables);
        Self { evaluator, faults, extent: Extent::Whole, shared: HashMap::new() }
    }

    /// Returns the composer as one that finds out so much.
    pub fn with_extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// Whether the values that a stack is sent with matter.
    pub fn needs_values(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// Returns where secret values stand in the files of all stacks looked at so far.
    pub fn secrets(&self) -> SecretPlaces {
        let mut secrets = SecretPlaces::default();
        for (&(environment, key), shared) in &self.shared {
            let Some(CheckedStack { template, .. }) = shared else { continue };
            let environment = &self.evaluator.placements.environments[environment];
            let stack = environment.stacks.iter().find(|stack| stack.key.value.as_str() == key);
            for (name, text) in stack.iter().flat_map(|stack| stack.all_parameters()) {
                if template.parameters.get(&name.value).is_some_and(|declared| declared.is_secret) {
                    secrets.add(environment, text);
                }
            }
        }
        secrets
    }

    /// Enters what is wrong with the local paths of the templates of all stacks looked at so far: who mends what is wrong
    /// with the stacks learns of it at once.
    pub fn check_local_paths(&mut self) {
        let stacks: BTreeMap<_, _> = self.shared.iter().collect();
        let stacks =
            stacks.into_iter().filter_map(|((_, key), shared)| Some((*key, shared.as_ref()?)));
        for fault in local_path_faults(stacks) {
            self.faults.enter(fault);
        }
    }

    /// Enters a fault that was met for the account of a placement.
    pub fn fault(&mut self, placement: Placement<'e>, fault: Fault) {
        let name = self.evaluator.placements.targets[placement.target].name.as_str();
        self.faults.enter_for(name, placement.target, fault);
    }

    pub fn shared(&mut self, placement: Placement<'e>) -> Option<CheckedStack> {
        let placements = self.evaluator.placements;
        let environment = placements.environment_of(&placement);
        let stack = placement.stack;
        let key = (environment, stack.key.value.as_str());
        if let Some(known) = self.shared.get(&key) {
            return known.clone();
        }
        let files = &mut self.evaluator.files;
        let faults = &mut self.faults;
        let shared = match self.extent {
            Extent::Whole => stack_check::check(placements, environment, stack, files, faults),
            Extent::Order => {
                Some(stack_check::check_order(placements, environment, stack, files, faults))
            }
        };
        self.shared.insert(key, shared.clone());
        shared
    }

    pub fn scope(&self, placement: Placement<'e>) -> EvaluationScope<'e> {
        let environment = self.evaluator.placements.environment_of(&placement);
        EvaluationScope {
            environment,
            target: Some(placement.target),
            region: Some(placement.region),
        }
    }

    /// Returns the value of a text without outputs.
    pub fn text(&mut self, placement: Placement<'e>, text: &Text) -> Option<String> {
        let scope = self.scope(placement);
        self.evaluator.text(text, scope).map_err(|fault| self.fault(placement, fault)).ok()
    }

    /// Returns the value of a text that may hold outputs, whose stacks become needs.
    pub fn value(
        &mut self,
        placement: Placement<'e>,
        text: &'e Text,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<PlannedValue> {
        let scope = self.scope(placement);
        if !self.needs_values() {
            let found = self.evaluator.needs(text, scope);
            let found = found.map_err(|fault| self.fault(placement, fault)).ok()?;
            needs.extend(found.into_iter().map(|at| (at, &text.place)));
            return None;
        }
        self.value_as_sent(placement, text, needs)
    }

    /// Returns the same, also where values do not matter otherwise.
    pub fn value_as_sent(
        &mut self,
        placement: Placement<'e>,
        text: &'e Text,
        needs: &mut Vec<(usize, &'e Place)>,
    ) -> Option<PlannedValue> {
        let scope = self.scope(placement);
        let found = self.evaluator.value(text, scope);
        let value = found.map_err(|fault| self.fault(placement, fault)).ok()?;
        for piece in &value.pieces {
            if let ValuePiece::Output { instances, key, .. } = piece {
                self.check_output(instances[0], key, &text.place);
            }
        }
        self.check_not_own(placement, &value, &text.place);
        needs.extend(value.needs().map(|at| (at, &text.place)));
        Some(value)
    }

    /// Refuses an ARN of another partition than the Region of the placement, as far as it is known.
    pub fn check_partition(&mut self, placement: Placement<'e>, arn: Option<&str>, place: &Place) {
        let fault = arn.and_then(|arn| of_other_partition(arn, placement.region, place));
        if let Some(fault) = fault {
            self.fault(placement, fault);
        }
    }

    /// Refuses an output that the template of the stack at placement `at` does not declare.
    pub fn check_output(&mut self, at: usize, key: &str, place: &Place) {
        let placement = self.evaluator.placements.all[at];
        let Some(CheckedStack { template, .. }) = self.shared(placement) else { return };
        if !self.needs_values() {
            return;
        }
        if let Some(fault) = unknown_output(&template, key, place) {
            self.faults.enter(fault);
        }
    }
}

/// Returns the fault of an output that is referred to at `place` and that a template does not declare.
pub(super) fn unknown_output(template: &Template, key: &str, place: &Place) -> Option<Fault> {
    if template.may_add_outputs || template.outputs.contains_key(key) {
        return None;
    }
    let path = foreign::path(&template.file.path);
    let fault = Fault::at(place, format!("`{path}` declares no output {}", quoted(key)))
        .with_label("unknown output");
    let known = template.outputs.keys().map(String::as_str);
    Some(Fault { help: did_you_mean(key, known), ..fault })
}
