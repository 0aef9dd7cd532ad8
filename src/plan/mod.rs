//! Which stack goes where, and in what order: every decision that needs no cloud.
//!
//! `resolve` turns environments and a selection into a [`Plan`]; `graph` prints its order. Values
//! are final but for outputs of other stacks, which only the run learns.

mod model;

pub use model::{
    Entry, ParameterValue, Plan, PlannedEnvironment, Purpose, StackInstance, TargetAccount, Value,
    ValuePiece,
};
