//! Imports: an export of one stack that another of the same environment, account and Region imports is a
//! need, as an output reference is one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compose::Candidate;
use super::composer::Composer;
use super::placements::Placement;
use crate::name::StackName;
use crate::template::{Expression, Template};

/// What a text of a template may be made of, in one account and Region.
struct TemplateValues {
    stack_name: String,
    parameters: BTreeMap<String, Option<String>>,
    account: String,
    region: String,
    partition: &'static str,
}

impl TemplateValues {
    /// Returns a text, if all that it is made of is known.
    fn text(&self, expression: &Expression) -> Option<String> {
        expression.text(|name| match name {
            "AWS::StackName" => Some(self.stack_name.clone()),
            "AWS::AccountId" => Some(self.account.clone()),
            "AWS::Region" => Some(self.region.clone()),
            "AWS::Partition" => Some(self.partition.to_owned()),
            parameter => self.parameters.get(parameter).cloned().flatten(),
        })
    }
}

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
            if let Some(name) = values.text(export) {
                exports.entry(name).or_insert(beside);
            }
        }
    }
    exports
}

impl<'e> Composer<'e, '_> {
    /// Returns what texts of a template are made of at a placement, as far as that is known yet.
    fn template_values(
        &mut self,
        placement: Placement<'e>,
        template: &Arc<Template>,
        stack_name: &StackName,
    ) -> TemplateValues {
        let scope = self.scope(placement);
        let mut parameters: BTreeMap<String, Option<String>> = template
            .parameters
            .iter()
            .map(|(name, declared)| (name.clone(), declared.default.clone()))
            .collect();
        for (name, text) in &placement.stack.parameters {
            let value = self.evaluator.value(text, scope).ok().and_then(|value| value.as_text());
            parameters.insert(name.value.clone(), value);
        }
        let target = &self.evaluator.placements.targets[placement.target];
        TemplateValues {
            stack_name: stack_name.to_string(),
            parameters,
            account: target.id.to_string(),
            region: placement.region.to_string(),
            partition: placement.region.partition().as_str(),
        }
    }

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
