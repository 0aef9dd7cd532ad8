//! What texts of a template come to in one account and Region, as far as that is known yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::composer::Composer;
use super::placements::Placement;
use crate::name::{AccountId, Region, StackName};
use crate::template::{Expression, Template};

/// What a text of a template may be made of, in one account and Region.
pub(super) struct TemplateValues {
    pseudo: PseudoParameters,
    /// The values of the parameters that the file names; nothing where one is not known yet.
    named: BTreeMap<String, Option<String>>,
    /// What may come to something else: the template's defaults of the others, as a stack that stands may
    /// have kept another value, and names of the parameter store, which CloudFormation reads.
    uncertain: BTreeMap<String, String>,
}

/// What the pseudo parameters of a stack come to, as far as that is known before it stands.
pub(super) struct PseudoParameters {
    /// The stack's name.
    pub stack_name: StackName,
    /// The account that it stands in.
    pub account: AccountId,
    /// The Region that it stands in.
    pub region: Region,
}

impl PseudoParameters {
    /// Returns the value of one by its name, `AWS::Region`.
    pub fn value(&self, name: &str) -> Option<String> {
        let partition = self.region.partition();
        match name {
            "AWS::StackName" => Some(self.stack_name.to_string()),
            "AWS::AccountId" => Some(self.account.to_string()),
            "AWS::Region" => Some(self.region.to_string()),
            "AWS::Partition" => Some(partition.as_str().to_owned()),
            "AWS::URLSuffix" => Some(partition.dns_suffix().to_owned()),
            _ => None,
        }
    }
}

impl TemplateValues {
    /// Returns a text, if all that it is made of is known; defaults stand for parameters that are not named.
    pub fn text(&self, expression: &Expression) -> Option<String> {
        let uncertain = |name: &str| self.uncertain.get(name).cloned();
        expression.text(|name| self.sure_value(name).or_else(|| uncertain(name)))
    }

    /// Returns a text, if it is made of nothing that may come to something else.
    pub fn sure_text(&self, expression: &Expression) -> Option<String> {
        expression.text(|name| self.sure_value(name))
    }

    fn sure_value(&self, name: &str) -> Option<String> {
        match name.starts_with("AWS::") {
            true => self.pseudo.value(name),
            false => self.named.get(name).cloned().flatten(),
        }
    }
}

impl<'e> Composer<'e, '_> {
    /// Returns what texts of a template are made of at a placement, as far as that is known yet.
    pub fn template_values(
        &mut self,
        placement: Placement<'e>,
        template: &Arc<Template>,
        stack_name: &StackName,
    ) -> TemplateValues {
        let scope = self.scope(placement);
        let mut named = BTreeMap::new();
        for &(name, text) in &self.evaluator.placements.values_of(&placement).parameters {
            let value = self.evaluator.value(text, scope).ok().and_then(|value| value.as_text());
            named.insert(name.value.clone(), value);
        }
        let unnamed = template.parameters.iter().filter(|(name, _)| !named.contains_key(*name));
        let mut uncertain: BTreeMap<String, String> = unnamed
            .filter_map(|(name, declared)| Some((name.clone(), declared.default.clone()?)))
            .collect();
        for (name, declared) in &template.parameters {
            let is_stored = declared.parameter_type.starts_with("AWS::SSM::Parameter::Value<");
            let value = named.get_mut(name).filter(|_| is_stored).and_then(Option::take);
            uncertain.extend(value.map(|value| (name.clone(), value)));
        }
        let target = &self.evaluator.placements.targets[placement.target];
        let pseudo = PseudoParameters {
            stack_name: stack_name.clone(),
            account: target.id.clone(),
            region: placement.region.clone(),
        };
        TemplateValues { pseudo, named, uncertain }
    }
}
