//! What is printed or kept at the end: summaries, JUnit, and the views of commands that only read.

pub(super) mod accounts;
pub(super) mod drift;
pub(super) mod junit;
pub mod left_behind;
pub(super) mod outputs;
pub(super) mod places;
pub(super) mod plan;
mod portable_yaml;
pub(super) mod query;
pub(super) mod runs;
pub(super) mod status;
pub mod summary;
mod variable_files;
