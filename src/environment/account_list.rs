//! A list of accounts: names, patterns and groups, of which `!` takes away what stands before.

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::pattern::{MOST_BYTES, is_pattern};

/// One item of a list of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountItem<'t> {
    /// Whether a `!` stands before it: it takes accounts away.
    pub takes_away: bool,
    /// The name of an account or a group, or a pattern for account names.
    pub text: &'t str,
}

impl<'t> AccountItem<'t> {
    /// Reads an item.
    pub fn of(written: &'t str) -> Self {
        match written.strip_prefix('!') {
            Some(text) => Self { takes_away: true, text },
            None => Self { takes_away: false, text: written },
        }
    }
}

/// What an account is called, as a list of accounts is asked for it.
#[derive(Clone, Copy, Debug)]
pub struct AccountNames<'n> {
    /// Its name in the environment.
    pub name: &'n str,
    /// Its name in Organizations made to fit, where it is called by its id as others have that name too. Patterns match
    /// this one as well, so that who else comes takes no account out of `!sandbox-*`; an item without a pattern's letters
    /// is one account's name, and means none then.
    pub shared: Option<&'n str>,
}

impl<'n> From<&'n str> for AccountNames<'n> {
    fn from(name: &'n str) -> Self {
        Self { name, shared: None }
    }
}

/// A list of accounts, ready to be asked: the last item that matches an account decides about it.
#[derive(Clone, Debug, Default)]
pub struct AccountList {
    /// Which items take accounts away.
    takes_away: Vec<bool>,
    /// The last item that is this name.
    names: BTreeMap<String, usize>,
    globs: GlobSet,
    /// The item of each of `globs`.
    item_of: Vec<usize>,
}

impl AccountList {
    /// Returns the list that is `written`; what is no pattern matches nothing, as whoever reads the file says.
    pub fn of<'t>(written: impl IntoIterator<Item = &'t str>) -> Self {
        let mut list = Self::default();
        let mut globs = GlobSetBuilder::new();
        for (at, written) in written.into_iter().enumerate() {
            let AccountItem { takes_away, text } = AccountItem::of(written);
            list.takes_away.push(takes_away);
            if !is_pattern(text) {
                list.names.insert(text.to_owned(), at);
            } else if text.len() <= MOST_BYTES
                && let Ok(glob) = Glob::new(text)
            {
                globs.add(glob);
                list.item_of.push(at);
            }
        }
        list.globs = globs.build().unwrap_or_else(|_| GlobSet::empty());
        list
    }

    /// Whether an account that is called so and belongs to `groups` is in the list.
    pub fn takes<'g>(
        &self,
        account: impl Into<AccountNames<'g>>,
        groups: impl IntoIterator<Item = &'g str>,
    ) -> bool {
        self.says_of(account.into(), groups).unwrap_or(false)
    }

    /// Whether an account that is called so and belongs to `groups` is in the list; nothing if no item matches it.
    pub fn says_of<'g>(
        &self,
        account: AccountNames<'g>,
        groups: impl IntoIterator<Item = &'g str>,
    ) -> Option<bool> {
        let AccountNames { name, shared } = account;
        let named = groups.into_iter().chain([name]).filter_map(|name| self.names.get(name));
        let names = std::iter::once(name).chain(shared);
        let matched = names.flat_map(|name| self.globs.matches(name)).map(|at| &self.item_of[at]);
        named.chain(matched).max().map(|last| !self.takes_away[*last])
    }
}

impl AccountList {
    /// Whether the source account is in the list: it is named, and no pattern matches it.
    pub fn takes_source(&self) -> bool {
        self.names.get("source").is_some_and(|last| !self.takes_away[*last])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns which of four accounts a list takes; both `pay` accounts belong to the group `pci`.
    fn taken(written: &[&str]) -> Vec<&'static str> {
        let list = AccountList::of(written.iter().copied());
        let groups = |name: &str| name.starts_with("pay").then_some("pci");
        let all = ["dev", "prod", "pay-1", "pay-2"];
        all.into_iter().filter(|name| list.takes(*name, groups(name))).collect()
    }

    #[test]
    fn what_follows_wins_over_what_stands_before() {
        for (written, takes) in [
            (&["*"][..], &["dev", "prod", "pay-1", "pay-2"][..]),
            (&["*", "!pay-2"], &["dev", "prod", "pay-1"]),
            (&["*", "!p*", "pay-1"], &["dev", "pay-1"]),
            (&["pci", "!pay-2"], &["pay-1"]),
            (&["*", "!pci"], &["dev", "prod"]),
            (&["pay-2", "!pci", "dev"], &["dev"]),
            (&["!dev", "*"], &["dev", "prod", "pay-1", "pay-2"]),
            (&["!dev"], &[]),
            (&["pc*"], &[]),
            (&["d[", "prod"], &["prod"]),
            (&[], &[]),
        ] {
            assert_eq!(taken(written), takes, "{written:?}");
        }
    }

    #[test]
    fn patterns_match_an_account_by_the_name_that_it_shares_and_names_do_not() {
        let account = AccountNames { name: "100000000001", shared: Some("pay-1") };
        for (written, takes) in [
            (&["pay-*"][..], true),
            (&["*", "!pay-*"], false),
            (&["*", "!pay-1"], true),
            (&["pay-1"], false),
            (&["pay-*", "!100000000001"], false),
            (&["!1*", "pay-?"], true),
        ] {
            let list = AccountList::of(written.iter().copied());
            assert_eq!(list.takes(account, []), takes, "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn a_list_means_what_its_items_do_one_after_the_other(
            written in prop::collection::vec("!?(dev|prod|pay-1|pay-2|pci|p\\*|pay-\\?|\\*)", 0..8)
        ) {
            let written: Vec<&str> = written.iter().map(String::as_str).collect();
            let mut expected = Vec::new();
            for item in &written {
                let AccountItem { takes_away, text } = AccountItem::of(item);
                let meant = taken(&[text]);
                expected.retain(|name| !meant.contains(name));
                if !takes_away {
                    expected.extend(meant);
                }
            }
            let mut taken = taken(&written);
            taken.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(taken, expected);
        }
    }
}
