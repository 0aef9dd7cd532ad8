//! What is wrong with a template: the one set of rules, for what is checked here before anything is sent
//! and for the sandbox, which says it in CloudFormation's words.
//!
//! Nothing that CloudFormation accepts is an error. Where its answer depends on what only it knows (a
//! macro, a type or a function that may be new, a condition), what looks wrong is a warning.

mod checker;
mod cycle;
mod declared;
mod function;
mod macros;
mod reference;
mod shape;
mod types;
mod violation;
mod walk;

pub(super) use checker::check;
pub use cycle::{Needs, stuck};
pub use violation::{Block, Item, Rule, Sought, Violation};

#[cfg(test)]
mod tests;
