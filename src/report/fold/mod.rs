//! Events folded into where a run stands, and into its report.

pub(super) mod counts;
pub(super) mod critical;
pub(super) mod exit;
pub(super) mod places;
pub(super) mod report;
pub(super) mod running;
pub(super) mod standing;
pub(super) mod state;
