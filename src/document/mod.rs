//! Text that a user wrote, read into a tree in which every value keeps its place.
//!
//! YAML 1.2 (JSON is a part of it) becomes [`Node`]s: scalars as they were written, tags kept,
//! aliases expanded within bounds, duplicate keys refused. Nothing here knows what the text is
//! about; what is wrong with it is said with [`Fault`]s, all at once, each with its spot.

mod fault;
mod node;

pub use fault::{Fault, Faults, Place, SourceFile};
pub use node::{Key, Node, Value};
