//! Drift: where resources are not as their stacks want them any more.
//!
//! `model` is what the sandbox keeps of it; `actual` tells what a resource is, `compare` holds that against what
//! its stack wants; `detect` and `read` are the actions.

mod actual;
mod compare;
mod detect;
mod model;
mod read;
mod show;

pub use detect::{detect_stack_drift, detect_stack_resource_drift};
pub use model::StackDrift;
pub use read::{describe_stack_drift_detection_status, describe_stack_resource_drifts};
pub use show::{of_resource, of_stack};
