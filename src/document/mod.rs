//! Text that a user wrote, read into a tree in which every value keeps its place.
//!
//! [`read()`] brings a file into memory and [`parse()`] makes [`Node`]s of YAML 1.2, of which JSON is a
//! part, and of what readers of YAML 1.1 take beyond it: scalars as they were written, tags kept, aliases
//! expanded within bounds, keys given twice refused. With [`parse_last_key()`] the last of these counts,
//! as for CloudFormation. Nothing here knows what the text is about; what is wrong with it is said with
//! [`Fault`]s, all at once, each with its spot.

mod collection;
mod enclosure;
mod fault;
mod nearest;
mod node;
mod offsets;
mod parse;
mod quoted;
mod read;
mod rewritten;
mod show;
mod tree;

pub use collection::RepeatedKey;
pub use fault::{Fault, Faults, Place, Severity, SourceFile};
pub use nearest::{did_you_mean, is_slip, nearest};
pub use node::{Key, Node, NodeValue};
pub use parse::{LastKeyDocument, parse, parse_despite_faults, parse_last_key};
pub use quoted::quoted;
pub use read::read;
