//! What is asked of a role with AssumeRole: of the last one of a chain, of one on the way, of one that only
//! reads.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sts::types::Tag;

use crate::name::{RoleArn, SessionName};
use crate::plan::RoleEntry;

/// How long a session in a role on the way lasts: the longest that AWS gives after another role.
const ON_THE_WAY: Duration = Duration::from_secs(3600);

/// How long a session lasts that only reads.
const TO_READ: Duration = Duration::from_secs(900);

/// The role and how a session in it is asked for.
#[derive(Clone)]
pub(in crate::cloud) struct RoleRequest {
    pub role: RoleArn,
    pub session_name: SessionName,
    pub duration: Duration,
    pub external_id: Option<String>,
    pub policy: Option<Arc<str>>,
    pub tags: Vec<Tag>,
    pub source_identity: Option<String>,
}

impl RoleRequest {
    /// Returns what is asked of the role at the end of the way.
    pub fn last(entry: &RoleEntry) -> Self {
        let tag = |(key, value): (&String, &String)| {
            Tag::builder().key(key).value(value).build().expect("a tag has a key and a value")
        };
        Self {
            role: entry.role.clone(),
            session_name: entry.session_name.clone(),
            duration: entry.duration,
            external_id: entry.external_id.as_ref().map(|id| id.as_str().to_owned()),
            policy: entry.session_policy.clone(),
            tags: entry.session_tags.iter().map(tag).collect(),
            // Whoever was named at the first role is kept by AWS through the chain.
            source_identity: entry.source_identity.clone().filter(|_| entry.via.is_empty()),
        }
    }

    /// Returns what is asked of a role that reads why others cannot be assumed.
    pub fn to_read(role: RoleArn) -> Self {
        Self {
            role,
            session_name: "xdeploy-doctor".parse().expect("it keeps the rule for session names"),
            duration: TO_READ,
            external_id: None,
            policy: None,
            tags: Vec::new(),
            source_identity: None,
        }
    }

    /// Returns what is asked of a role on the way.
    pub fn on_the_way(entry: &RoleEntry, position: usize) -> Self {
        Self {
            role: entry.via[position].clone(),
            session_name: entry.session_name.clone(),
            duration: ON_THE_WAY,
            external_id: None,
            policy: None,
            tags: Vec::new(),
            source_identity: entry.source_identity.clone().filter(|_| position == 0),
        }
    }
}
