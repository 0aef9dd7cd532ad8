//! Ids and attributes of resources whose service the sandbox does not model: made up in the form that AWS's
//! have, the same whenever they are asked for.
//!
//! Source: the CloudFormation template reference, "Return values" of each type; the service authorization
//! reference, "Resource types", for ARNs.

mod arn;
mod attribute;
mod id;
mod mark;
mod resource;

pub use mark::{is_made_up, is_made_up_text, text};
pub use resource::MadeUp;

#[cfg(test)]
mod tests;
