//! Names that a file mentions and that must stand somewhere in it.

use std::collections::BTreeSet;

use super::fault_list::FaultList;
use super::pattern::Patterns;
use super::text::{OutputScope, Piece, Reference};
use crate::document::{Fault, Node, NodeValue, Place, did_you_mean, nearest, quoted};
use crate::name::Region;

/// A name, what it names, and where it is mentioned.
pub(super) struct Mention {
    /// What is mentioned.
    pub what: Mentioned,
    /// The place of the reference in its file.
    pub place: Place,
}

/// What a mention names.
pub(super) enum Mentioned {
    /// One of the file's or an account's `variables`.
    Variable(String),
    /// One of `stacks`.
    StackSpec(String),
    /// One of `accounts`, or `source`.
    AccountSpec(String),
    /// A pattern that some of `accounts` match, or `source`.
    AccountGlob(String),
}

impl Mention {
    /// Returns what a reference mentions.
    pub fn of(reference: &Reference, place: &Place) -> Vec<Self> {
        let mention = |what| Self { what, place: place.clone() };
        match reference {
            Reference::Variable(name) => vec![mention(Mentioned::Variable(name.clone()))],
            Reference::Output { stack, scope, .. } => {
                let stack = mention(Mentioned::StackSpec(stack.to_string()));
                match scope {
                    OutputScope::Account(account) | OutputScope::AccountRegion(account, _) => {
                        vec![stack, mention(Mentioned::AccountSpec(account.to_string()))]
                    }
                    OutputScope::Written(text) => {
                        let within = text.pieces.iter().flat_map(|piece| match piece {
                            Piece::Reference(reference) => Self::of(reference, place),
                            Piece::Literal(_) => Vec::new(),
                        });
                        std::iter::once(stack).chain(within).collect()
                    }
                    OutputScope::Same
                    | OutputScope::Region(_)
                    | OutputScope::Everywhere
                    | OutputScope::EverywhereIn(_) => vec![stack],
                }
            }
            Reference::Environment
            | Reference::SourceAccount
            | Reference::AccountName
            | Reference::AccountId
            | Reference::Region
            | Reference::Partition
            | Reference::Env { .. }
            | Reference::File(_) => Vec::new(),
        }
    }
}

/// The names that stand in a file, whether or not what they name is free of faults.
pub(super) struct Known<'n> {
    variables: BTreeSet<&'n str>,
    stacks: BTreeSet<&'n str>,
    accounts: BTreeSet<&'n str>,
}

impl<'n> Known<'n> {
    /// Returns the names that stand in the file whose tree is `root`.
    pub fn of(root: &'n Node) -> Self {
        let account_variables = entries(root, "accounts")
            .flat_map(|(_, account)| entries(account, "variables"))
            .map(|(name, _)| name);
        Self {
            variables: entries(root, "variables")
                .map(|(name, _)| name)
                .chain(account_variables)
                .collect(),
            stacks: entries(root, "stacks").map(|(name, _)| name).collect(),
            accounts: entries(root, "accounts").map(|(name, _)| name).collect(),
        }
    }

    /// Refuses the mentions of names that stand nowhere.
    pub fn check(&self, mentions: &[Mention], faults: &mut FaultList) {
        let mut patterns = Patterns::over(&self.accounts);
        for mention in mentions {
            match &mention.what {
                Mentioned::Variable(name) if !self.variables.contains(name.as_str()) => {
                    faults.push(|| unknown(mention, "variable", name, &self.variables));
                }
                Mentioned::StackSpec(name) if !self.stacks.contains(name.as_str()) => {
                    faults.push(|| unknown(mention, "stack", name, &self.stacks));
                }
                Mentioned::AccountSpec(name) if !self.has_account(name) => {
                    faults.push(|| unknown_account(mention, name, &self.accounts));
                }
                // A name without a pattern's letters is looked up: there may be thousands of them.
                Mentioned::AccountGlob(glob) if Patterns::is_pattern(glob) => {
                    patterns.check(glob, &mention.place, faults);
                }
                Mentioned::AccountGlob(name) if !self.has_account(name) => {
                    faults.push(|| unknown(mention, "account", name, &self.accounts));
                }
                Mentioned::Variable(_)
                | Mentioned::StackSpec(_)
                | Mentioned::AccountSpec(_)
                | Mentioned::AccountGlob(_) => {}
            }
        }
    }

    fn has_account(&self, name: &str) -> bool {
        name == "source" || self.accounts.contains(name)
    }
}

fn unknown(mention: &Mention, kind: &str, name: &str, known: &BTreeSet<&str>) -> Fault {
    let fault = Fault::at(&mention.place, format!("there is no {kind} {}", quoted(name)))
        .with_label(format!("no such {kind} in this file"));
    Fault { help: did_you_mean(name, known.iter().copied()).or_else(|| listed(known)), ..fault }
}

/// Returns the fault of an account after `@`, which may be a Region that is meant.
fn unknown_account(mention: &Mention, name: &str, known: &BTreeSet<&str>) -> Fault {
    let fault = unknown(mention, "account", name, known);
    match name.parse::<Region>() {
        Ok(region) => fault.with_help(format!("a Region of the same account is `@/{region}`")),
        Err(_) => fault,
    }
}

/// Returns the help that lists what there is, if that is little.
fn listed(known: &BTreeSet<&str>) -> Option<String> {
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
    let is_meant = |(name, _): &&(crate::document::Key, Node)| nearest(&name.text, [key]).is_some();
    found
        .or_else(|| all.iter().find(is_meant))
        .map_or(&[][..], |(_, value)| mapping(value))
        .iter()
        .map(|(name, value)| (name.text.as_str(), value))
}

fn mapping(node: &Node) -> &[(crate::document::Key, Node)] {
    match &node.value {
        NodeValue::Mapping(entries) => entries,
        NodeValue::Scalar { .. } | NodeValue::Sequence(_) => &[],
    }
}
