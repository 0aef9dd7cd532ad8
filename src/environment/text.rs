//! Text with references: `${environment}-app`, `${output:role.RoleArn@*}`.

use std::path::PathBuf;

use super::list_part::ListPart;
use super::lookup::LookupKind;
use crate::document::Place;
use crate::name::{AccountName, Region, StackKey};

/// A value of the environment file that may hold references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its parts, in order; two literals never follow each other.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub place: Place,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters as they are.
    Literal(String),
    /// Something that is looked up.
    Reference(Reference),
}

/// What stands between `${` and `}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `${environment}`.
    Environment,
    /// `${source.account}`: the source account's id.
    SourceAccount,
    /// `${account.name}`.
    AccountName,
    /// `${account.id}`.
    AccountId,
    /// `${account.unit}`: the path of its unit in Organizations.
    AccountUnit,
    /// `${account.tags.KEY}`: its tag in Organizations.
    AccountTag(String),
    /// `${region}`.
    Region,
    /// `${partition}`.
    Partition,
    /// `${variables.x}`.
    Variable(String),
    /// `${env:NAME}` or `${env:NAME:-default}`.
    Env {
        /// The variable's name.
        name: String,
        /// What stands in for a variable that is not set or empty.
        default: Option<String>,
    },
    /// `${file:path}`, relative to the environment file.
    File(PathBuf),
    /// `${output:stack.Key…}`: also an order.
    Output {
        /// The stack that yields it.
        stack: StackKey,
        /// The output's name.
        key: String,
        /// In which account and Region.
        scope: OutputScope,
        /// Which part of the list it is, where the whole would not fit into one value.
        part: Option<ListPart>,
    },
    /// `${ssm:…}`, `${secret:…}` or `${external:…}`: read when the stack instance starts.
    Lookup {
        /// Who keeps it.
        kind: LookupKind,
        /// What follows the colon; it may hold references that are known before.
        text: Box<Text>,
    },
}

/// In which account and Region the stack stands whose output is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputScope {
    /// In the same account and Region.
    Same,
    /// `@/region`: in the same account.
    Region(Region),
    /// `@account`, in the same Region if the stack stands there, else in its only one; `@group`, in every account of
    /// it and Region where the stack stands.
    Account(AccountName),
    /// `@account/region`, or `@group/region`.
    AccountRegion(AccountName, Region),
    /// `@*`: in every account and Region where it stands, joined with commas in the file's order.
    Everywhere,
    /// `@*/region`: in every account where it stands in this Region.
    EverywhereIn(Region),
    /// What follows `@` holds references itself: it is read once they are known.
    Written(Box<Text>),
}
