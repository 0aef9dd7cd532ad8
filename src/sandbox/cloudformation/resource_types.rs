//! The resource types that the sandbox offers, one entry each, by what their services do.
//!
//! Properties, return values and what a change means are from the CloudFormation template reference
//! ("Resource and property reference", "Update requires"). Words in braces are filled in by
//! `resource_type`.

mod compute;
mod iam;
mod management;
mod messaging;
mod storage;

use super::resource_type::ResourceType;

const ALL: [&[ResourceType]; 5] =
    [iam::IAM, storage::STORAGE, messaging::MESSAGING, compute::COMPUTE, management::MANAGEMENT];

/// Returns what is known of a type.
pub fn find(type_name: &str) -> Option<&'static ResourceType> {
    all().find(|kind| kind.type_name == type_name)
}

fn all() -> impl Iterator<Item = &'static ResourceType> {
    ALL.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Region;
    use crate::sandbox::cloudformation::resource_type::Facts;
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
        let role = find("AWS::IAM::Role").unwrap();
        assert_eq!(role.attributes_of(&facts)["Arn"], "arn:aws:iam::100000000001:role/n");
    }

    #[test]
    fn a_generated_name_fits_and_ends_in_its_suffix() {
        let role = find("AWS::IAM::Role").unwrap();
        let name = role.generated_name(&"s".repeat(128), &"L".repeat(100), "ABCDEFGHIJKL");
        assert_eq!(name.len(), 64);
        assert!(name.ends_with("-ABCDEFGHIJKL"), "{name}");
        assert_eq!(role.generated_name("app", "Role", "X"), "app-Role-X");
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_said() {
        let fault = find("AWS::IAM::Role").unwrap().fault("R", &json!({ "RolName": "x" }));
        assert_eq!(
            fault.unwrap(),
            "Properties validation failed for resource R with message:\n[#: required key \
             [AssumeRolePolicyDocument] not found, #: extraneous key [RolName] is not permitted]"
        );
    }
}
