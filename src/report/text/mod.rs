//! How a run is put into words, tables and colours.

pub(super) mod failures;
pub(super) mod going_on;
pub(super) mod palette;
pub(super) mod sentences;
pub(super) mod table;
pub(super) mod words;
