//! Which accounts of AWS Organizations an environment means: patterns for units, tags, exceptions, and names.
//!
//! Everything is decided from a [`Listing`], which says who was there when Organizations was asked. This module knows
//! neither how that is asked nor the environment file.

mod choose;
mod exception;
mod listing;
mod names;
mod unit_pattern;

pub use choose::{AccountFilter, ChosenAccount, ChosenAccounts, LeftOut, choose};
pub use exception::{Exception, NotAnException};
pub use listing::{ACTIVE, ListedAccount, ListedUnit, Listing};
pub use names::fitted;
pub use unit_pattern::{NotAUnitPattern, UnitPattern};
