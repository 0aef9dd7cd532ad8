//! The tree of an organization: its root, its units with their ids, and what is in each.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::model::{MemberAccount, Organization};

/// An organization, looked up by ids.
pub struct OrganizationTree<'a> {
    pub organization: &'a Organization,
    /// `o-…`.
    pub id: String,
    /// `r-…`.
    pub root: String,
    /// Every unit by its path, which is empty for the root.
    units: BTreeMap<String, String>,
    /// The management account, where it is not listed.
    management: Option<MemberAccount>,
}

impl<'a> OrganizationTree<'a> {
    /// Returns the tree of an organization.
    pub fn of(organization: &'a Organization) -> Self {
        let management = &organization.management;
        let own = letters("root", management.as_str(), 4);
        let named = organization.unit_ids.get("").and_then(|id| id.strip_prefix("r-"));
        let root = named.map_or(own, str::to_owned);
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        let named = organization.units.iter().map(String::as_str);
        let with_id = organization.unit_ids.keys().map(String::as_str);
        let held = organization.accounts.iter().map(|account| account.unit.as_str());
        // Many accounts share a unit.
        let held: BTreeSet<&str> = named.chain(with_id).chain(held).collect();
        for path in held {
            paths.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
            paths.insert(path);
        }
        paths.remove("");
        let id_of = |path: &str| match organization.unit_ids.get(path) {
            Some(id) => id.clone(),
            None => format!("ou-{root}-{}", letters(path, management.as_str(), 8)),
        };
        let units = paths.into_iter().map(|path| (path.to_owned(), id_of(path)));
        let units = std::iter::once((String::new(), format!("r-{root}"))).chain(units).collect();
        let is_listed = organization.accounts.iter().any(|account| &account.id == management);
        let unlisted = || MemberAccount::new(management.clone(), "management", "");
        Self {
            organization,
            id: format!("o-{}", letters("organization", management.as_str(), 10)),
            root: format!("r-{root}"),
            units,
            management: (!is_listed).then(unlisted),
        }
    }

    /// Returns every account.
    pub fn accounts(&self) -> impl Iterator<Item = &MemberAccount> {
        self.management.iter().chain(&self.organization.accounts)
    }

    /// Returns the account of an id.
    pub fn account(&self, id: &str) -> Option<&MemberAccount> {
        self.accounts().find(|account| account.id.as_str() == id)
    }

    /// Returns the path of the root or of a unit.
    pub fn path_of(&self, id: &str) -> Option<&str> {
        let found = self.units.iter().find(|(_, unit)| *unit == id);
        found.map(|(path, _)| path.as_str())
    }

    /// Returns the id of the unit at a path, or of the root.
    pub fn id_of(&self, path: &str) -> &str {
        self.units.get(path).expect("every unit of an account is in the tree")
    }

    /// Returns the units right beneath the one at a path, each with its path and its id.
    pub fn units_in(&self, path: &str) -> Vec<(&str, &str)> {
        let beneath = self.units.iter().filter(|(unit, _)| !unit.is_empty());
        let children = beneath.filter(|(unit, _)| above(unit) == path);
        children.map(|(unit, id)| (unit.as_str(), id.as_str())).collect()
    }
}

/// Returns the path of the unit above one; empty for the root.
pub fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// Returns letters and digits that follow from two texts.
fn letters(text: &str, of: &str, count: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest: [u8; 32] = Sha256::digest(format!("{of}/{text}")).into();
    digest.iter().take(count).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
