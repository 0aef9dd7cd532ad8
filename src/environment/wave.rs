//! One of `rollout.waves`: a list of accounts, or a mapping that says more of the wave.

use serde_json::{Map, Value as Json, json};

use super::keys::MappingKeys;
use super::reader::FileReader;
use super::rollout::{Approve, Wave};
use super::shape::{Accounts, Choice, Record, ValueShape};
use crate::document::{Key, Node, NodeValue};

/// A list of accounts, or a mapping with `accounts`.
pub(super) struct WaveShape;

const MAPPING: Record<Wave> = Record { needed: "a mapping with `accounts`", keys: wave };

const APPROVE: Choice<Approve> =
    Choice { needed: "when a wave is to be approved", words: Approve::WORDS, later: &[] };

impl ValueShape for WaveShape {
    type Value = Wave;

    fn needed(&self) -> &'static str {
        "a list of account names or patterns, or a mapping with `accounts`"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Wave> {
        if matches!(node.value, NodeValue::Mapping(_)) {
            return MAPPING.read(reader, key, node);
        }
        let accounts = Accounts::SOME.read(reader, key, node)?;
        Some(Wave { accounts, approve: Approve::default() })
    }

    fn schema(&self) -> Map<String, Json> {
        let either = json!({ "anyOf": [Accounts::SOME.schema(), MAPPING.schema()] });
        let Json::Object(schema) = either else { unreachable!("it is written as an object") };
        schema
    }
}

fn wave(keys: &mut MappingKeys<'_>) -> Option<Wave> {
    let accounts = keys.required(
        "accounts",
        "The wave's accounts, as a list of accounts that stands in its place.",
        &Accounts::SOME,
    );
    let approve = keys.optional(
        "approve",
        "Whether somebody must approve the wave before it begins: `always`; `if-lost`, if something in it would be replaced or removed; `never`, the default. `--yes` approves no wave.",
        &APPROVE,
    );
    Some(Wave { accounts: accounts?, approve: approve.unwrap_or_default() })
}
