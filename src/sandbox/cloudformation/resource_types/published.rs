//! The resource types of AWS's own that the sandbox does not model, by the schemas that AWS publishes.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sandbox::cloudformation::resource_type::{MADE_UP, ResourceType};
use crate::template::PublishedType;

/// Services whose names are taken in every Region.
const GLOBAL: [&str; 6] = ["CloudFront", "Route53", "IAM", "Organizations", "Shield", "Budgets"];

static BY_NAME: LazyLock<HashMap<&str, ResourceType>> =
    LazyLock::new(|| PublishedType::all().map(|schema| (schema.type_name, kind(schema))).collect());

/// Returns a type as far as its schema tells.
pub fn find(type_name: &str) -> Option<&'static ResourceType> {
    BY_NAME.get(type_name)
}

fn kind(schema: &'static PublishedType) -> ResourceType {
    let service = schema.type_name.split("::").nth(1).unwrap_or_default();
    let kind = ResourceType {
        type_name: schema.type_name,
        properties: schema.properties,
        name: None,
        is_regional: !GLOBAL.contains(&service),
        longest: 255,
        id: MADE_UP,
        attributes: &[],
    };
    // A name is what identifies a resource alone and can be given.
    let name = schema.identifier.first().copied();
    let name = name.filter(|name| schema.identifier.len() == 1 && kind.has(name));
    ResourceType { name, ..kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_identifies_a_resource_alone_and_can_be_given() {
        let table = find("AWS::DynamoDB::Table").expect("a table");
        assert_eq!(table.name, Some("TableName"));
        assert!(table.recreates("TableName") && !table.recreates("BillingMode"));
        assert_eq!(find("AWS::EC2::VPC").expect("a network").name, None);
    }
}
