//! What texts of a template come to in one account and Region, as far as that is known yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::composer::Composer;
use super::placements::Placement;
use crate::name::{AccountId, Region, StackName};
use crate::template::{Expression, NestedStack, Template};

/// What a text of a template may be made of, in one account and Region.
pub(super) struct TemplateValues {
    pseudo: PseudoParameters,
    parameters: ParameterValues,
}

/// What the parameters of a template come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ParameterValues {
    /// The values of those that the file names; nothing where one is not known yet.
    named: BTreeMap<String, Option<String>>,
    /// What may come to something else: the template's defaults of the others, as a stack that stands may
    /// have kept another value, and names of the parameter store, which CloudFormation reads.
    uncertain: BTreeMap<String, String>,
}

/// What the pseudo parameters of a stack come to, as far as that is known before it stands.
pub(super) struct PseudoParameters {
    /// The stack's name; AWS makes up that of a nested one.
    pub stack_name: Option<StackName>,
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
            "AWS::StackName" => self.stack_name.as_ref().map(StackName::to_string),
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
        expression.text(|name| self.likely_value(name))
    }

    /// Returns a text, if it is made of nothing that may come to something else.
    pub fn sure_text(&self, expression: &Expression) -> Option<String> {
        expression.text(|name| self.sure_value(name))
    }

    /// Returns what the parameters come to.
    pub fn parameters(&self) -> &ParameterValues {
        &self.parameters
    }

    /// Returns what texts of the template of a nested stack are made of.
    pub fn within(&self, stack: &NestedStack, template: &Template) -> Self {
        let mut parameters = ParameterValues::default();
        for (name, declared) in &template.parameters {
            let given = stack.parameters.as_ref().map(|given| given.get(name));
            let (sure, likely) = match given {
                // Nobody knows which are given.
                None => (Some(None), None),
                Some(Some(given)) => (Some(self.sure_text(given)), self.text(given)),
                Some(None) => (None, declared.default.clone()),
            };
            let (sure, likely) = match declared.is_stored() {
                // CloudFormation reads what the parameter store holds under that name.
                true => (sure.map(|_| None), None),
                false => (sure, likely),
            };
            parameters.named.extend(sure.map(|sure| (name.clone(), sure)));
            parameters.uncertain.extend(likely.map(|likely| (name.clone(), likely)));
        }
        let PseudoParameters { account, region, .. } = &self.pseudo;
        let (account, region) = (account.clone(), region.clone());
        Self { pseudo: PseudoParameters { stack_name: None, account, region }, parameters }
    }

    /// Returns the value of a parameter, if it is known; its default if it is not named.
    pub fn likely_value(&self, name: &str) -> Option<String> {
        self.sure_value(name).or_else(|| self.parameters.uncertain.get(name).cloned())
    }

    /// Returns the value of a parameter that nothing can come to another one than.
    pub fn sure_value(&self, name: &str) -> Option<String> {
        match name.starts_with("AWS::") {
            true => self.pseudo.value(name),
            false => self.parameters.named.get(name).cloned().flatten(),
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
            let is_stored = declared.is_stored();
            let value = named.get_mut(name).filter(|_| is_stored).and_then(Option::take);
            uncertain.extend(value.map(|value| (name.clone(), value)));
        }
        let target = &self.evaluator.placements.targets[placement.target];
        let pseudo = PseudoParameters {
            stack_name: Some(stack_name.clone()),
            account: target.id.clone(),
            region: placement.region.clone(),
        };
        TemplateValues { pseudo, parameters: ParameterValues { named, uncertain } }
    }
}
