//! A run as it goes: lines, logs, the live display of a terminal, annotations of CI.

pub(super) mod display;
pub(super) mod drive;
mod event_message;
pub(super) mod event_text;
pub(super) mod github;
pub(super) mod heartbeat;
pub(super) mod keyboard;
pub(super) mod lines;
pub(super) mod paint;
pub(super) mod reporter;
pub(super) mod screen;
#[cfg(test)]
pub(super) mod test_terminal;
mod told_elsewhere;
