//! `guards`: what is looked at before anything is changed, and refuses a run.

use super::keys::MappingKeys;
use super::placed::Placed;
use super::shape::{List, NameShape, Record};
use crate::name::TypePattern;

/// `guards`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guards {
    /// `keep`: resources of these types are neither replaced nor removed unless a person allows it.
    pub keep: Vec<Placed<TypePattern>>,
}

const GUARDS: Record<Guards> = Record { needed: "a mapping with `keep`", keys: guards };

const TYPES: List<NameShape<TypePattern>> =
    List { needed: "a list of resource types", least: 0, most: None, of: NameShape::new() };

/// Reads `guards` of a file.
pub(super) fn of_file(keys: &mut MappingKeys<'_>) -> Guards {
    let guards = keys.optional(
        "guards",
        "What is looked at before anything is changed; what it forbids refuses the whole run, with exit code 5.",
        &GUARDS,
    );
    guards.unwrap_or_default()
}

fn guards(keys: &mut MappingKeys<'_>) -> Option<Guards> {
    let keep = keys.optional(
        "keep",
        "Resource types, in which `*` stands for any characters: a run that would replace or remove such a resource is refused, unless --allow replace:TYPE or --allow remove:TYPE says that it may.",
        &TYPES,
    );
    Some(Guards { keep: keep.unwrap_or_default() })
}
