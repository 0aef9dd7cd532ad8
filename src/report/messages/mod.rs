//! What is told of a run, in sentences: one catalogue for lines, pages and summaries.

pub(super) mod changes;
pub(super) mod control;
pub(super) mod failures;
pub(super) mod gates;
pub(super) mod guards;
pub(super) mod left_behind;
pub(super) mod notes;
pub(super) mod origin;
pub(super) mod resume;
pub(super) mod sentences;
