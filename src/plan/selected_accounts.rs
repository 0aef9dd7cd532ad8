//! Accounts that a command is about: `--account`, by name, id, pattern or group, of which `!` takes away.

use globset::{Glob, GlobMatcher};

use super::fault_book::FaultBook;
use super::names::there_is;
use super::placements::{PlacedAccount, Placements};
use crate::document::{Fault, did_you_mean, quoted};
use crate::environment::{AccountItem, AccountNames, is_pattern};
use crate::name::AccountId;

/// The accounts chosen; where nothing is chosen, all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct SelectedAccounts(Vec<SelectedItem>);

#[derive(Clone, Debug)]
struct SelectedItem {
    takes_away: bool,
    matcher: GlobMatcher,
}

/// What is wrong with the items of a selection.
pub(super) enum RefusedItem {
    /// It is no pattern.
    Pattern(String, globset::Error),
    /// It takes away, and nothing stands before it.
    FromNothing(String),
}

impl SelectedItem {
    fn text(&self) -> &str {
        self.matcher.glob().glob()
    }

    fn matches(&self, account: AccountNames<'_>, id: &AccountId, groups: &[&str]) -> bool {
        let own = [account.name, id.as_str()];
        let shared = account.shared.filter(|_| is_pattern(self.text()));
        own.into_iter().chain(shared).any(|name| self.matcher.is_match(name))
            || groups.contains(&self.text())
    }
}

impl SelectedAccounts {
    /// Reads what was `written`, in its order.
    ///
    /// # Errors
    /// The first item that means nothing.
    pub fn parse(written: &[String]) -> Result<Self, RefusedItem> {
        if let Some(first) = written.first().filter(|first| AccountItem::of(first).takes_away) {
            return Err(RefusedItem::FromNothing(first.clone()));
        }
        let item = |written: &String| {
            let AccountItem { takes_away, text } = AccountItem::of(written);
            let glob =
                Glob::new(text).map_err(|error| RefusedItem::Pattern(text.to_owned(), error));
            Ok(SelectedItem { takes_away, matcher: glob?.compile_matcher() })
        };
        Ok(Self(written.iter().map(item).collect::<Result<_, _>>()?))
    }

    /// Whether an account that is called so, has this id and belongs to these `groups` is chosen: the last item that
    /// matches it decides.
    pub fn takes<'g>(
        &self,
        account: AccountNames<'_>,
        id: &AccountId,
        groups: impl IntoIterator<Item = &'g str>,
    ) -> bool {
        let groups: Vec<&str> = groups.into_iter().collect();
        let last = self.0.iter().rev().find(|item| item.matches(account, id, &groups));
        self.0.is_empty() || last.is_some_and(|item| !item.takes_away)
    }

    /// Returns for each of the targets whether it is chosen; what names nothing at all is a fault.
    pub fn choose(&self, placements: &Placements<'_>, faults: &mut FaultBook) -> Vec<bool> {
        for item in &self.0 {
            let matches = |target: &PlacedAccount<'_>| {
                item.matches(target.names(), target.id, &groups_of(target))
            };
            if !placements.targets.iter().any(matches)
                && let Some(fault) = item.unmet(placements)
            {
                faults.enter(fault);
            }
        }
        let takes = |target: &PlacedAccount<'_>| {
            self.takes(target.names(), target.id, target.group_names())
        };
        placements.targets.iter().map(takes).collect()
    }
}

impl SelectedItem {
    /// Returns the fault of an item that matches no account, if it is one.
    fn unmet(&self, placements: &Placements<'_>) -> Option<Fault> {
        let text = self.text();
        let groups: Vec<&str> = placements
            .environments
            .iter()
            .flat_map(|environment| &environment.groups)
            .map(|group| group.name.value.as_str())
            .collect();
        let is_group = groups.contains(&text);
        // What is taken away need not be there, but a name that stands nowhere is misspelt.
        if self.takes_away && (is_group || text.contains(['*', '?', '[', '{'])) {
            return None;
        }
        if is_group {
            let message = format!("the group {} has no account", quoted(text));
            return Some(
                Fault::placeless(message).with_help("`validate --show` prints its `accounts`"),
            );
        }
        let accounts = placements.targets.iter().map(|target| target.name.as_str());
        let known: Vec<&str> = accounts.chain(groups).collect();
        let fault = Fault::placeless(format!("no account matches {}", quoted(text)));
        let help = did_you_mean(text, known.iter().copied());
        Some(Fault { help: help.or_else(|| there_is("account", &known)), ..fault })
    }
}

fn groups_of<'t>(target: &'t PlacedAccount<'_>) -> Vec<&'t str> {
    target.group_names().collect()
}
