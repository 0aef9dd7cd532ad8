//! `groups`: accounts that have a name together, and what they have in common.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::group_order;
use super::inherited::{ABOUT_ASSUME_ROLE, ASSUME_ROLE, REGIONS, VARIABLES, texts};
use super::keys::MappingKeys;
use super::model::{AccountSpec, GroupSpec};
use super::organization::members_of_group;
use super::placed::Placed;
use super::shape::{Accounts, ByName, Record};
use crate::document::Fault;
use crate::name::GroupName;

/// `groups`.
pub(super) const GROUPS: ByName<GroupName, Record<GroupSpec>> = ByName {
    needed: "a mapping of groups",
    least: 0,
    names: PhantomData,
    of: Record { needed: "a mapping with `accounts`", keys: group },
};

/// The most groups of a file: each account is looked for in all of them, and nobody keeps track of more.
const MOST_GROUPS: usize = 1000;

fn group(keys: &mut MappingKeys<'_>) -> Option<GroupSpec> {
    let members = members_of_group(keys);
    let about = "Its accounts, by name, pattern or another group's name; `!` takes away what stands before.";
    let listed = match members.is_empty() {
        true => Accounts::OF_GROUP,
        false => Accounts::OVER_MEMBERS,
    };
    let accounts = match members.place {
        Some(_) => keys.optional("accounts", about, &listed).or_else(|| Some(Vec::new())),
        None => keys.required("accounts", about, &listed),
    };
    let regions =
        keys.optional("regions", "The Regions of its accounts, instead of the file's.", &REGIONS);
    let assume_role = keys.optional("assume-role", ABOUT_ASSUME_ROLE, &ASSUME_ROLE);
    let variables =
        keys.optional("variables", "Variables of its accounts, over the file's.", &VARIABLES);
    Some(GroupSpec {
        name: keys.own_name()?,
        members,
        accounts: accounts?,
        regions,
        assume_role: assume_role.unwrap_or_default(),
        variables: texts(variables.unwrap_or_default()),
    })
}

/// Refuses groups that have an account's name, that contain each other in a circle, and more than there may be.
pub(super) fn refuse(
    keys: &mut MappingKeys<'_>,
    groups: &mut Vec<GroupSpec>,
    accounts: &[AccountSpec],
) {
    refuse_clashes(keys, groups, accounts);
    if let Some(group) = groups.get(MOST_GROUPS) {
        keys.refuse(|| {
            Fault::at(&group.name.place, format!("the file has more than {MOST_GROUPS} groups"))
                .with_label("one too many")
        });
        groups.truncate(MOST_GROUPS);
    } else if let Err(circle) = group_order::sort(groups) {
        keys.refuse(|| told_circle(groups, &circle.groups));
    }
}

fn refuse_clashes(keys: &mut MappingKeys<'_>, groups: &[GroupSpec], accounts: &[AccountSpec]) {
    let by_name: BTreeMap<&str, &AccountSpec> =
        accounts.iter().map(|account| (account.name.value.as_str(), account)).collect();
    for Placed { value: name, place } in groups.iter().map(|group| &group.name) {
        if name.as_str() == "source" {
            keys.refuse(|| {
                Fault::at(place, "`source` is the source account's own name")
                    .with_label("not free for a group")
                    .with_help("give the group another name")
            });
        }
        if let Some(account) = by_name.get(name.as_str()) {
            keys.refuse(|| {
                Fault::at(place, format!("`{name}` is the name of an account as well"))
                    .with_label("this group")
                    .with_help(format!(
                        "the account stands at {}: give one of the two another name",
                        account.name.place
                    ))
            });
        }
    }
}

/// The most names of a circle that a message shows.
const MOST_NAMES: usize = 8;

fn told_circle(groups: &[GroupSpec], circle: &[usize]) -> Fault {
    let name = |at: &usize| groups[*at].name.value.as_str();
    let mut names: Vec<&str> = circle.iter().take(MOST_NAMES).map(name).collect();
    if circle.len() > MOST_NAMES {
        names.push("…");
    }
    names.push(name(&circle[0]));
    let message = match circle {
        [one] => format!("the group `{}` lists itself", name(one)),
        _ => format!("groups list each other in a circle: {}", names.join(" -> ")),
    };
    Fault::at(&groups[circle[0]].name.place, message)
        .with_label("leads back to itself")
        .with_help("take one of them out of the other's `accounts`")
}
