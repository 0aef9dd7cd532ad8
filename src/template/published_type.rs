//! The resource types of AWS's own, by the schemas that AWS publishes.
//!
//! `schemas.txt` has one line a type: its name, what identifies it, those of its properties that are
//! required (`*`) or recreate it (`!`), and what `Fn::GetAtt` returns of it: lists are marked `[]`,
//! numbers `#`, truths `?`.
//!
//! Source: the resource provider schemas of the CloudFormation registry, October 2026.

use std::collections::HashMap;
use std::sync::LazyLock;

const SCHEMAS: &str = include_str!("schemas.txt");

static BY_NAME: LazyLock<HashMap<&str, PublishedType>> = LazyLock::new(|| {
    SCHEMAS.lines().filter_map(PublishedType::read).map(|it| (it.type_name, it)).collect()
});

/// What AWS publishes of a resource type.
#[derive(Debug)]
pub struct PublishedType {
    /// The type's name.
    pub type_name: &'static str,
    /// The properties or attributes that identify a resource, together.
    pub identifier: Vec<&'static str>,
    /// Those of its properties that are required (`*`) or recreate it (`!`), with a space between.
    pub properties: &'static str,
    attributes: &'static str,
}

/// What kind of value an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    /// A single string.
    Text,
    /// An array of strings.
    List,
    /// A number, whole or not.
    Number,
    /// A boolean, true or false.
    Truth,
}

impl PublishedType {
    /// Returns what is published of a type.
    pub fn find(type_name: &str) -> Option<&'static Self> {
        BY_NAME.get(type_name)
    }

    /// Returns what is published of every type, in no order.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        BY_NAME.values()
    }

    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('|');
        let mut field = || fields.next();
        let (type_name, identifier, properties, attributes) =
            (field()?, field()?, field()?, field()?);
        let identifier = identifier.split(',').filter(|name| !name.is_empty()).collect();
        Some(Self { type_name, identifier, properties, attributes })
    }

    /// Returns what kind of value an attribute has, if the type has it.
    pub fn attribute(&self, name: &str) -> Option<AttributeKind> {
        self.attributes().find_map(|(attribute, kind)| (attribute == name).then_some(kind))
    }

    /// Returns what `Fn::GetAtt` returns: attributes of at most two parts that are no mappings.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, AttributeKind)> {
        self.attributes.split(' ').filter(|word| !word.is_empty()).map(|word| {
            let marks = [
                ("[]", AttributeKind::List),
                ("#", AttributeKind::Number),
                ("?", AttributeKind::Truth),
            ];
            let marked =
                marks.into_iter().find_map(|(mark, kind)| Some((word.strip_suffix(mark)?, kind)));
            marked.unwrap_or((word, AttributeKind::Text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_schema() {
        let table = PublishedType::find("AWS::DynamoDB::Table").expect("a table");
        assert_eq!(table.attribute("StreamArn"), Some(AttributeKind::Text));
        assert_eq!(table.attribute("Stream"), None);
        let network = PublishedType::find("AWS::EC2::VPC").expect("a network");
        assert_eq!(network.identifier, ["VpcId"]);
        assert_eq!(network.attribute("CidrBlockAssociations"), Some(AttributeKind::List));
        assert!(PublishedType::find("AWS::EC2::Vpc").is_none());
    }

    #[test]
    fn every_line_is_read() {
        assert_eq!(BY_NAME.len(), SCHEMAS.lines().count());
    }
}
