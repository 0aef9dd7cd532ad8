//! The dashboard: a run's state, the time and a terminal's size into lines that are drawn in place.
//!
//! What needs attention comes first: the head, what failed with its first cause, what runs with the
//! longest in front, and the rest as counts; of all that, what a person's [`View`] holds. Everything here is pure. It knows nothing of terminals:
//! who draws, where and how often is not its matter, and neither is what stays on screen above it.

mod body;
mod columns;
mod failures;
mod footer;
mod frame;
mod head;
mod line;
mod ranking;
mod row;
mod scene;
#[cfg(test)]
mod tests;
mod theme;
mod view;

pub use crate::report::text::mark::Symbols;
pub use frame::frame;
pub use scene::Size;
pub use theme::Theme;
pub use view::{KeyAction, PressedKey, View};
