//! What IAM refuses in a policy document when it is stored, in its own words and in its order.
//!
//! IAM looks at a document several times: at its shape, at its version, once more with an older and
//! stricter reader, and only then at what it names. What is found first is told alone.
//!
//! Source: the IAM user guide, "Grammar of the IAM JSON policy language"; the words and their order are
//! those that IAM's `MalformedPolicyDocument` was seen with.

mod legacy;
mod names;
mod resource;
mod shape;
mod stored;

pub use stored::{PolicyUse, fault};

#[cfg(test)]
mod tests;
