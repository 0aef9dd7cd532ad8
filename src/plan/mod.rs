//! Which stack goes where, and in what order: every decision that needs no cloud.
//!
//! [`resolve()`] turns environments and a selection into a [`Plan`]; [`graph`] prints its order.
//! Values are final but for outputs of other stacks, which only the run learns. What is wrong is
//! told all at once, with its places in the files.

mod arrange;
mod carried;
mod compose;
mod conflict;
mod digest;
mod entry;
mod evaluate;
mod fault_book;
mod files;
#[cfg(test)]
mod folder;
pub mod graph;
mod ground;
mod model;
mod order;
mod pattern;
mod redact;
mod regions;
mod resolve;
mod selection;
mod stack_check;
mod wave;

pub use evaluate::EnvVariables;
pub use model::{
    ArtifactsBucket, Entry, ParameterValue, Plan, PlannedEnvironment, Purpose, RoleEntry,
    StackInstance, TargetAccount, Value, ValuePiece,
};
pub use regions::read_region;
pub use resolve::{entrances, resolve, resolve_within, survey};
pub use selection::{Selection, SelectionError};
