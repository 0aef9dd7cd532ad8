//! What is wrong with the names and values of stacks in an environment of which something is missing, as far as that
//! hangs on nothing that may be missing: a value that is written out, a variable of the process, a file, the template
//! of a stack that is named.

use std::collections::BTreeMap;

use super::compose::objection;
use super::composer::unknown_output;
use super::evaluate::{EnvVariables, not_set};
use super::fault_book::FaultBook;
use super::files::Files;
use crate::document::{Fault, Place};
use crate::environment::{Environment, Piece, Reference, StackSpec, Text};

/// The stacks of an environment of which something is missing.
pub(super) struct PartsOfStacks<'p> {
    pub environment: &'p Environment,
    pub files: &'p mut Files,
    pub variables: &'p EnvVariables<'p>,
    pub faults: &'p mut FaultBook,
}

impl PartsOfStacks<'_> {
    /// Checks all of them.
    pub fn check(&mut self) {
        for stack in &self.environment.stacks {
            self.check_values(stack);
            for text in texts(stack) {
                self.check_references(text);
            }
        }
        self.check_names();
    }

    /// Refuses values that are written out and that the template does not take.
    fn check_values(&mut self, stack: &StackSpec) {
        let (template, _) = self.files.template(&stack.template.value, &stack.template.place);
        let Some(template) = template else { return };
        for (name, text) in stack.all_parameters() {
            let declared = template.parameters.get(&name.value);
            if let (Some(declared), Some(value)) = (declared, written_out(text)) {
                let fault = objection(&name.value, declared, &value, &text.place);
                fault.into_iter().for_each(|fault| self.faults.enter(fault));
            }
        }
    }

    fn check_references(&mut self, text: &Text) {
        for piece in &text.pieces {
            let Piece::Reference(reference) = piece else { continue };
            if let Some(fault) = self.fault_of(reference, &text.place) {
                self.faults.enter(fault);
            }
        }
    }

    fn fault_of(&mut self, reference: &Reference, place: &Place) -> Option<Fault> {
        match reference {
            Reference::Env { name, default: None } if (self.variables)(name).is_none() => {
                Some(not_set(name, place))
            }
            Reference::File(path) => self.files.value(path, place).err(),
            Reference::Output { stack, key, .. } => {
                let mut stacks = self.environment.stacks.iter();
                let of = stacks.find(|of| of.key.value == *stack)?;
                let (template, _) = self.files.template(&of.template.value, &of.template.place);
                template.and_then(|template| unknown_output(&template, key, place))
            }
            Reference::Environment
            | Reference::SourceAccount
            | Reference::AccountName
            | Reference::AccountId
            | Reference::AccountUnit
            | Reference::AccountTag(_)
            | Reference::Region
            | Reference::Partition
            | Reference::Variable(_)
            | Reference::Env { .. }
            | Reference::Lookup { .. } => None,
        }
    }

    /// Refuses stacks of one name that stand everywhere: where the others stand is not known.
    fn check_names(&mut self) {
        let mut first: BTreeMap<String, &StackSpec> = BTreeMap::new();
        let stacks = self.environment.stacks.iter();
        for stack in stacks.filter(|stack| stack.accounts.is_none() && stack.regions.is_none()) {
            let name = match &stack.stack_name {
                Some(text) => written_out(text),
                None => Some(stack.key.value.to_string()),
            };
            let Some(name) = name else { continue };
            let Some(other) = first.insert(name.clone(), stack) else { continue };
            let place = stack.stack_name.as_ref().map_or(&stack.key.place, |text| &text.place);
            let (one, other) = (&other.key.value, &stack.key.value);
            let fault = Fault::at(place, format!("`{one}` and `{other}` are the same stack"))
                .with_label(format!("`{name}` in every account and Region"))
                .with_help("give one of them another `stack-name`");
            self.faults.enter(fault);
        }
    }
}

/// Returns the texts of a stack whose references are looked up wherever it stands.
fn texts(stack: &StackSpec) -> impl Iterator<Item = &Text> {
    let settings = &stack.settings;
    let lists = [&settings.notification_arns, &settings.rollback_alarms];
    let parameters = stack.all_parameters().map(|(_, text)| text);
    let tags = stack.all_tags().map(|(_, text)| text);
    let single = stack.stack_name.iter().chain(&settings.service_role);
    parameters.chain(tags).chain(single).chain(lists.into_iter().flatten().flatten())
}

/// Returns a text in which no reference stands.
fn written_out(text: &Text) -> Option<String> {
    match &text.pieces[..] {
        [] => Some(String::new()),
        [Piece::Literal(value)] => Some(value.clone()),
        _ => None,
    }
}
