//! What exports are called once their names are resolved: none may have a name that CloudFormation refuses, and no two
//! stacks may share one, as an account and Region has one of a name and the second stack fails.

use std::collections::HashMap;

use super::compose::Candidate;
use super::composer::Composer;
use super::conflict::named;
use crate::document::{Fault, quoted};
use crate::name::{AccountId, Region};
use crate::template::{Expression, may_be_exported_as};

/// Where an export is, under its name.
type ExportPlace<'e> = (&'e AccountId, &'e Region, String);

/// An export under its name, as far as that is known before anything is deployed.
struct NamedExport<'t> {
    /// The position of the placement whose stack exports it.
    at: usize,
    expression: &'t Expression,
    /// Whether it is exported under that name whatever conditions and macros come to, and stacks have kept.
    is_sure: bool,
}

/// Refuses stack instances that export under a name that nothing may be exported as, and two that export the same name
/// in one account and Region, as far as the names are known before anything is deployed.
pub(super) fn check_export_names<'e>(
    composer: &mut Composer<'e, '_>,
    candidates: &[(usize, Candidate<'e>)],
) {
    if !composer.needs_values() {
        return;
    }
    let placements = composer.evaluator.placements;
    // The first that exports each name, and whether it surely does.
    let mut first: HashMap<ExportPlace<'e>, (usize, bool)> = HashMap::new();
    for (at, candidate) in candidates.iter().filter(|(_, found)| !found.instance.is_only_read()) {
        let template = candidate.instance.template();
        if template.exports.is_empty() {
            continue;
        }
        let placement = placements.all[*at];
        let target = &placements.targets[placement.target];
        let values = composer.template_values(placement, template, &candidate.instance.stack_name);
        for export in &template.exports {
            let expression = &export.name;
            let Some(name) = values.text(expression) else { continue };
            // A macro may give it another name.
            let is_certain = !export.is_conditional && !template.may_add_outputs;
            let is_sure = is_certain && values.sure_text(expression).is_some();
            let found = NamedExport { at: *at, expression, is_sure };
            if !export.is_literal && !may_be_exported_as(&name) {
                refuse(composer, &found, &name);
                continue;
            }
            let place = (target.id, placement.region, name.clone());
            let &mut (other, is_other_sure) = first.entry(place).or_insert((*at, is_sure));
            // Two outputs of one template are the template's own fault.
            if other != *at {
                refuse_shared(composer, &found, (other, is_other_sure, &name));
            }
        }
    }
}

/// Tells a name that CloudFormation does not take.
fn refuse(composer: &mut Composer<'_, '_>, found: &NamedExport<'_>, name: &str) {
    let exporter = named(composer.evaluator.placements, found.at);
    let message = format!("{exporter} exports {}", quoted(name));
    let help = format!(
        "the name of an export is made of letters, digits, `:` and `-`: see {}",
        found.expression.place
    );
    enter(composer, found, (message, help), found.is_sure);
}

/// Tells that another stack instance exports the same name in the same account and Region.
fn refuse_shared(
    composer: &mut Composer<'_, '_>,
    found: &NamedExport<'_>,
    (other, is_other_sure, name): (usize, bool, &str),
) {
    let placements = composer.evaluator.placements;
    let stacks = [other, found.at].map(|at| named(placements, at)).join(" and ");
    let help = format!(
        "an account and Region has an export of a name once: see {}",
        found.expression.place
    );
    let message = format!("{stacks} both export {}", quoted(name));
    enter(composer, found, (message, help), found.is_sure && is_other_sure);
}

fn enter(
    composer: &mut Composer<'_, '_>,
    found: &NamedExport<'_>,
    (message, help): (String, String),
    is_sure: bool,
) {
    let placements = composer.evaluator.placements;
    let placement = placements.all[found.at];
    let target = &placements.targets[placement.target];
    let fault = Fault::at(&placement.stack.key.place, message)
        .with_label(format!("in {} and {}", target.id, placement.region))
        .with_help(help);
    let fault = if is_sure { fault } else { fault.into_warning() };
    composer.faults.enter_for(target.name.as_str(), placement.target, fault);
}
