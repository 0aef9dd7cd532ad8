//! The state of one account: its IAM, the names that are taken, its stacks, buckets, parameters and
//! pipelines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::name::{AccountId, Region};
use crate::sandbox::caller::key_id;
use crate::sandbox::cloudformation::StoredStack;
use crate::sandbox::codepipeline::CodePipeline;
use crate::sandbox::iam::{Group, ManagedPolicy, Role, User};

/// The state of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxAccount {
    pub id: AccountId,
    /// How many ids it has given out; the next one follows from it.
    given: u64,
    /// Its roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Its users by name.
    #[serde(default)]
    pub users: BTreeMap<String, User>,
    /// Its groups by name.
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
    /// Its own managed policies by ARN.
    #[serde(default)]
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// What its resources are called, by [`name_key`].
    pub names: BTreeMap<String, TakenName>,
    /// Its stacks by ARN, those that were deleted too.
    pub stacks: BTreeMap<String, StoredStack>,
    /// Its buckets by name.
    pub buckets: BTreeMap<String, StoredBucket>,
    /// The parameters of its parameter stores, by [`name_key`].
    #[serde(default)]
    pub parameters: BTreeMap<String, StoredParameter>,
    /// What its secrets hold, by ARN; of those that stacks made, only what they were given since.
    #[serde(default)]
    pub secrets: BTreeMap<String, StoredSecret>,
    /// What it sent to topics and event buses, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<StoredMessage>,
    /// Its pipelines and custom actions.
    #[serde(default)]
    pub code_pipeline: CodePipeline,
}

/// A parameter in a Region's parameter store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredParameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    pub value: String,
    /// How many values it has had.
    pub version: u64,
    /// When it got this one.
    pub changed: Timestamp,
}

impl StoredParameter {
    /// Returns the parameter with another value.
    pub fn with_value(&self, value: &str, now: Timestamp) -> Self {
        let (kind, version) = (self.kind.clone(), self.version + 1);
        Self { kind, value: value.to_owned(), version, changed: now }
    }
}

/// What a secret holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// The secret's name.
    pub name: String,
    /// Its newest text.
    pub text: String,
    /// The id of the version with this text.
    pub version_id: String,
}

/// What it holds is never printed.
impl std::fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version_id)
    }
}

/// A message that a topic or an event bus took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredMessage {
    /// The ARN of the topic, or of the event bus.
    pub to: String,
    /// When it was taken.
    pub at: Timestamp,
    /// Its subject, or the event's detail type.
    pub subject: String,
    /// Its text, or the event's detail.
    pub text: String,
}

/// A name that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenName {
    /// What `Ref` returns for its holder: the name itself, an ARN or an address.
    pub id: String,
    /// The ARN of the stack its holder belongs to, if it belongs to one.
    pub stack: Option<String>,
}

/// A bucket and what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredBucket {
    /// Where it stands.
    pub region: Region,
    /// Its objects by key.
    pub objects: BTreeMap<String, Object>,
}

/// What is known of an object besides its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenObject")]
pub struct Object {
    /// Its ETag, quotes included.
    pub etag: String,
    /// How long its content is.
    pub content_bytes: u64,
    /// When it was written.
    pub changed: Timestamp,
    /// The SHA-256 that was sent with it, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// An object as a file holds it; older ones hold the ETag only.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenObject {
    Tag(String),
    Whole {
        etag: String,
        content_bytes: u64,
        changed: Timestamp,
        #[serde(default)]
        checksum: Option<String>,
    },
}

impl From<WrittenObject> for Object {
    fn from(written: WrittenObject) -> Self {
        match written {
            WrittenObject::Tag(etag) => {
                Self { etag, content_bytes: 0, changed: Timestamp::UNIX_EPOCH, checksum: None }
            }
            WrittenObject::Whole { etag, content_bytes, changed, checksum } => {
                Self { etag, content_bytes, changed, checksum }
            }
        }
    }
}

impl SandboxAccount {
    /// Returns an empty account.
    pub fn empty(id: AccountId) -> Self {
        Self {
            id,
            given: 0,
            roles: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            policies: BTreeMap::new(),
            names: BTreeMap::new(),
            stacks: BTreeMap::new(),
            buckets: BTreeMap::new(),
            parameters: BTreeMap::new(),
            secrets: BTreeMap::new(),
            messages: Vec::new(),
            code_pipeline: CodePipeline::default(),
        }
    }

    /// Returns `length` capital letters and digits that this account has not given out before.
    ///
    /// They follow from the account and from what it gave out, so that the same run gives the same
    /// ids.
    pub fn fresh_id(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        self.fresh_bytes()
            .iter()
            .cycle()
            .take(length)
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect()
    }

    /// Returns a UUID that this account has not given out before.
    pub fn fresh_uuid(&mut self) -> String {
        let hex: String =
            self.fresh_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// Returns an access key id that this account has not given out before.
    pub fn fresh_key_id(&mut self) -> String {
        let bytes = self.fresh_bytes()[..16].try_into().expect("a digest has 32 bytes");
        key_id("AKIA", &self.id, u128::from_be_bytes(bytes))
    }

    fn fresh_bytes(&mut self) -> [u8; 32] {
        self.given += 1;
        Sha256::digest(format!("{}/{}", self.id, self.given)).into()
    }

    /// Returns the stack of that name, as long as it is not deleted, or the stack of that ARN.
    pub fn stack(&self, region: &Region, name_or_id: &str) -> Option<&StoredStack> {
        if name_or_id.starts_with("arn:") {
            return self.stacks.get(name_or_id);
        }
        self.stacks
            .values()
            .find(|stack| &stack.region == region && stack.name == name_or_id && !stack.is_gone())
    }
}

/// Returns the key of a name in [`SandboxAccount::names`]; global services have no Region.
pub fn name_key(resource_type: &str, region: Option<&Region>, name: &str) -> String {
    format!("{resource_type}/{}/{name}", region.map(Region::as_str).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_given_out_twice() {
        let mut account = SandboxAccount::empty("100000000001".parse().unwrap());
        let ids: std::collections::BTreeSet<String> =
            (0..1000).map(|_| account.fresh_id(12)).collect();
        assert_eq!(ids.len(), 1000);
        assert_eq!(account.fresh_uuid().len(), 36);
    }
}
