//! `state`: where runs of the environment are kept.

use serde_json::{Map, Value as Json, json};

use super::keys::MappingKeys;
use super::reader::FileReader;
use super::shape::{Phrase, Record, ValueShape};
use super::text::Text;
use crate::document::{Key, Node, NodeValue};

/// `state`, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct StateSpec {
    /// `s3`, or the whole value where it is text: a place in S3, or a folder.
    pub place: Text,
    /// Whether it is `s3`, and so no folder.
    pub is_s3: bool,
    /// `owner`: the account that the bucket must belong to.
    pub owner: Option<Text>,
    /// `kms-key`: what is written there is encrypted with it.
    pub kms_key: Option<Text>,
}

/// What a place is called.
const PLACE: &str = "a place in S3 or a folder";

/// A place, or a mapping that says more of it.
pub(super) struct StateShape;

const MAPPING: Record<StateSpec> = Record { needed: "a mapping with `s3`", keys: state };

impl ValueShape for StateShape {
    type Value = StateSpec;

    fn needed(&self) -> &'static str {
        "a place in S3, a folder, or a mapping with `s3`"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<StateSpec> {
        if matches!(node.value, NodeValue::Mapping(_)) {
            return MAPPING.read(reader, key, node);
        }
        let place = Phrase::of(PLACE).read(reader, key, node)?;
        Some(StateSpec { place, is_s3: false, owner: None, kms_key: None })
    }

    fn schema(&self) -> Map<String, Json> {
        let either = json!({ "anyOf": [Phrase::of(PLACE).schema(), MAPPING.schema()] });
        let Json::Object(schema) = either else { unreachable!("it is written as an object") };
        schema
    }
}

fn state(keys: &mut MappingKeys<'_>) -> Option<StateSpec> {
    let place = keys.required(
        "s3",
        "The place, such as `s3://bucket/prefix`.",
        &Phrase::of("a place in S3"),
    );
    let owner = keys.optional(
        "owner",
        "The account that the bucket must belong to; default: the source account.",
        &Phrase::of("an account id"),
    );
    let kms_key = keys.optional(
        "kms-key",
        "The KMS key with which all that is kept is encrypted; the bucket's own encryption holds without it.",
        &Phrase::of("a KMS key's id, ARN or alias"),
    );
    Some(StateSpec { place: place?, is_s3: true, owner, kms_key })
}
