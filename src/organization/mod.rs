//! Which accounts of AWS Organizations an environment means: patterns for units, tags, exceptions, and names.
//!
//! Everything is decided from a [`Listing`], which says who was there when Organizations was asked. This module knows
//! neither how that is asked nor the environment file.

mod choose;
mod exception;
mod kept;
mod known;
mod listing;
mod made_up;
mod names;
mod unit_path;
mod unit_pattern;

pub use choose::{AccountFilter, ChosenAccounts, LeftOut, StandingNames, choose};
pub use exception::{Exception, NotAnException};
pub use kept::{
    Asker, FRESH_FOR, Freshness, KeptListing, ListingSource, Listings, Question, listing_source,
};
pub use known::KnownAccount;
pub use listing::{ACTIVE, ListedAccount, ListedUnit, Listing};
pub use names::fitted;
pub use unit_path::UnitPath;
pub use unit_pattern::{NotAUnitPattern, UnitPattern};
