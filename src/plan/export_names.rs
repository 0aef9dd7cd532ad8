//! Exports that two stacks share: an account and Region has one of a name, and the second stack fails.

use std::collections::HashMap;

use super::compose::Candidate;
use super::composer::Composer;
use super::conflict::named;
use crate::document::{Fault, quoted};
use crate::name::{AccountId, Region};

/// Where an export is, under its name.
type ExportPlace<'e> = (&'e AccountId, &'e Region, String);

/// Refuses two stack instances that export the same name in one account and Region, as far as the names
/// are known before anything is deployed.
pub(super) fn refuse_shared_exports<'e>(
    composer: &mut Composer<'e, '_>,
    candidates: &[(usize, Candidate<'e>)],
) {
    if !composer.needs_values() {
        return;
    }
    let placements = composer.evaluator.placements;
    // The first that exports each name, and whether it does so whatever conditions come to.
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
            let Some(name) = values.text(&export.name) else { continue };
            // A macro may give it another name.
            let is_certain = !export.is_conditional && !template.may_add_outputs;
            let is_sure = is_certain && values.sure_text(&export.name).is_some();
            let place = (target.id, placement.region, name.clone());
            let &mut (other, is_other_sure) = first.entry(place).or_insert((*at, is_sure));
            // Two outputs of one template are the template's own fault.
            if other == *at {
                continue;
            }
            let message = format!(
                "{} and {} both export {}",
                named(placements, other),
                named(placements, *at),
                quoted(&name)
            );
            let fault = Fault::at(&placement.stack.key.place, message)
                .with_label(format!("in {} and {}", target.id, placement.region))
                .with_help(format!(
                    "an account and Region has an export of a name once: see {}",
                    export.name.place
                ));
            let fault = if is_sure && is_other_sure { fault } else { fault.into_warning() };
            composer.faults.enter_for(target.name.as_str(), placement.target, fault);
        }
    }
}
