//! Ids and attributes of resources whose service the sandbox does not model: made up in the form that AWS's
//! have, the same whenever they are asked for.
//!
//! Source: the CloudFormation template reference, "Return values" of each type; the service authorization
//! reference, "Resource types", for ARNs.

mod arn;
mod attribute;
mod id;
mod resource;

pub use resource::MadeUp;

#[cfg(test)]
mod tests;
