//! Names that a file mentions and that must stand somewhere in it.

use super::lookup::{LookupAccount, LookupKind};
use super::text::{OutputScope, Piece, Reference};
use crate::document::Place;

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
    /// One of `accounts` or `groups`, or `source`.
    AccountSpec(String),
    /// One of `accounts`, or `source`: a value is read there.
    LookupAccount {
        /// The account's name in the file.
        name: String,
        /// What kind of value.
        kind: LookupKind,
    },
    /// One of `groups`.
    GroupSpec(String),
    /// An account's unit in Organizations.
    AccountUnit,
    /// A tag of an account in Organizations.
    AccountTag(String),
    /// An item of a list of accounts: one of `accounts` or `groups`, a pattern that some of `accounts` match, or
    /// `source`.
    AccountItem {
        /// The item, with its `!`.
        written: String,
        /// Whether the list is a group's.
        is_of_group: bool,
    },
}

impl Mention {
    /// Returns what a reference mentions.
    pub fn of(reference: &Reference, place: &Place) -> Vec<Self> {
        let mention = |what| Self { what, place: place.clone() };
        match reference {
            Reference::Variable(name) => vec![mention(Mentioned::Variable(name.clone()))],
            Reference::Output { stack, scope, part, .. } => {
                let stack = mention(Mentioned::StackSpec(stack.to_string()));
                match scope {
                    // Of a single account there is no list that has parts.
                    OutputScope::Account(name) | OutputScope::AccountRegion(name, _)
                        if part.is_some() =>
                    {
                        vec![stack, mention(Mentioned::GroupSpec(name.to_string()))]
                    }
                    OutputScope::Account(account) | OutputScope::AccountRegion(account, _) => {
                        vec![stack, mention(Mentioned::AccountSpec(account.to_string()))]
                    }
                    OutputScope::Written(text) => {
                        let within = Self::within(&text.pieces, place);
                        std::iter::once(stack).chain(within).collect()
                    }
                    OutputScope::Same
                    | OutputScope::Region(_)
                    | OutputScope::Everywhere
                    | OutputScope::EverywhereIn(_) => vec![stack],
                }
            }
            Reference::AccountUnit => vec![mention(Mentioned::AccountUnit)],
            Reference::AccountTag(key) => vec![mention(Mentioned::AccountTag(key.clone()))],
            Reference::Lookup { kind, text } => match &text.pieces[..] {
                [Piece::Literal(written)] => {
                    match kind.of_known(written).map(|read| read.account) {
                        Ok(Some(LookupAccount::Name(account))) => {
                            let (name, kind) = (account.to_string(), *kind);
                            vec![mention(Mentioned::LookupAccount { name, kind })]
                        }
                        Ok(Some(LookupAccount::Id(_)) | None) | Err(_) => Vec::new(),
                    }
                }
                pieces => Self::within(pieces, place),
            },
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

    /// Returns what the references of a reference mention, which stands at `place`.
    fn within(pieces: &[Piece], place: &Place) -> Vec<Self> {
        let of_piece = |piece: &Piece| match piece {
            Piece::Reference(reference) => Self::of(reference, place),
            Piece::Literal(_) => Vec::new(),
        };
        pieces.iter().flat_map(of_piece).collect()
    }
}
