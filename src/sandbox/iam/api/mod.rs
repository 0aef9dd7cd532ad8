//! IAM's own calls: what stands, what it allows, and changes of it.
//!
//! `named` finds whom a call speaks of and checks that the caller may; `show` writes what stands;
//! the rest are the actions.

mod actions;
mod holders;
mod inline;
mod keys;
mod managed_policies;
mod named;
mod show;
mod simulate;

pub use actions::{NAMESPACE, answer};
