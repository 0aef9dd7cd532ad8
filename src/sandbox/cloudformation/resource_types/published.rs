//! The resource types of AWS's own that the sandbox does not model, by the schemas that AWS publishes.
//!
//! `schemas.txt` has one line a type: its name, what identifies it, those of its properties that are
//! required (`*`) or recreate it (`!`), and what `Fn::GetAtt` returns of it: lists are marked `[]`,
//! numbers `#`, truths `?`.
//!
//! Source: the resource provider schemas of the CloudFormation registry, October 2026.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sandbox::cloudformation::resource_type::{MADE_UP, ResourceType};

const SCHEMAS: &str = include_str!("schemas.txt");

/// Services whose names are taken in every Region.
const GLOBAL: [&str; 6] = ["CloudFront", "Route53", "IAM", "Organizations", "Shield", "Budgets"];

/// What AWS publishes of a resource type.
#[derive(Debug)]
pub struct PublishedType {
    /// The type, as far as its schema tells.
    pub kind: ResourceType,
    /// The properties or attributes that identify a resource, together.
    pub identifier: Vec<&'static str>,
    attributes: &'static str,
}

/// What kind of value an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    Text,
    List,
    Number,
    Truth,
}

static BY_NAME: LazyLock<HashMap<&str, PublishedType>> = LazyLock::new(|| {
    SCHEMAS.lines().filter_map(PublishedType::read).map(|it| (it.kind.type_name, it)).collect()
});

/// Returns what is published of a type.
pub fn find(type_name: &str) -> Option<&'static PublishedType> {
    BY_NAME.get(type_name)
}

impl PublishedType {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('|');
        let mut field = || fields.next();
        let (type_name, identifier, properties, attributes) =
            (field()?, field()?, field()?, field()?);
        let identifier: Vec<&str> = identifier.split(',').filter(|name| !name.is_empty()).collect();
        let service = type_name.split("::").nth(1).unwrap_or_default();
        let kind = ResourceType {
            type_name,
            properties,
            name: None,
            is_regional: !GLOBAL.contains(&service),
            longest: 255,
            id: MADE_UP,
            attributes: &[],
        };
        // A name is what identifies a resource alone and can be given.
        let name =
            identifier.first().copied().filter(|name| identifier.len() == 1 && kind.has(name));
        Some(Self { kind: ResourceType { name, ..kind }, identifier, attributes })
    }

    /// Returns what kind of value an attribute has, if the type has it.
    pub fn attribute(&self, name: &str) -> Option<AttributeKind> {
        let mut words = self.attributes.split(' ');
        words.find_map(|word| match word.strip_prefix(name)? {
            "" => Some(AttributeKind::Text),
            "[]" => Some(AttributeKind::List),
            "#" => Some(AttributeKind::Number),
            "?" => Some(AttributeKind::Truth),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_schema() {
        let table = find("AWS::DynamoDB::Table").expect("a table");
        assert_eq!(table.kind.name, Some("TableName"));
        assert!(table.kind.recreates("TableName") && !table.kind.recreates("BillingMode"));
        assert_eq!(table.attribute("StreamArn"), Some(AttributeKind::Text));
        assert_eq!(table.attribute("Stream"), None);
        let network = find("AWS::EC2::VPC").expect("a network");
        assert_eq!((network.kind.name, &network.identifier[..]), (None, &["VpcId"][..]));
        assert_eq!(network.attribute("CidrBlockAssociations"), Some(AttributeKind::List));
        assert!(find("AWS::EC2::Vpc").is_none());
    }

    #[test]
    fn every_line_is_read() {
        assert_eq!(BY_NAME.len(), SCHEMAS.lines().count());
    }
}
