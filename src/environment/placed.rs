//! A value and where it stands in its file.

use crate::document::Place;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value that was read there.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}
