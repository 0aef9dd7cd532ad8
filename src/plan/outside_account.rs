//! Accounts outside of their file: values are read there, and no stack is sent there.

use crate::document::Place;
use crate::name::{AccountId, Region};

/// An account in which values are read, and that is none to which a stack of its file is sent.
pub(super) struct OutsideAccount {
    /// Its environment, as a position.
    pub environment: usize,
    /// The 12 digits of the account.
    pub id: AccountId,
    /// The Region of the first value.
    pub region: Region,
    /// Where the first reference stands that names it.
    pub place: Place,
}
