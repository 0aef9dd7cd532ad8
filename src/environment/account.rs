//! `accounts`: each by its name, with its id alone or with more.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::{Map, Value as Json, json};

use super::inherited::{ABOUT_ASSUME_ROLE, ASSUME_ROLE, REGIONS, TAGS, VARIABLES, texts};
use super::keys::{Mapping, MappingKeys};
use super::model::AccountSpec;
use super::placed::Placed;
use super::reader::FileReader;
use super::shape::{ByName, Id, Phrase, ValueShape};
use crate::document::{Fault, Key, Node, NodeValue};
use crate::name::{AccountId, AccountName};

/// `accounts`.
pub(super) const ACCOUNTS: ByName<AccountName, OneAccount> =
    ByName { needed: "a mapping of accounts", least: 1, names: PhantomData, of: OneAccount };

/// An account: its id, or a mapping with its id.
pub(super) struct OneAccount;

impl ValueShape for OneAccount {
    type Value = AccountSpec;

    fn needed(&self) -> &'static str {
        "an account id or a mapping with `id`"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<AccountSpec> {
        match &node.value {
            NodeValue::Mapping(entries) => {
                reader.refuse_tag(node);
                Mapping::read(reader, key, entries, account)
            }
            NodeValue::Scalar { .. } => {
                let id = Id.read(reader, key, node);
                Mapping::read(reader, key, &[], |keys| account_with(keys, id.clone()))
            }
            NodeValue::Sequence(_) => {
                reader.refuse_kind(key, node, self.needed());
                None
            }
        }
    }

    fn schema(&self) -> Map<String, Json> {
        let long = MappingKeys::describe(account);
        Map::from_iter([("anyOf".to_owned(), json!([Id.schema(), long]))])
    }
}

fn account(keys: &mut MappingKeys<'_>) -> Option<AccountSpec> {
    let id = keys.required("id", "The account's 12-digit id.", &Id);
    account_with(keys, id)
}

fn account_with(keys: &mut MappingKeys<'_>, id: Option<Placed<AccountId>>) -> Option<AccountSpec> {
    let regions = keys.optional("regions", "Its Regions, instead of the file's.", &REGIONS);
    let profile = keys.optional(
        "profile",
        "The AWS profile it is entered with, instead of assuming a role.",
        &Phrase::of("a profile's name"),
    );
    let assume_role = keys.optional("assume-role", ABOUT_ASSUME_ROLE, &ASSUME_ROLE);
    let variables = keys.optional("variables", "Variables, over the file's.", &VARIABLES);
    let tags = keys.optional("tags", "Tags, over the file's.", &TAGS);

    if let (Some(place), Some(_)) = (keys.place_of("profile"), keys.place_of("assume-role")) {
        keys.refuse(|| {
            Fault::at(&place, "an account has either a `profile` or an `assume-role`")
                .with_label("with this no role is assumed")
        });
    }
    let name = keys.own_name::<AccountName>()?;
    if name.value.is_source() {
        keys.refuse(|| {
            Fault::at(&name.place, "`source` is the source account's own name")
                .with_label("not free for another account")
                .with_help("its id stands in `source: { account: … }`")
        });
    }
    Some(AccountSpec {
        shared_name: None,
        name,
        id: id?,
        regions,
        profile,
        assume_role: assume_role.unwrap_or_default(),
        variables: texts(variables.unwrap_or_default()),
        tags: tags.map(texts),
    })
}

/// Refuses accounts that have the id of one before them: a stack would have two owners.
pub(super) fn refuse_shared_ids(keys: &mut MappingKeys<'_>, accounts: &[AccountSpec]) {
    let mut first: BTreeMap<&AccountId, &AccountSpec> = BTreeMap::new();
    for account in accounts {
        if let Some(other) = first.get(&account.id.value) {
            keys.refuse(|| {
                let (name, id) = (&account.name.value, &account.id.value);
                Fault::at(
                    &account.id.place,
                    format!("`{name}` has the id of `{}`", other.name.value),
                )
                .with_label(format!("{id} is `{}` already", other.name.value))
                .with_help("an account stands in a file once")
            });
        } else {
            first.insert(&account.id.value, account);
        }
    }
}
