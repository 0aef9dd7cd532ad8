//! The keys of a mapping, read one by one.
//!
//! A mapping is described by the very function that reads it: each call of [`MappingKeys::required`] or
//! [`MappingKeys::optional`] names a key, says what it is for and how its value looks. With a mapping at
//! hand the calls yield values and the keys that nobody asked for are refused; without one the same
//! calls yield the JSON Schema. So the two, and "did you mean", cannot drift apart.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::placed::Placed;
use super::reader::{FileReader, called};
use super::shape::{ValueShape, or_null};
use crate::document::{Fault, Key, Node, Place, SourceFile, did_you_mean, nearest, quoted};
use crate::name::Name;

/// The keys of a mapping, asked for one by one.
pub(super) enum MappingKeys<'a> {
    /// A mapping is read.
    Reading(Mapping<'a>),
    /// There is none: what could stand in it is written down.
    Describing {
        /// The schemas of its keys.
        properties: Map<String, Json>,
        /// How keys begin that are the user's own.
        users_own: Option<&'static str>,
    },
}

/// A mapping that is being read.
pub(super) struct Mapping<'a> {
    reader: &'a mut FileReader,
    /// The key whose value it is.
    own: &'a Key,
    entries: &'a [(Key, Node)],
    names: KeyNames,
}

/// Which keys a mapping may have.
#[derive(Default)]
struct KeyNames {
    /// The keys that were asked for.
    known: Vec<&'static str>,
    /// How keys begin that are the user's own.
    users_own: Option<&'static str>,
}

impl KeyNames {
    fn has(&self, name: &str) -> bool {
        let is_users_own = self.users_own.is_some_and(|begin| name.starts_with(begin));
        is_users_own || self.known.contains(&name)
    }
}

impl MappingKeys<'_> {
    /// Returns the schema of a mapping that `read` would read.
    pub fn describe<T>(read: fn(&mut MappingKeys<'_>) -> Option<T>) -> Map<String, Json> {
        let mut keys = MappingKeys::Describing { properties: Map::new(), users_own: None };
        read(&mut keys);
        let MappingKeys::Describing { properties, users_own } = keys else {
            unreachable!("describing stays describing")
        };
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Json::Object(properties));
        if let Some(begin) = users_own {
            let anything = json!({ format!("^{begin}"): {} });
            schema.insert("patternProperties".to_owned(), anything);
        }
        schema.insert("additionalProperties".to_owned(), json!(false));
        schema
    }

    /// Reads a key that must be there.
    pub fn required<S: ValueShape>(
        &mut self,
        name: &'static str,
        about: &str,
        shape: &S,
    ) -> Option<S::Value> {
        if let Self::Reading(mapping) = self {
            let Some((key, _)) = mapping.find(name) else {
                mapping.names.known.push(name);
                mapping.refuse_absence(name, about);
                return None;
            };
            mapping.reader.needed = Some(key.place.clone());
        }
        self.optional(name, about, shape)
    }

    /// Reads a key that may be there.
    pub fn optional<S: ValueShape>(
        &mut self,
        name: &'static str,
        about: &str,
        shape: &S,
    ) -> Option<S::Value> {
        match self {
            Self::Reading(mapping) => {
                mapping.names.known.push(name);
                let (key, node) = mapping.find(name)?;
                shape.read(mapping.reader, key, node)
            }
            Self::Describing { properties, .. } => {
                let mut schema = Map::from_iter([("description".to_owned(), json!(about))]);
                schema.extend(or_null(shape.schema()));
                properties.insert(name.to_owned(), Json::Object(schema));
                None
            }
        }
    }

    /// Leaves keys that begin like this to the user, whatever they hold: anchors, or what other programs read.
    pub fn leave_to_user(&mut self, begin: &'static str) {
        match self {
            Self::Reading(mapping) => mapping.names.users_own = Some(begin),
            Self::Describing { users_own, .. } => *users_own = Some(begin),
        }
    }

    /// Returns the name under which the mapping itself stands, if it keeps the rule for names.
    pub fn own_name<N: Name>(&self) -> Option<Placed<N>> {
        let Self::Reading(mapping) = self else { return None };
        let value = mapping.own.text.parse().ok()?;
        Some(Placed { value, place: mapping.own.place.clone() })
    }

    /// Returns where the name stands under which the mapping itself stands.
    pub fn own_place(&self) -> Option<Place> {
        let Self::Reading(mapping) = self else { return None };
        Some(mapping.own.place.clone())
    }

    /// Returns the file that is read: the uppermost one.
    pub fn file(&self) -> Option<Arc<SourceFile>> {
        let Self::Reading(mapping) = self else { return None };
        Some(mapping.own.place.file.clone())
    }

    /// Returns where a key stands, if it is there.
    pub fn place_of(&self, name: &str) -> Option<Place> {
        let Self::Reading(mapping) = self else { return None };
        mapping.find(name).map(|(key, _)| key.place.clone())
    }

    /// Adds a fault that no single value shows.
    pub fn refuse(&mut self, fault: impl FnOnce() -> Fault) {
        if let Self::Reading(mapping) = self {
            mapping.reader.faults.push(fault);
        }
    }
}

impl<'a> Mapping<'a> {
    /// Reads `entries`, the value of `own`, with `read` and refuses the keys it does not ask for. What stands under
    /// such a key is read under the one that is most likely meant, so that it hides no other fault and makes none.
    pub fn read<T>(
        reader: &mut FileReader,
        own: &Key,
        entries: &[(Key, Node)],
        read: impl Fn(&mut MappingKeys<'_>) -> Option<T>,
    ) -> Option<T> {
        let before = reader.so_far();
        let (value, names) = Self::read_once(reader, own, entries, &read);
        let is_unknown = |key: &Key| !names.has(&key.text);
        let unknown: Vec<&Key> =
            entries.iter().map(|(key, _)| key).filter(|key| is_unknown(key)).collect();
        if unknown.is_empty() {
            return value;
        }
        reader.forget_since(before);
        let meant = as_meant(entries, &names.known, is_unknown);
        let (value, _) = Self::read_once(reader, own, &meant, &read);
        for key in unknown {
            reader.refuse_unknown_key(|| unknown_key(key, &names.known));
        }
        value
    }

    fn read_once<T>(
        reader: &mut FileReader,
        own: &Key,
        entries: &[(Key, Node)],
        read: impl Fn(&mut MappingKeys<'_>) -> Option<T>,
    ) -> (Option<T>, KeyNames) {
        let names = KeyNames::default();
        let mut keys = MappingKeys::Reading(Mapping { reader, own, entries, names });
        let value = read(&mut keys);
        let MappingKeys::Reading(mapping) = keys else { unreachable!("reading stays reading") };
        (value, mapping.names)
    }

    fn find(&self, name: &str) -> Option<&'a (Key, Node)> {
        self.entries.iter().find(|(key, _)| key.text == name)
    }

    fn refuse_absence(&mut self, name: &str, about: &str) {
        let own = self.own;
        self.reader.faults.push(|| {
            Fault::at(&own.place, format!("{} has no `{name}`", called(own)))
                .with_label(format!("`{name}` is missing"))
                .with_help(format!("`{name}`: {about}"))
        });
    }
}

/// Returns entries with each unknown key as the known one that is most likely meant, unless that stands there as
/// well; others are left out.
fn as_meant(
    entries: &[(Key, Node)],
    known: &[&'static str],
    is_unknown: impl Fn(&Key) -> bool,
) -> Vec<(Key, Node)> {
    let mut taken: BTreeSet<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
    let mut meant = Vec::new();
    for (key, node) in entries {
        if !is_unknown(key) {
            meant.push((key.clone(), node.clone()));
            continue;
        }
        let Some(name) = nearest(&key.text, known.iter().copied()) else { continue };
        if taken.insert(name) {
            meant.push((Key { text: name.to_owned(), ..key.clone() }, node.clone()));
        }
    }
    meant
}

fn unknown_key(key: &Key, known: &[&'static str]) -> Fault {
    let help = did_you_mean(&key.text, known.iter().copied()).unwrap_or_else(|| match known {
        [only] => format!("the only key here is `{only}`"),
        _ => format!("the keys here are `{}`", known.join("`, `")),
    });
    Fault::at(&key.place, format!("unknown key {}", quoted(&key.text)))
        .with_label("not a key that stands here")
        .with_help(help)
}
