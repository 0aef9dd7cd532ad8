//! Imports: an export of one stack that another of the same environment, account and Region imports is a
//! need, as an output reference is one.

use std::collections::{BTreeMap, HashMap};

use super::compose::Candidate;
use super::composer::Composer;
use super::placements::Placement;
use crate::name::StackName;

/// Where an export is looked for: by environment, target and Region.
type Home<'e> = (usize, &'e str);

/// Adds to each candidate the stacks whose exports it imports.
pub(super) fn add_needs<'e>(
    composer: &mut Composer<'e, '_>,
    selected: &[bool],
    candidates: &mut [(usize, Candidate<'e>)],
) {
    let imports = |candidate: &Candidate<'_>| !candidate.instance.template().imports.is_empty();
    let mut exports: HashMap<Home<'e>, BTreeMap<String, usize>> = HashMap::new();
    for (at, candidate) in candidates.iter_mut().filter(|(_, candidate)| imports(candidate)) {
        let placement = composer.evaluator.placements.all[*at];
        let home = (placement.target, placement.region.as_str());
        let exported = exports.entry(home).or_insert_with(|| exports_of(composer, placement));
        let template = candidate.instance.template().clone();
        let values = composer.template_values(placement, &template, &candidate.instance.stack_name);
        for import in &template.imports {
            let Some(name) = values.text(&import.name) else { continue };
            let Some(&from) = exported.get(&name).filter(|from| *from != at) else { continue };
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
    }
}

/// Returns what the stacks beside a placement export, each with the placement that does.
fn exports_of<'e>(
    composer: &mut Composer<'e, '_>,
    placement: Placement<'e>,
) -> BTreeMap<String, usize> {
    let placements = composer.evaluator.placements;
    let environment = &placements.environments[placements.environment_of(&placement)];
    let mut exports = BTreeMap::new();
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
                exports.entry(name).or_insert(beside);
            }
        }
    }
    exports
}

impl<'e> Composer<'e, '_> {
    /// Returns the name of the stack at a placement, if it has a good one.
    fn quiet_stack_name(&mut self, placement: Placement<'e>) -> Option<StackName> {
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
