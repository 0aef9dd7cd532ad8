//! The ground of every text: prose, words for what events say, marks, tables and colours.

pub(super) mod command;
pub(super) mod mark;
pub(super) mod outcome_look;
pub(super) mod palette;
pub(super) mod prose;
pub(super) mod table;
pub(super) mod tone;
pub(super) mod words;
