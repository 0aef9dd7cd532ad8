//! What is known of one resource: what its ids and attributes are made of.

use serde_json::Value as Json;

use crate::name::{AccountId, Region};

/// What the ids and attributes of a resource are made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub account: &'a AccountId,
    pub region: &'a Region,
    /// The resource's name, given or generated.
    pub name: &'a str,
    /// A UUID that is this resource's alone.
    pub token: &'a str,
    /// Its properties, resolved.
    pub properties: &'a Json,
}
