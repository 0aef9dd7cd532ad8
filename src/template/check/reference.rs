//! What a template refers to by name: parameters, resources and conditions.

use super::checker::{Checker, Edge, Spot};
use super::function;
use super::function_rule::FunctionRule;
use super::named::{Block, Sought};
use super::reference_rule::ReferenceRule;
use super::violation::Violation;
use super::yields::Yield;
use crate::document::{Node, Place, did_you_mean, nearest};
use crate::template::substitution::{Part, parts};

/// Source: the CloudFormation template reference, "Pseudo parameters reference".
const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Whether AWS has a pseudo parameter of this name.
pub fn is_pseudo_parameter(name: &str) -> bool {
    PSEUDO_PARAMETERS.contains(&name)
}

impl<'n> Checker<'n> {
    /// Checks a name that `Ref` or `${…}` gives.
    pub fn check_ref(&mut self, name: &'n str, place: &'n Place, spot: Spot<'n>) {
        if name.starts_with("AWS::") {
            return self.check_pseudo_parameter(name, place, spot);
        }
        if self.declared.parameters.contains_key(name) {
            return;
        }
        let sought = match spot.block {
            Block::Rules | Block::Conditions => Sought::Parameter,
            Block::Resources | Block::Outputs => Sought::ParameterOrResource,
        };
        self.check_resource(name, place, spot, sought);
    }

    fn check_pseudo_parameter(&mut self, name: &str, place: &Place, spot: Spot<'_>) {
        if is_pseudo_parameter(name) {
            return;
        }
        let near = nearest(name, PSEUDO_PARAMETERS);
        let sought = Sought::Parameter;
        let rule = ReferenceRule::Unresolved { name: name.to_owned(), sought, block: spot.block };
        let help = near.map(|near| format!("did you mean `{near}`?"));
        self.push(Violation::at(place, rule).with_help(help).warning_if(near.is_none()));
    }

    /// Checks a name that has to be a resource's, or also a resource's.
    pub fn check_resource(
        &mut self,
        name: &'n str,
        place: &'n Place,
        spot: Spot<'n>,
        sought: Sought,
    ) {
        let is_resource = self.declared.resources.contains_key(name);
        if is_resource && sought != Sought::Parameter {
            self.check_whether_it_is_made(name, place, spot);
            if let Some(from) = spot.owner {
                let is_certain = spot.is_certain && !self.declared.is_conditional(name);
                self.edges.push(Edge { from, to: name, place, block: spot.block, is_certain });
            }
            return;
        }
        if self.macros.has_open_names {
            return;
        }
        let help = if is_resource {
            let asks =
                if spot.block == Block::Rules { "rule is judged" } else { "condition is known" };
            Some(format!("a {asks} before there are resources"))
        } else if self.declared.parameters.contains_key(name) {
            Some(format!("`{name}` is a parameter, which has no attributes"))
        } else if self.declared.conditions.contains_key(name) {
            Some(format!("`{name}` is a condition, which `Fn::If` asks for"))
        } else {
            let resources = (sought != Sought::Parameter).then_some(&self.declared.resources);
            let parameters = (sought != Sought::Resource).then_some(&self.declared.parameters);
            let known = resources.into_iter().chain(parameters).flat_map(|names| names.keys());
            did_you_mean(name, known.copied())
        };
        let rule = ReferenceRule::Unresolved { name: name.to_owned(), sought, block: spot.block };
        self.push(Violation::at(place, rule).with_help(help));
    }

    /// Checks that a resource whose value is certainly asked for may be made.
    fn check_whether_it_is_made(&mut self, name: &str, place: &Place, spot: Spot<'_>) {
        let never = self.declared.never_holding(name).filter(|_| spot.is_evaluated);
        if let (Some(condition), false) = (never, self.macros.has_open_names) {
            let (name, condition) = (name.to_owned(), condition.to_owned());
            let rule = ReferenceRule::NeverMade { name, condition, block: spot.block };
            let help = "ask for it by `Fn::If` with the same condition, or take the condition away";
            self.push(Violation::at(place, rule).with_help(Some(help.to_owned())));
        }
    }

    /// Checks the name of a condition.
    pub fn check_condition(&mut self, name: &'n str, place: &'n Place, spot: Spot<'n>) {
        if self.declared.conditions.contains_key(name) {
            if let (Block::Conditions, Some(from)) = (spot.block, spot.owner) {
                let block = spot.block;
                self.edges.push(Edge { from, to: name, place, block, is_certain: true });
            }
            return;
        }
        if self.macros.has_open_names {
            return;
        }
        let help = did_you_mean(name, self.declared.conditions.keys().copied());
        let rule = ReferenceRule::UnresolvedCondition { name: name.to_owned(), block: spot.block };
        self.push(Violation::at(place, rule).with_help(help));
    }

    /// Tells a function that asks for what is made later than conditions are known.
    pub fn refuse_in_conditions(&mut self, function: &'static str, place: &Place) {
        let help =
            "a condition is known before there are resources: give it as a parameter".to_owned();
        let rule = FunctionRule::NotInConditions { function };
        self.push(Violation::at(place, rule).with_help(help));
    }

    /// Checks what `Fn::GetAtt` names: `A.B`, or a list of both.
    pub fn check_attribute(&mut self, argument: &'n Node, place: &'n Place, spot: Spot<'n>) {
        if spot.block == Block::Conditions {
            return self.refuse_in_conditions("Fn::GetAtt", place);
        }
        let resource = match (argument.as_text(), argument.items()) {
            (Some(text), _) => text.split_once('.').map(|(name, attribute)| {
                self.check_attribute_of(name, attribute, &argument.place);
                (name, &argument.place)
            }),
            (None, Some([name, attribute])) => {
                self.value(attribute, spot);
                if attribute.items().is_some() && attribute.tag.is_none() {
                    let takes = "a resource and an attribute, such as `[Queue, Arn]`";
                    return self.push(function::wrong("Fn::GetAtt", &attribute.place, takes));
                }
                match name.as_text().filter(|_| name.tag.is_none()) {
                    Some(text) => {
                        let named = attribute.as_text().filter(|_| attribute.tag.is_none());
                        if let Some(named) = named {
                            self.check_attribute_of(text, named, &attribute.place);
                        }
                        Some((text, &name.place))
                    }
                    None if self.macros.has_language_extensions => return self.value(name, spot),
                    None => None,
                }
            }
            (None, _) => None,
        };
        match resource {
            Some((name, at)) => self.check_resource(name, at, spot, Sought::Resource),
            None => {
                let takes = "a resource and an attribute, such as `Queue.Arn`";
                self.push(function::wrong("Fn::GetAtt", place, takes));
            }
        }
    }

    /// Checks what `Fn::Sub` names: in its text, but for what its own mapping gives.
    pub fn check_substitution(&mut self, argument: &'n Node, place: &'n Place, spot: Spot<'n>) {
        let (text, own) = match (argument.as_text(), argument.items()) {
            (Some(text), _) => (Some((text, &argument.place)), None),
            (None, Some([text, own])) if own.entries().is_some() => {
                (text.as_text().map(|found| (found, &text.place)), Some(own))
            }
            (None, _) => (None, None),
        };
        for (key, value) in own.and_then(Node::entries).unwrap_or_default() {
            self.value(value, spot);
            if matches!(self.yields(value), Yield::List | Yield::Mapping) {
                // One that the text does not name may not even be looked at.
                let names = text.iter().flat_map(|(text, _)| parts(text));
                let is_named = names.into_iter().any(|part| part == Part::Name(&key.text));
                let spot = Spot { is_evaluated: spot.is_evaluated && is_named, ..spot };
                self.refuse_substituted(&key.text, &value.place, None, spot);
            }
        }
        let Some((text, at)) = text else {
            let takes = "a text, or a list of a text and a mapping";
            return self.push(function::wrong("Fn::Sub", place, takes));
        };
        for part in parts(text) {
            let Part::Name(name) = part else { continue };
            if own.is_some_and(|own| own.value_of(name).is_some()) {
                continue;
            }
            let is_name =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '&' | '{' | '}');
            if name.is_empty() || !name.chars().all(is_name) {
                let rule = FunctionRule::SubstitutionName { name: format!("${{{name}}}") };
                let help = format!("write `${{!{name}}}` for the text `${{{name}}}` itself");
                self.push(Violation::at(at, rule).with_help(help).warning_if(name.is_empty()));
                continue;
            }
            match name.split_once('.') {
                Some((resource, attribute)) => {
                    let is_condition = spot.block == Block::Conditions;
                    if !is_condition {
                        self.check_attribute_of(resource, attribute, at);
                    }
                    let sought = if is_condition { Sought::Parameter } else { Sought::Resource };
                    self.check_resource(resource, at, spot, sought);
                }
                None => {
                    self.check_ref(name, at, spot);
                    self.check_substituted(name, at, spot);
                }
            }
        }
    }

    /// Checks that a parameter in the text of `Fn::Sub` is no list.
    fn check_substituted(&mut self, name: &str, place: &Place, spot: Spot<'_>) {
        if self.is_list_parameter(name) {
            let joined = format!("{{ {name}: !Join [',', !Ref {name}] }}");
            let help = format!("join it: `!Sub ['${{{name}}}', {joined}]`");
            self.refuse_substituted(name, place, Some(help), spot);
        }
    }

    fn refuse_substituted(
        &mut self,
        name: &str,
        place: &Place,
        help: Option<String>,
        spot: Spot<'_>,
    ) {
        let rule = FunctionRule::SubstitutedList { name: name.to_owned() };
        let violation = Violation::at(place, rule).with_help(help);
        self.push(violation.warning_if(!spot.is_evaluated));
    }
}
