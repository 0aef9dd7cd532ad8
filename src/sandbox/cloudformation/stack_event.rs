//! What happened to a stack, as its events tell it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that happened to a stack or to a resource of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its own id.
    pub id: String,
    pub at: Timestamp,
    pub logical_id: String,
    /// What that is to AWS; empty while it is not made.
    pub physical_id: String,
    pub resource_type: String,
    /// The status it took.
    pub status: String,
    pub reason: Option<String>,
    /// Its properties, for a resource.
    pub properties: Option<String>,
    /// The token of the request that led to it.
    pub token: Option<String>,
    /// The hook that the event tells of, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookNote>,
}

/// What an event tells of a hook that found something wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookNote {
    /// The hook's type name.
    pub hook_type: String,
    pub reason: String,
    /// Whether the resource is made or changed all the same.
    pub is_warning: bool,
    /// The id of the hook's result.
    pub invocation: String,
}
