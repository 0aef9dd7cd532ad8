//! When to look at a stack again, and what its events say.

pub(super) mod cause;
pub(super) mod durations;
pub(super) mod hooks_seen;
pub(super) mod poll_interval;
pub(super) mod shared_poll;
pub(super) mod stack_event;
pub(super) mod stack_events;
