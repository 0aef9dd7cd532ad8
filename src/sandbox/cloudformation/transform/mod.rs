//! Transforms: what a template becomes before its resources are made.
//!
//! Of AWS's own, the language extensions' loops are carried out, and the serverless one as far as names go; every
//! other macro leaves the template, or the part that it is called on, as it is, and what it would have made is made
//! up where it is referred to.

mod known_values;
mod loops;
mod macros;
mod published;
mod serverless;
mod serverless_policies;
mod serverless_policy;
mod serverless_role;
mod transformed;

pub use known_values::KnownValues;
pub use macros::{is_open, is_transformed, may_change_parts, may_have_made};
pub use serverless::becomes;
pub use transformed::{Transformed, transformed};
