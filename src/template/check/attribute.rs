//! What `Fn::GetAtt` asks of a resource, held against what AWS publishes of its type.
//!
//! Never more than a warning: AWS adds attributes, and of some types it returns properties as well.

use super::checker::Checker;
use super::reference_rule::ReferenceRule;
use super::violation::Violation;
use crate::document::{Place, nearest};
use crate::template::PublishedType;

/// How many attributes are named to choose from.
const MOST_NAMED: usize = 8;

/// The types whose attributes are what other templates, programs or products put out.
///
/// Source: the CloudFormation template reference, their "Return values".
const OPEN: [&str; 3] = [
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

impl Checker<'_> {
    /// Warns of an attribute that resources of such a type do not have.
    pub fn check_attribute_of(&mut self, resource: &str, attribute: &str, place: &Place) {
        let Some(definition) = self.declared.resources.get(resource) else { return };
        let type_name = definition.value_of("Type").and_then(|node| node.as_text());
        let Some(schema) = type_name.and_then(PublishedType::find) else { return };
        let properties = definition.value_of("Properties");
        let is_given = || properties.is_some_and(|given| given.value_of(attribute).is_some());
        let mut marked = schema.properties.split(' ').map(|word| word.trim_end_matches(['*', '!']));
        let mut is_property = || marked.any(|name| name == attribute);
        let is_open = || OPEN.contains(&schema.type_name) || self.macros.has_open_names;
        if schema.attribute(attribute).is_some() || is_property() || is_given() || is_open() {
            return;
        }
        let names: Vec<&str> = schema.attributes().map(|(name, _)| name).collect();
        let near = nearest(attribute, names.iter().copied());
        // Schemas do not tell all that is within a mapping.
        if near.is_none() && attribute.contains('.') {
            return;
        }
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "resources of this type have none".to_owned(),
            None => format!("it has {}", listed(&names)),
        };
        let rule = ReferenceRule::UnknownAttribute {
            resource: resource.to_owned(),
            attribute: attribute.to_owned(),
            type_name: schema.type_name,
        };
        self.push(Violation::at(place, rule).with_help(help).into_warning());
    }
}

fn listed(names: &[&str]) -> String {
    let named: Vec<String> =
        names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len() - named.len();
    match more {
        0 => named.join(", "),
        _ => format!("{} and {more} more", named.join(", ")),
    }
}
