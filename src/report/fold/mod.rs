//! Events folded into what is known of a run at a moment, and into its report.

pub(super) mod account_region;
mod control;
pub(super) mod counts;
pub(super) mod critical;
pub(super) mod gates;
pub(super) mod instance_report;
pub(super) mod lifecycle;
pub(super) mod report;
pub(super) mod running;
pub(super) mod state;
pub(super) mod transition;
pub(super) mod verdict;
