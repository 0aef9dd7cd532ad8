//! Imports: an export of one stack that another of the same environment, account and Region imports is a
//! need, as an output reference is one.

use std::collections::{BTreeMap, HashMap};

use super::compose::Candidate;
use super::composer::Composer;
use super::exchanged_names::ExchangedName;
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
    /// Who exports from its own template, and who from those that it nests alone.
    exporters: BTreeMap<usize, IsNested>,
}

/// Whether something stands in nested templates alone.
type IsNested = bool;

/// What nobody can tell beforehand of the stack at a placement.
struct Doubt {
    importer: usize,
    exporter: usize,
    /// Where the name stands that is not known.
    place: Place,
    /// Whose name it is.
    of: Unknown,
}

enum Unknown {
    Export,
    Import,
}

/// Adds to each candidate the stacks whose exports it imports, and warns of exports of which nobody can tell
/// beforehand whether it does.
pub(super) fn add_needs<'e>(
    composer: &mut Composer<'e, '_>,
    selected: &[bool],
    candidates: &mut [(usize, Candidate<'e>)],
) {
    let mut exports: HashMap<Home<'e>, Exports> = HashMap::new();
    let mut doubts = Vec::new();
    for (at, candidate) in candidates.iter_mut() {
        let template = candidate.instance.template().clone();
        if template.imports.is_empty() && template.nested_stacks.is_empty() {
            continue;
        }
        let placement = composer.evaluator.placements.all[*at];
        let stack_name = &candidate.instance.stack_name;
        let imports = composer.exchanged_names(placement, &template, stack_name).imports;
        if imports.is_empty() {
            continue;
        }
        let home = (placement.target, placement.region.as_str());
        let exported = exports.entry(home).or_insert_with(|| exports_of(composer, placement));
        for (import, from) in imports.iter().filter_map(|it| Some((it, exported.maker(it)?))) {
            if from == *at || candidate.needs.iter().any(|(need, _)| *need == from) {
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
        doubts.extend(exported.doubts(*at, candidate, &imports));
    }
    if composer.needs_values() {
        doubts.iter().for_each(|doubt| warn(composer, doubt));
    }
}

impl Exports {
    /// Returns the stack that makes what another imports, if that is known.
    fn maker(&self, import: &ExchangedName) -> Option<usize> {
        self.by_name.get(import.name.as_ref()?).copied()
    }

    /// Returns what is not known beforehand of the exports that the stack at placement `at` imports.
    fn doubts(
        &self,
        at: usize,
        candidate: &Candidate<'_>,
        imports: &[ExchangedName],
    ) -> Vec<Doubt> {
        let is_beside =
            |from: usize| from != at && candidate.needs.iter().all(|(need, _)| *need != from);
        let is_from_elsewhere =
            imports.iter().any(|import| import.name.is_some() && self.maker(import).is_none());
        let unknown = self.unknown.iter().filter(|(from, _)| is_from_elsewhere && is_beside(*from));
        let of_exports = unknown.map(|(from, place)| Doubt {
            importer: at,
            exporter: *from,
            place: place.clone(),
            of: Unknown::Export,
        });
        // Where both stand in templates of their own, whoever has the plan tells it.
        let of_imports =
            imports.iter().filter(|import| import.name.is_none()).filter_map(|import| {
                let is_told = |is_nested: IsNested| import.is_nested || is_nested;
                let mut exporters = self.exporters.iter().filter(|(from, _)| is_beside(**from));
                let (&exporter, _) = exporters.find(|(_, is_nested)| is_told(**is_nested))?;
                let place = import.place.clone();
                Some(Doubt { importer: at, exporter, place, of: Unknown::Import })
            });
        of_exports.chain(of_imports).collect()
    }
}

/// Warns that a stack may import what another exports.
fn warn(composer: &mut Composer<'_, '_>, doubt: &Doubt) {
    let placements = composer.evaluator.placements;
    let key = |at: usize| &placements.all[at].stack.key.value;
    let (importer, exporter) = (key(doubt.importer), key(doubt.exporter));
    let message = match doubt.of {
        Unknown::Export => format!(
            "the stack `{exporter}` exports a name that is not known beforehand: if `{importer}` imports it, name \
             `{exporter}` in the `depends-on` of `{importer}`"
        ),
        Unknown::Import => format!(
            "the stack `{importer}` imports an export whose name is not known beforehand: if `{exporter}` makes \
             it, name that in `depends-on`"
        ),
    };
    let fault = Fault::at(&doubt.place, message).into_warning();
    composer.fault(placements.all[doubt.importer], fault);
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
        if template.exports.is_empty() && template.nested_stacks.is_empty() {
            continue;
        }
        let placement = placements.all[beside];
        let Some(name) = composer.quiet_stack_name(placement) else { continue };
        for export in composer.exchanged_names(placement, &template, &name).exports {
            let is_nested = exports.exporters.entry(beside).or_insert(true);
            *is_nested &= export.is_nested;
            match export.name {
                Some(name) => {
                    exports.by_name.entry(name).or_insert(beside);
                }
                None => exports.unknown.push((beside, export.place)),
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
