//! The jobs of a pipeline's actions: polled for, acknowledged, and ended with a result.

pub(super) mod client;
pub(super) mod job;
