//! `overrides` of a stack: what differs in some of the places where it stands.

use std::marker::PhantomData;

use serde_json::{Map, Value as Json};

use super::inherited::REGIONS;
use super::keys::MappingKeys;
use super::model::OverrideSpec;
use super::placed::Placed;
use super::reader::FileReader;
use super::shape::{
    Accounts, ByName, Joined, List, Phrase, Record, Removable, ValueShape, WithPlace,
};
use super::text::Text;
use crate::document::{Fault, Key, Node};
use crate::name::{ParameterName, TagKey};

/// `overrides`.
pub(super) const OVERRIDES: List<Override> =
    List { needed: "a list of overrides", least: 0, most: None, of: Override };

/// The most overrides of a stack: each is looked at for every account, and nobody keeps track of more.
const MOST: usize = 1000;

/// The keys that say where an override applies, and change nothing by themselves.
const SELECTION: [&str; 2] = ["accounts", "regions"];

const KEYS: WithPlace<Record<OverrideSpec>> =
    WithPlace(Record { needed: "a mapping with `parameters` or `tags`", keys: override_spec });

const PARAMETERS: ByName<ParameterName, Removable<Joined>> = ByName {
    needed: "a mapping of parameters",
    least: 0,
    names: PhantomData,
    of: Removable(Joined),
};

const TAGS: ByName<TagKey, Removable<Phrase>> = ByName {
    needed: "a mapping of tags",
    least: 0,
    names: PhantomData,
    of: Removable(Phrase::ANY),
};

fn override_spec(keys: &mut MappingKeys<'_>) -> Option<OverrideSpec> {
    let accounts = keys.optional(
        "accounts",
        "The accounts where it applies, as `accounts` of the stack names them; all of the stack's without this.",
        &Accounts::SOME,
    );
    let regions = keys.optional(
        "regions",
        "The Regions where it applies; all of the stack's without this.",
        &REGIONS,
    );
    let parameters = keys.optional(
        "parameters",
        "Parameters over the stack's: one without a value takes away, an empty mapping all.",
        &PARAMETERS,
    );
    let tags = keys.optional(
        "tags",
        "Tags over the stack's, the account's and the file's: one without a value takes away, an empty mapping all of the stack's.",
        &TAGS,
    );
    let parameters = parameters.map(|parameters| parameters.into_iter().map(plainly_named));
    Some(OverrideSpec {
        accounts,
        regions,
        parameters: parameters.map(Iterator::collect),
        tags: tags.map(|tags| tags.into_iter().map(plainly_named).collect()),
    })
}

fn plainly_named<N: Into<String>>(
    (name, text): (Placed<N>, Option<Text>),
) -> (Placed<String>, Option<Text>) {
    (Placed { value: name.value.into(), place: name.place }, text)
}

/// One of `overrides`.
pub(super) struct Override;

impl ValueShape for Override {
    type Value = Placed<OverrideSpec>;

    fn needed(&self) -> &'static str {
        KEYS.needed()
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let read = KEYS.read(reader, key, node)?;
        let only_selects = |(key, _): &(Key, Node)| SELECTION.contains(&key.text.as_str());
        if node.entries().is_some_and(|entries| entries.iter().all(only_selects)) {
            reader.faults.push(|| {
                Fault::at(&node.place, "the override changes nothing")
                    .with_label("`parameters` or `tags` are needed here")
                    .with_help("say what differs, or take the override out")
            });
        }
        Some(read)
    }

    fn schema(&self) -> Map<String, Json> {
        KEYS.schema()
    }
}

/// Refuses more overrides of a stack than there may be.
pub(super) fn refuse_too_many(
    keys: &mut MappingKeys<'_>,
    overrides: &mut Vec<Placed<OverrideSpec>>,
) {
    if let Some(extra) = overrides.get(MOST) {
        keys.refuse(|| {
            Fault::at(&extra.place, format!("the stack has more than {MOST} overrides"))
                .with_label("one too many")
                .with_help("a group can say the same of many accounts at once")
        });
        overrides.truncate(MOST);
    }
}
