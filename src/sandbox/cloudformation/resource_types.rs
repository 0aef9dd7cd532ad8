//! The resource types that the sandbox models, one entry each, by what their services do; of the others what
//! AWS publishes, or nothing.
//!
//! Properties, return values and what a change means are from the CloudFormation template reference
//! ("Resource and property reference", "Update requires"). Words in braces are filled in by
//! `resource_type`.

mod compute;
mod iam;
mod management;
mod messaging;
pub mod published;
mod storage;

use serde_json::Value as Json;

use super::resource_type::{MADE_UP, ResourceType};
use crate::document::is_slip;
use crate::template::PublishedType;

const ALL: [&[ResourceType]; 5] =
    [iam::IAM, storage::STORAGE, messaging::MESSAGING, compute::COMPUTE, management::MANAGEMENT];

/// The type whose attributes are what the template of each yields.
const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// A type of which nothing is known: made by a function, by a third party, or newer than this program.
static UNKNOWN: ResourceType = ResourceType {
    type_name: "",
    properties: "Name! ServiceToken!",
    name: None,
    is_regional: true,
    longest: 255,
    id: MADE_UP,
    attributes: &[],
};

/// Returns what is known of a type.
pub fn of(type_name: &str) -> &'static ResourceType {
    let modelled = all().find(|kind| kind.type_name == type_name);
    modelled.or_else(|| published::find(type_name)).unwrap_or(&UNKNOWN)
}

fn all() -> impl Iterator<Item = &'static ResourceType> {
    ALL.into_iter().flatten()
}

/// Whether a resource with these properties has an attribute, as far as the sandbox can tell: what is given of
/// it can be asked for, as AWS has it for more types every month.
pub fn may_have(type_name: &str, attribute: &str, properties: &Json) -> bool {
    let kind = of(type_name);
    let schema = PublishedType::find(type_name);
    let is_published = || schema.is_some_and(|it| it.attribute(attribute).is_some());
    // Schemas do not tell all that is within a mapping.
    let is_mapping = |name: &str| {
        let begins = format!("{name}.");
        let mut published = schema.into_iter().flat_map(PublishedType::attributes);
        published.any(|(attribute, _)| attribute.starts_with(&begins))
    };
    let (outer, is_within) =
        attribute.split_once('.').map_or((attribute, false), |(it, _)| (it, true));
    let is_output = type_name == NESTED_STACK && attribute.starts_with("Outputs.");
    is_output
        || (!kind.is_modelled() && !is_misspelt(type_name, attribute))
        || kind.attributes.iter().any(|(name, _)| *name == attribute)
        || !properties[outer].is_null()
        || is_published()
        || is_mapping(outer)
        || (is_within && kind.has(outer))
}

/// Whether an attribute is one that AWS publishes of a type, misspelt: what is like none may be newer.
fn is_misspelt(type_name: &str, attribute: &str) -> bool {
    let foreign = [NESTED_STACK, "AWS::CloudFormation::CustomResource"];
    let Some(schema) = PublishedType::find(type_name) else { return false };
    let is_known = schema.attribute(attribute).is_some() || of(type_name).has(attribute);
    // A newer attribute may be a list of what an older one is.
    let is_list_of = |name: &str| attribute.strip_suffix('s') == Some(name);
    let mut names = schema.attributes().map(|(name, _)| name);
    let is_near = names.any(|name| is_slip(attribute, name) && !is_list_of(name));
    !foreign.contains(&type_name) && !is_known && is_near
}

/// Whether nothing is known of an attribute but its name.
pub fn is_guessed(type_name: &str, attribute: &str) -> bool {
    let published = || PublishedType::find(type_name).and_then(|it| it.attribute(attribute));
    (!is_modelled(type_name) && published().is_none()) || type_name == NESTED_STACK
}

/// Whether the sandbox knows what the service of a type does, and does not only make up its names.
pub fn is_modelled(type_name: &str) -> bool {
    of(type_name).is_modelled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Region;
    use crate::sandbox::cloudformation::resource_facts::Facts;
    use serde_json::json;

    #[test]
    fn every_pattern_can_be_filled() {
        let (account, region) =
            ("100000000001".parse().unwrap(), "eu-central-1".parse::<Region>().unwrap());
        let properties = json!({});
        let token = "01234567-89ab-cdef-0123-456789abcdef";
        let facts =
            Facts { account: &account, region: &region, name: "n", token, properties: &properties };
        for kind in all() {
            kind.attributes_of(&facts);
            assert!(kind.name.is_none_or(|name| kind.has(name)), "{}", kind.type_name);
        }
        let role = of("AWS::IAM::Role");
        assert_eq!(role.attributes_of(&facts)["Arn"], "arn:aws:iam::100000000001:role/n");
    }

    #[test]
    fn a_generated_name_fits_and_ends_in_its_suffix() {
        let role = of("AWS::IAM::Role");
        let name = role.generated_name(&"s".repeat(128), &"L".repeat(100), "ABCDEFGHIJKL");
        assert_eq!(name.len(), 64);
        assert!(name.ends_with("-ABCDEFGHIJKL"), "{name}");
        assert_eq!(role.generated_name("app", "Role", "X"), "app-Role-X");
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_said() {
        let fault = of("AWS::IAM::Role").fault("R", &json!({ "RolName": "x" }));
        assert_eq!(
            fault.unwrap(),
            "Properties validation failed for resource R with message:\n[#: required key \
             [AssumeRolePolicyDocument] not found, #: extraneous key [RolName] is not permitted]"
        );
    }
}
