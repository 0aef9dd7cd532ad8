//! Events folded into what is known of a run at a moment, and into its report.

pub(super) mod counts;
pub(super) mod critical;
pub(super) mod instance_report;
pub(super) mod places;
pub(super) mod report;
pub(super) mod running;
pub(super) mod standing;
pub(super) mod state;
pub(super) mod transition;
pub(super) mod verdict;
