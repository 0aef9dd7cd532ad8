//! IAM's API: its roles, users, groups and policies are read, changed and simulated.
//!
//! `named` finds whom a call names and checks that the caller may; `show` writes answers;
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
