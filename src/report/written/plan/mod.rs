//! What `xdeploy plan` tells: what would become of stacks and their resources.
//!
//! `groups` has identical changes of many accounts as one, `values` a property in words, `losses` what would be lost;
//! `text` is for people at a terminal, `markdown` for a comment on a pull request.

pub(in crate::report) mod groups;
pub(in crate::report) mod losses;
mod markdown;
pub(in crate::report) mod text;
pub(in crate::report) mod values;

pub use markdown::plan_markdown;
