//! What is wrong with a template: the one set of rules, for what is checked here before anything is sent
//! and for the sandbox, which says it in CloudFormation's words.
//!
//! Nothing that CloudFormation accepts is an error. Where its answer depends on what only it knows (a
//! macro, a type or a function that may be new, a condition), what looks wrong is a warning.

mod arguments;
mod attribute;
mod checker;
mod circle;
mod condition;
mod cycle;
mod declared;
mod function;
mod function_rule;
mod item_rule;
mod literal;
mod macros;
mod mapping;
mod named;
mod output;
mod reference;
mod reference_rule;
mod resource;
mod rule;
mod shape;
mod types;
mod violation;
mod walk;
mod yields;

pub(super) use checker::check;
pub use cycle::{Needs, stuck};
pub use function_rule::FunctionRule;
pub use item_rule::ItemRule;
pub use named::{Block, Item, Sought};
pub use reference::is_pseudo_parameter;
pub use reference_rule::ReferenceRule;
pub use rule::Rule;
pub use types::is_no_resource_type;
pub use violation::Violation;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
