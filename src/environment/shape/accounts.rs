//! Lists of accounts.

use serde_json::{Map, Value as Json, json};

use super::collection::List;
use super::value_shape::{ValueShape, object};
use crate::document::{Fault, Key, Node, quoted};
use crate::environment::account_list::AccountItem;
use crate::environment::mention::{Mention, Mentioned};
use crate::environment::placed::Placed;
use crate::environment::reader::FileReader;

/// A list of accounts, by name, pattern, group, or `source`; `!` takes away what stands before.
pub(in crate::environment) struct Accounts {
    /// How many items there must be.
    pub least: usize,
    /// Whether it is a group's: then `source` is none of it, and its patterns may match nothing.
    pub is_of_group: bool,
    /// Whether accounts are in it before its first item.
    pub is_over_others: bool,
}

impl Accounts {
    /// A list that says where something goes.
    pub const SOME: Self = Self { least: 1, is_of_group: false, is_over_others: false };
    /// A list that says who is in a group.
    pub const OF_GROUP: Self = Self { least: 0, is_of_group: true, is_over_others: false };
    /// The same for a group that has accounts of an organization.
    pub const OVER_MEMBERS: Self = Self { is_over_others: true, ..Self::OF_GROUP };

    fn list(&self) -> List<AccountGlob> {
        List {
            needed: self.needed(),
            least: self.least,
            most: None,
            of: AccountGlob { is_of_group: self.is_of_group },
        }
    }
}

impl ValueShape for Accounts {
    type Value = Vec<Placed<String>>;

    fn needed(&self) -> &'static str {
        "a list of account names or patterns"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        let items = self.list().read(reader, key, node)?;
        if let Some(first) = items.first()
            && AccountItem::of(&first.value).takes_away
            && !self.is_over_others
        {
            let begin = if self.is_of_group { "" } else { ", such as `\"*\"`" };
            reader.faults.push(|| {
                Fault::at(&first.place, format!("{} takes away from nothing", quoted(&first.value)))
                    .with_label("nothing stands before it")
                    .with_help(format!("begin the list with what it is taken from{begin}"))
            });
        }
        Some(items)
    }

    fn schema(&self) -> Map<String, Json> {
        self.list().schema()
    }
}

/// One of them: a name, or a pattern of `*`, `?`, `[…]` and `{…,…}`.
struct AccountGlob {
    is_of_group: bool,
}

impl ValueShape for AccountGlob {
    type Value = Placed<String>;

    fn needed(&self) -> &'static str {
        "an account name or pattern"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Self::Value> {
        if let Some(tag) = node.tag.as_ref().filter(|_| node.as_text() == Some("")) {
            let written = quoted(&format!("!{tag}"));
            reader.faults.push(|| {
                Fault::at(&node.place, format!("{written} without quotes is a tag of YAML"))
                    .with_label("names no account")
                    .with_help(format!("put it in quotes: `\"!{tag}\"`"))
            });
            return None;
        }
        let text = reader.scalar(key, node, self.needed())?.to_owned();
        let what = Mentioned::AccountItem { written: text.clone(), is_of_group: self.is_of_group };
        reader.mentions.push(Mention { what, place: node.place.clone() });
        Some(Placed { value: text, place: node.place.clone() })
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "string", "minLength": 1 }))
    }
}
