//! Notices of a run: what those are told who follow it from elsewhere.

pub(super) mod notice;
pub(super) mod teller;
