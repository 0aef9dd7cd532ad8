//! Early validation: what is wrong with a template's resources before any is touched, as their schemas and the names
//! that are taken tell.
//!
//! Source: the CloudFormation user guide, "Validate stack deployments"; the words are those that users report.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::finding::{Finder, StoredFinding};
use super::made_up::is_made_up;
use super::operation_id::{self, uuid_of};
use super::resource_type::ResourceType;
use super::stack::StoredStack;
use super::transform::may_change_parts;
use super::{resource_types, taken_names};
use crate::sandbox::world::{OwnersByBucket, SandboxAccount};

/// A stack that is validated before it changes.
pub struct EarlyValidation<'a> {
    pub account: &'a SandboxAccount,
    /// Who owns each bucket.
    pub owners: &'a OwnersByBucket,
    /// The stack as it is.
    pub stack: &'a StoredStack,
    /// The template that it is to have.
    pub template: &'a Json,
}

impl EarlyValidation<'_> {
    /// Returns what is wrong with a resource, for a change set; `value` tells what its properties come to, as far as that is
    /// known.
    pub fn of_resource(
        &self,
        id: &str,
        value: impl Fn(&Json) -> Json,
        (change_set, at): (&str, Timestamp),
    ) -> Vec<StoredFinding> {
        let definition = &self.template["Resources"][id];
        let type_name = definition["Type"].as_str().unwrap_or_default();
        let operation = operation_id::of_change_set(change_set);
        let finding = |(finder, reason): (Finder, String)| StoredFinding {
            id: uuid_of(&format!("{operation}/{id}/{reason}")),
            operation: operation.clone(),
            change_set: Some(change_set.to_owned()),
            at,
            logical_id: id.to_owned(),
            resource_type: type_name.to_owned(),
            finder,
            reason,
            is_warning: false,
        };
        if may_change_parts(self.template) {
            return Vec::new();
        }
        let (kind, properties) = (resource_types::of(type_name), value(&definition["Properties"]));
        let faults = property_faults(kind, id, &properties).into_iter();
        faults.chain(self.taken_name(kind, id, &properties)).map(finding).collect()
    }

    /// Returns that a resource that is yet to be made is given a name that somebody has.
    fn taken_name(
        &self,
        kind: &ResourceType,
        id: &str,
        properties: &Json,
    ) -> Option<(Finder, String)> {
        let property = kind.name?;
        let name = properties[property].as_str().filter(|_| !is_made_up(&properties[property]))?;
        let standing = self.stack.standing(id).filter(|it| !it.physical_id.is_empty());
        let is_own = standing.is_some_and(|standing| standing.name.as_deref() == Some(name));
        let known = (self.account, self.owners);
        if is_own || !taken_names::is_taken(known, &self.stack.region, kind, name) {
            return None;
        }
        let path = format!("/Resources/{id}/Properties/{property}");
        let type_name = kind.type_name;
        let reason =
            format!("Resource of type '{type_name}' with identifier '{name}' already exists.");
        Some((Finder::TakenName { path }, reason))
    }
}

fn property_faults(kind: &ResourceType, id: &str, properties: &Json) -> Vec<(Finder, String)> {
    let place = format!("/Resources/{id}/Properties");
    let missing = kind.missing(properties).map(|name| {
        let reason = format!("Required property [{name}] not found");
        (Finder::Validation { path: place.clone() }, reason)
    });
    let surplus = kind.surplus(properties).map(|key| {
        let reason = format!("Unsupported property [{key}]");
        (Finder::Validation { path: format!("{place}/{key}") }, reason)
    });
    missing.chain(surplus).collect()
}
