//! How the values of an environment file look: what reads each and what tells an editor about it.

mod accounts;
mod choice;
mod collection;
mod name;
mod quantity;
mod text;
mod units;
mod value_shape;

pub(super) use accounts::Accounts;
pub(super) use choice::{Choice, YesOrNo};
pub(super) use collection::{ByName, List, Record, Removable, WithPlace};
pub(super) use name::{Id, NameShape, OtherStack};
pub(super) use quantity::{Portion, Span};
pub(super) use text::{FilePath, Joined, Phrase};
pub(super) use units::{PatternShape, TagValues};
pub(super) use value_shape::{ValueShape, or_null};
