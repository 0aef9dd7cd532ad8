//! The environment file as the user wrote it: its model, its references and its faults.
//!
//! `Environment::load` reads a file and finds everything that is wrong in it at once. What the file
//! asks for is kept as written, references unresolved: which stack goes where is `plan`'s business.

mod model;
mod text;

pub use model::{
    Account, Artifacts, AssumeRole, DeploymentMode, Environment, OnCreateFailure, Placed,
    RoleChoice, Rollout, SourceAccount, Stack,
};
pub use text::{OutputScope, Piece, Reference, Text};
