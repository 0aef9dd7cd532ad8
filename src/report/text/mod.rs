//! The ground of every text: prose, words for what events say, tables and colours.

pub(super) mod palette;
pub(super) mod prose;
pub(super) mod table;
pub(super) mod words;
