//! Transforms: what a template becomes before its resources are made.
//!
//! Of AWS's own, the serverless one is carried out as far as names go; every other macro leaves the template as
//! it is, and what it would have made is made up where it is referred to.

mod serverless;
mod transformed;

pub use transformed::{is_transformed, transformed};
