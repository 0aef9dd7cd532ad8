//! `organization`: accounts that are found in AWS Organizations; and `units` and `tags`, with which groups mean some of
//! them as well.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use jiff::Timestamp;

use super::keys::MappingKeys;
use super::placed::Placed;
use super::shape::{ByName, List, PatternShape, Phrase, Record, TagValues};
use super::text::Text;
use crate::document::Place;
use crate::name::{AccountId, TagKey};
use crate::organization::{AccountFilter, Exception, KnownAccount, LeftOut, UnitPattern};

/// `organization`, and who was found.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationSpec {
    /// Where the key stands.
    pub place: Place,
    /// Which accounts, but for `except`.
    pub members: UnitsAndTags,
    /// `except`: names, patterns or ids of accounts that are left out.
    pub except: Vec<Exception>,
    /// `role`: assumed to ask Organizations, instead of asking with the source credentials.
    pub role: Option<Text>,
    /// The keys of tags that the file refers to with `${account.tags.KEY}`.
    pub tag_keys: BTreeSet<String>,
    /// Who was found; absent where nobody asked.
    pub found: Option<FoundAccounts>,
}

/// The accounts of an environment as Organizations knows them.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundAccounts {
    /// When Organizations was asked.
    pub listed: Timestamp,
    /// Whether nobody was asked: the accounts are made up.
    pub is_made_up: bool,
    /// All that it told of, whether the environment covers them or not.
    pub known: BTreeMap<AccountId, KnownAccount>,
    /// The accounts that the file does not name by itself.
    pub new: BTreeSet<AccountId>,
    /// Accounts in the units and with the tags that are left out, and why.
    pub left_out: BTreeMap<AccountId, LeftOut>,
}

/// `units` and `tags`: which accounts of an organization.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitsAndTags {
    /// `units`: in one of these.
    pub units: Vec<Placed<UnitPattern>>,
    /// `tags`: with all of these, each with one of its values.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Where the first of the two keys stands, if one does.
    pub place: Option<Place>,
}

impl UnitsAndTags {
    /// Returns the same, to be asked which accounts it means.
    pub fn filter(&self) -> AccountFilter {
        let units = self.units.iter().map(|unit| unit.value.clone()).collect();
        AccountFilter { units, tags: self.tags.clone(), except: Vec::new() }
    }

    /// Whether it means no account, as nothing is said.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.tags.is_empty()
    }
}

const UNITS: List<PatternShape<UnitPattern>> = List {
    needed: "a list of units",
    least: 1,
    most: None,
    of: PatternShape::of("a unit's path or id"),
};

const TAGS: ByName<TagKey, TagValues> =
    ByName { needed: "a mapping of tags", least: 0, names: PhantomData, of: TagValues };

/// `organization`.
pub(super) const ORGANIZATION: Record<OrganizationSpec> =
    Record { needed: "a mapping with `units`", keys: organization };

fn organization(keys: &mut MappingKeys<'_>) -> Option<OrganizationSpec> {
    let units = keys.required(
        "units",
        "The units whose accounts are meant: paths from the root, `*` for one level and `**` for any, or ids.",
        &UNITS,
    );
    let tags = keys.optional(
        "tags",
        "Only accounts with all of these tags in Organizations, each with one of its values.",
        &TAGS,
    );
    let except = keys.optional(
        "except",
        "Accounts that are left out, by name, pattern or id.",
        &List {
            needed: "a list of accounts",
            least: 0,
            most: None,
            of: PatternShape::<Exception>::of("an account's name, pattern or id"),
        },
    );
    let role = keys.optional(
        "role",
        "The ARN of a role that may read Organizations; the source credentials read it without one.",
        &Phrase::of("a role's ARN"),
    );
    let place = keys.own_place()?;
    Some(OrganizationSpec {
        members: members(keys, units, tags),
        except: except.unwrap_or_default().into_iter().map(|placed| placed.value).collect(),
        role,
        tag_keys: BTreeSet::new(),
        found: None,
        place,
    })
}

/// Reads `units` and `tags` of a group.
pub(super) fn members_of_group(keys: &mut MappingKeys<'_>) -> UnitsAndTags {
    let units = keys.optional(
        "units",
        "Accounts in these units of AWS Organizations, as `organization.units` names them.",
        &UNITS,
    );
    let tags = keys.optional(
        "tags",
        "Accounts with all of these tags in AWS Organizations, each with one of its values.",
        &TAGS,
    );
    members(keys, units, tags)
}

fn members(
    keys: &MappingKeys<'_>,
    units: Option<Vec<Placed<UnitPattern>>>,
    tags: Option<Vec<(Placed<TagKey>, Vec<String>)>>,
) -> UnitsAndTags {
    let tags = tags.unwrap_or_default().into_iter();
    UnitsAndTags {
        units: units.unwrap_or_default(),
        tags: tags.map(|(key, values)| (key.value.into(), values)).collect(),
        place: keys.place_of("units").or_else(|| keys.place_of("tags")),
    }
}
