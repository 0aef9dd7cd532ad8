//! Imports: an export of one stack that another of the same environment, account and Region imports is a
//! need, as an output reference is one.

use std::collections::{BTreeMap, HashMap};

use super::compose::Candidate;
use super::composer::Composer;
use super::placements::Placement;
use crate::document::{Fault, Place};
use crate::name::StackName;

/// Where an export is looked for: by environment, target and Region.
type Home<'e> = (usize, &'e str);

/// What the stacks of one account and Region export, by placements.
#[derive(Default)]
struct Exports {
    /// Who exports each name.
    by_name: BTreeMap<String, usize>,
    /// Who exports a name that is not known yet, and where that stands.
    unknown: Vec<(usize, Place)>,
}

/// Adds to each candidate the stacks whose exports it imports, and warns of exports of which nobody can tell
/// beforehand whether it does.
pub(super) fn add_needs<'e>(
    composer: &mut Composer<'e, '_>,
    selected: &[bool],
    candidates: &mut [(usize, Candidate<'e>)],
) {
    let imports = |candidate: &Candidate<'_>| !candidate.instance.template().imports.is_empty();
    let mut exports: HashMap<Home<'e>, Exports> = HashMap::new();
    let mut doubts = Vec::new();
    for (at, candidate) in candidates.iter_mut().filter(|(_, candidate)| imports(candidate)) {
        let placement = composer.evaluator.placements.all[*at];
        let home = (placement.target, placement.region.as_str());
        let exported = exports.entry(home).or_insert_with(|| exports_of(composer, placement));
        let template = candidate.instance.template().clone();
        let values = composer.template_values(placement, &template, &candidate.instance.stack_name);
        let mut is_from_elsewhere = false;
        for import in &template.imports {
            let Some(name) = values.text(&import.name) else { continue };
            let from = exported.by_name.get(&name);
            is_from_elsewhere |= from.is_none();
            let Some(&from) = from.filter(|from| *from != at) else { continue };
            if candidate.needs.iter().any(|(need, _)| *need == from) {
                continue;
            }
            if import.is_conditional {
                // Outside the selection nobody can say whether it has to be there.
                if !selected[from] {
                    continue;
                }
                candidate.conditional_needs.insert(from);
            }
            candidate.needs.push((from, &placement.stack.template.place));
        }
        candidate.needs.sort_by_key(|(need, _)| *need);
        let is_need = |from: usize| candidate.needs.iter().any(|(need, _)| *need == from);
        let unknown = exported.unknown.iter().filter(|_| is_from_elsewhere);
        let unknown = unknown.filter(|(from, _)| from != at && !is_need(*from));
        doubts.extend(unknown.map(|(from, place)| (*at, *from, place.clone())));
    }
    if composer.needs_values() {
        doubts.into_iter().for_each(|doubt| warn(composer, doubt));
    }
}

/// Warns that the stack at placement `at` may import what the one at `from` exports at `place`.
fn warn(composer: &mut Composer<'_, '_>, (at, from, place): (usize, usize, Place)) {
    let placements = composer.evaluator.placements;
    let key = |at: usize| &placements.all[at].stack.key.value;
    let (importer, exporter) = (key(at), key(from));
    let message = format!(
        "the stack `{exporter}` exports a name that is not known beforehand: if `{importer}` imports it, name \
         `{exporter}` in the `depends-on` of `{importer}`"
    );
    composer.fault(placements.all[at], Fault::at(&place, message).into_warning());
}

/// Returns what the stacks beside a placement export, each with the placement that does.
fn exports_of<'e>(composer: &mut Composer<'e, '_>, placement: Placement<'e>) -> Exports {
    let placements = composer.evaluator.placements;
    let environment = &placements.environments[placements.environment_of(&placement)];
    let mut exports = Exports::default();
    for stack in &environment.stacks {
        let beside = placements.find(placement.target, placement.region, &stack.key.value);
        let Some(beside) = beside else { continue };
        let named = &stack.template;
        // One that is faulty is told where it is selected.
        let read = composer.evaluator.files.template(&named.value, &named.place);
        let (Some(template), _) = read else { continue };
        if template.exports.is_empty() {
            continue;
        }
        let placement = placements.all[beside];
        let Some(name) = composer.quiet_stack_name(placement) else { continue };
        let values = composer.template_values(placement, &template, &name);
        for export in &template.exports {
            if let Some(name) = values.text(&export.name) {
                exports.by_name.entry(name).or_insert(beside);
            } else {
                exports.unknown.push((beside, export.name.place.clone()));
            }
        }
    }
    exports
}

impl<'e> Composer<'e, '_> {
    /// Returns the name of the stack at a placement, if it has a good one.
    pub(super) fn quiet_stack_name(&mut self, placement: Placement<'e>) -> Option<StackName> {
        let name = match &placement.stack.stack_name {
            Some(text) => {
                let scope = self.scope(placement);
                self.evaluator.text(text, scope).ok()?
            }
            None => placement.stack.key.value.to_string(),
        };
        name.parse().ok()
    }
}
