//! A run as it goes: lines, logs, the live region of a terminal, annotations of CI.

pub(super) mod drive;
pub(super) mod github;
#[cfg(test)]
pub(super) mod glass;
pub(super) mod heartbeat;
pub(super) mod lines;
pub(super) mod paint;
pub(super) mod region;
pub(super) mod reporter;
pub(super) mod screen;
pub(super) mod telling;
