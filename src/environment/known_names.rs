//! The names that stand in a file, with which those are compared that it mentions.

use std::collections::BTreeSet;

use super::account_list::AccountItem;
use super::fault_list::FaultList;
use super::lookup::LookupKind;
use super::mention::{Mention, Mentioned};
use super::pattern::{Patterns, is_pattern};
use crate::document::{Fault, Key, Node, NodeValue, did_you_mean, nearest, quoted};
use crate::name::Region;

/// The names of accounts that stand in no file.
pub(super) struct FoundNames<'n> {
    /// Those that were found in Organizations.
    pub accounts: Vec<&'n str>,
    /// Names in Organizations that several accounts have, each with the id that one of them is called by.
    pub shared: BTreeSet<(&'n str, &'n str)>,
    /// Whether there may be more, as nobody asked, or what was answered is made up.
    pub may_be_more: bool,
}

/// The names that stand in a file, whether or not what they name is free of faults.
pub(super) struct Known<'n> {
    variables: BTreeSet<&'n str>,
    stacks: BTreeSet<&'n str>,
    accounts: BTreeSet<&'n str>,
    groups: BTreeSet<&'n str>,
    shared: BTreeSet<(&'n str, &'n str)>,
    /// Whether there may be more accounts than these.
    has_unknown_accounts: bool,
}

impl<'n> Known<'n> {
    /// Returns the names that stand in the file whose tree is `root`, and those of the accounts that were found for it.
    pub fn of(root: &'n Node, found: FoundNames<'n>) -> Self {
        let names = |key| entries(root, key).map(|(name, _)| name);
        let of_own = entries(root, "accounts")
            .chain(entries(root, "groups"))
            .flat_map(|(_, own)| entries(own, "variables"))
            .map(|(name, _)| name);
        Self {
            has_unknown_accounts: found.may_be_more,
            variables: names("variables").chain(of_own).collect(),
            stacks: names("stacks").collect(),
            accounts: names("accounts").chain(found.accounts).collect(),
            groups: names("groups").collect(),
            shared: found.shared,
        }
    }

    /// Refuses the mentions of names that stand nowhere.
    pub fn check(&self, mentions: &[Mention], faults: &mut FaultList) {
        let shared = self.shared.iter().map(|(name, _)| *name);
        let accounts = self.accounts.iter().copied().chain(shared).collect();
        let mut patterns = Patterns::over(&accounts);
        for mention in mentions {
            match &mention.what {
                Mentioned::Variable(name) if !self.variables.contains(name.as_str()) => {
                    faults.push(|| unknown(mention, "variable", name, &self.variables));
                }
                Mentioned::StackSpec(name) if !self.stacks.contains(name.as_str()) => {
                    faults.push(|| unknown(mention, "stack", name, &self.stacks));
                }
                Mentioned::AccountSpec(name) if !self.is_listed(name) => {
                    faults.push(|| self.unknown_account(mention, name));
                }
                Mentioned::LookupAccount { name, kind } if !self.is_account(name) => {
                    faults.push(|| self.unknown_lookup_account(mention, name, *kind));
                }
                Mentioned::GroupSpec(name) if !self.groups.contains(name.as_str()) => {
                    faults.push(|| self.unknown_list(mention, name));
                }
                Mentioned::AccountItem { written, is_of_group } => {
                    self.check_item(mention, (written, *is_of_group), &mut patterns, faults);
                }
                Mentioned::Variable(_)
                | Mentioned::StackSpec(_)
                | Mentioned::AccountSpec(_)
                | Mentioned::LookupAccount { .. }
                | Mentioned::GroupSpec(_)
                | Mentioned::AccountUnit
                | Mentioned::AccountTag(_) => {}
            }
        }
    }

    /// Refuses an item of a list of accounts that names none. A pattern may match nothing where it takes away, and in
    /// a group: that may be empty.
    fn check_item(
        &self,
        mention: &Mention,
        (written, is_of_group): (&str, bool),
        patterns: &mut Patterns<'_>,
        faults: &mut FaultList,
    ) {
        let AccountItem { takes_away, text } = AccountItem::of(written);
        if text.is_empty() && takes_away {
            faults.push(|| {
                Fault::at(&mention.place, "`!` alone names no account")
                    .with_label("a name or a pattern is needed behind it")
                    .with_help("`!` stands right before what is taken away, such as `!legacy-*`")
            });
        } else if is_of_group && text == "source" {
            faults.push(|| {
                Fault::at(&mention.place, "the source account belongs to no group")
                    .with_label("means nothing here")
                    .with_help("name `source` beside the group where it is meant as well")
            });
        } else if is_pattern(text) {
            let must_match = !takes_away && !is_of_group && !self.has_unknown_accounts;
            patterns.check(text, must_match, &mention.place, faults);
        } else if !self.is_listed(text) {
            // A name without a pattern's letters is looked up: there may be thousands of them.
            faults.push(|| self.unknown_name(mention, text));
        }
    }

    /// Returns the fault of a name that no account or group has, or that several accounts have.
    fn unknown_name(&self, mention: &Mention, name: &str) -> Fault {
        let ids = self.shared.iter().filter(|(shared, _)| *shared == name).map(|(_, id)| *id);
        let ids: Vec<String> = ids.take(MOST_LISTED).map(quoted).collect();
        if ids.is_empty() {
            return unknown(mention, self.kind(), name, &self.listed());
        }
        let message = format!("no single account is called {} in AWS Organizations", quoted(name));
        Fault::at(&mention.place, message)
            .with_label("others have this name too")
            .with_help(format!("name by its id the account that is meant: {}", ids.join(", ")))
    }

    fn is_listed(&self, name: &str) -> bool {
        self.is_account(name) || self.groups.contains(name)
    }

    fn is_account(&self, name: &str) -> bool {
        name == "source" || self.has_unknown_accounts || self.accounts.contains(name)
    }

    /// Returns all that a list of accounts may name, but for the source account.
    fn listed(&self) -> BTreeSet<&'n str> {
        self.accounts.union(&self.groups).copied().collect()
    }

    /// Returns what a list of accounts names.
    fn kind(&self) -> &'static str {
        if self.groups.is_empty() { "account" } else { "account or group" }
    }

    /// Returns the fault of an account after `@`, which may be a Region that is meant.
    fn unknown_account(&self, mention: &Mention, name: &str) -> Fault {
        let fault = self.unknown_name(mention, name);
        match name.parse::<Region>() {
            Ok(region) => fault.with_help(format!("a Region of the same account is `@/{region}`")),
            Err(_) => fault,
        }
    }

    /// Returns the fault of an account after `@` in which a value is to be read, and that need not be in the file.
    fn unknown_lookup_account(&self, mention: &Mention, name: &str, kind: LookupKind) -> Fault {
        let fault = match self.groups.contains(name) {
            true => Fault::at(&mention.place, format!("{} is a group", quoted(name)))
                .with_label("a value is read in one account")
                .with_help("name one account"),
            false if name.parse::<Region>().is_ok() => return self.unknown_account(mention, name),
            false => unknown(mention, "account", name, &self.accounts),
        };
        let digits = "write its 12 digits: it need not be in the file";
        let help = match &fault.help {
            Some(help) if help.ends_with('?') => format!("{help} Or {digits}"),
            Some(help) => format!("{help}; or {digits}"),
            None => digits.to_owned(),
        };
        let more = match kind {
            LookupKind::Secret => "; behind a name that holds `@` stands `@/region`",
            LookupKind::Parameter | LookupKind::StackOutput => "",
        };
        fault.with_help(format!("{help}{more}"))
    }

    /// Returns the fault of a name after `@` of which a part is meant, as of a list.
    fn unknown_list(&self, mention: &Mention, name: &str) -> Fault {
        if !self.is_listed(name) {
            return self.unknown_account(mention, name);
        }
        Fault::at(&mention.place, "only a list from several places has parts")
            .with_label("in this reference")
            .with_help("take the part away, or write `@*` for all accounts, or a group's name")
    }
}

fn unknown(mention: &Mention, kind: &str, name: &str, known: &BTreeSet<&str>) -> Fault {
    let fault = Fault::at(&mention.place, format!("there is no {kind} {}", quoted(name)))
        .with_label(format!("no such {kind} in this file"));
    Fault { help: did_you_mean(name, known.iter().copied()).or_else(|| named(known)), ..fault }
}

/// Returns the help that lists what there is, if that is little.
fn named(known: &BTreeSet<&str>) -> Option<String> {
    let names: Vec<String> = known.iter().map(|name| quoted(name)).collect();
    (1..=MOST_LISTED).contains(&names.len()).then(|| format!("there is {}", names.join(", ")))
}

/// The most names that a help lists.
const MOST_LISTED: usize = 8;

/// Returns what stands in the mapping under `key` in the mapping `node`, if these are mappings.
fn entries<'n>(node: &'n Node, key: &'static str) -> impl Iterator<Item = (&'n str, &'n Node)> {
    let all = mapping(node);
    let found = all.iter().find(|(name, _)| name.text == key);
    // What is called nearly so is meant: that the key is wrong is told there.
    let is_meant = |(name, _): &&(Key, Node)| nearest(&name.text, [key]).is_some();
    found
        .or_else(|| all.iter().find(is_meant))
        .map_or(&[][..], |(_, value)| mapping(value))
        .iter()
        .map(|(name, value)| (name.text.as_str(), value))
}

fn mapping(node: &Node) -> &[(Key, Node)] {
    match &node.value {
        NodeValue::Mapping(entries) => entries,
        NodeValue::Scalar { .. } | NodeValue::Sequence(_) => &[],
    }
}
