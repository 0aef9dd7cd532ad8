//! The object of a lock: whose it is, and how often that one was heard of.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bucket::{StateBucket, StateError};
use super::lease::{FoundLock, LEASE};
use super::process_mark::ProcessMark;
use crate::cloud::StoredObject;
use crate::journal::Holder;
use crate::name::{EnvironmentName, RunId};

/// The form of the object.
pub(super) const LOCK_SCHEMA: u32 = 1;

/// What stands in the object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LockBody {
    pub schema: u32,
    /// Whose it is: another one each time that it is taken. Nobody's without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How often its owner was heard of.
    pub beat: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessMark>,
    /// Runs of owners before that are not closed yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unclosed: Vec<RunId>,
}

/// Returns the name of a lock in its place.
pub(super) fn lock_name(environment: &EnvironmentName) -> String {
    format!("locks/{environment}.json")
}

/// Who has a lock, and how long ago that was written.
#[derive(Clone, Debug)]
pub struct LockView {
    /// Who has it, once that is written down.
    pub holder: Option<Holder>,
    /// How long ago it was heard of, by the clock of the place.
    pub age: Option<Duration>,
    /// Whether it is known to be gone.
    pub is_gone: bool,
}

/// Returns who has a lock by that name; nothing if nobody has.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn look(bucket: &StateBucket, name: &str) -> Result<Option<LockView>, StateError> {
    let Some(StoredObject { content, age, .. }) = bucket.read(name).await? else { return Ok(None) };
    let body = read_body(bucket, name, &content)?;
    Ok(body.token.is_some().then(|| LockView {
        is_gone: body.process.as_ref().is_some_and(ProcessMark::is_gone)
            || age.is_some_and(|age| age >= LEASE),
        holder: body.holder,
        age,
    }))
}

/// Returns what stands where a lock is, who wrote it, and how long ago.
///
/// # Errors
/// If it cannot be read, or is no lock.
pub(super) async fn found(
    bucket: &StateBucket,
    name: &str,
) -> Result<(FoundLock, Option<LockBody>, Option<Duration>), StateError> {
    let Some(StoredObject { content, etag, age }) = bucket.read(name).await? else {
        return Ok((FoundLock::Absent, None, None));
    };
    let body = read_body(bucket, name, &content)?;
    let found = match &body.token {
        None => FoundLock::Free { etag },
        Some(_) => {
            let is_gone = body.process.as_ref().is_some_and(ProcessMark::is_gone);
            FoundLock::Held { etag, age, is_gone }
        }
    };
    Ok((found, Some(body), age))
}

/// Reads what stands in the object of a lock.
///
/// # Errors
/// If it is no lock, or of a newer version.
pub(super) fn read_body(
    bucket: &StateBucket,
    name: &str,
    content: &[u8],
) -> Result<LockBody, StateError> {
    let body = serde_json::from_slice::<LockBody>(content);
    let body = body.map_err(|error| bucket.broken(name, format!("it is no lock: {error}")))?;
    match body.schema {
        LOCK_SCHEMA => Ok(body),
        newer => Err(bucket.broken(name, format!("it is of a newer xdeploy (schema {newer})"))),
    }
}
