//! What `xdeploy drift` prints: where resources are not as their templates want them.
//!
//! `view` is what is known and its JSON; `folded` is the same with identical drift of many accounts as one; `text` is for
//! people.

pub mod folded;
mod text;
pub mod view;
mod words;
