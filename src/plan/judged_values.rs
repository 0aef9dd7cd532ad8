//! What a template makes of the values that a stack is given, as far as they are known: rules that they break, and
//! items of lists that are not there. CloudFormation refuses both before it makes anything.

use super::compose::Candidate;
use super::composer::Composer;
use super::placements::Placement;
use super::template_values::TemplateValues;
use crate::document::{Fault, quoted};
use crate::template::{Assertion, PickedItem, Template};

/// Refuses values that the templates of stack instances do not take. Where a default may not be what a stack keeps, it
/// is a warning.
pub(super) fn check<'e>(composer: &mut Composer<'e, '_>, candidates: &[(usize, Candidate<'e>)]) {
    if !composer.needs_values() {
        return;
    }
    for (at, candidate) in candidates.iter().filter(|(_, found)| !found.instance.is_only_read()) {
        let template = candidate.instance.template();
        if template.assertions.is_empty() && template.picked_items.is_empty() {
            continue;
        }
        let placement = composer.evaluator.placements.all[*at];
        let values = composer.template_values(placement, template, &candidate.instance.stack_name);
        let judged = Judged { placement, template, values: &values };
        let broken = template.assertions.iter().filter_map(|assertion| judged.broken(assertion));
        let missing = template.picked_items.iter().filter_map(|item| judged.missing(item));
        let faults: Vec<Fault> = broken.chain(missing).collect();
        faults.into_iter().for_each(|fault| composer.fault(placement, fault));
    }
}

/// The values of a stack instance, which are judged.
struct Judged<'j, 'e> {
    placement: Placement<'e>,
    template: &'j Template,
    values: &'j TemplateValues,
}

impl Judged<'_, '_> {
    /// Returns the fault of a rule that the values break.
    fn broken(&self, assertion: &Assertion) -> Option<Fault> {
        let is_broken = assertion.is_broken(|name| self.values.sure_value(name));
        let likely = |name: &str| self.likely_value(name);
        if !is_broken && !assertion.is_broken(likely) {
            return None;
        }
        let stack = &self.placement.stack.key.value;
        let why = assertion.description.iter().map(|text| format!(": {text}"));
        let message = format!(
            "the values of the stack `{stack}` break the rule {}{}",
            quoted(&assertion.rule),
            why.collect::<String>()
        );
        let fault = Fault::at(&assertion.place, message).with_label("this does not hold");
        // A macro may rewrite the rules.
        Some(self.told(fault, is_broken && !self.template.may_add_outputs))
    }

    /// Returns the fault of an item that a list does not have.
    fn missing(&self, item: &PickedItem) -> Option<Fault> {
        let PickedItem { place, parameter, index } = item;
        let declared = self.template.parameters.get(parameter)?;
        let is_list = declared.parameter_type == "CommaDelimitedList"
            || declared.parameter_type.starts_with("List<");
        let sure = self.values.sure_value(parameter);
        let list = sure.clone().or_else(|| self.likely_value(parameter)).filter(|_| is_list)?;
        let count = list.split(',').count();
        if *index < count {
            return None;
        }
        let items = if count == 1 { "item" } else { "items" };
        let stack = &self.placement.stack.key.value;
        let message = format!(
            "the list `{parameter}` of the stack `{stack}` has {count} {items}, and item {index} is \
             picked, counted from 0"
        );
        let is_sure = sure.is_some() && !self.template.may_add_outputs;
        Some(self.told(Fault::at(place, message), is_sure))
    }

    fn told(&self, fault: Fault, is_sure: bool) -> Fault {
        match is_sure {
            true => fault.with_help("give the parameter another value in the environment file"),
            false => fault
                .with_help("a parameter has its default, unless the stack keeps another value: name it in the environment file")
                .into_warning(),
        }
    }

    /// Returns a value, its default where none is given; what the parameter store holds is not known.
    fn likely_value(&self, name: &str) -> Option<String> {
        let is_stored = self.template.parameters.get(name).is_some_and(|it| it.is_stored());
        self.values.likely_value(name).filter(|_| !is_stored)
    }
}
