//! Intrinsic functions: from what a template says to plain values.
//!
//! Source: the CloudFormation template reference, "Intrinsic function reference" and "AWS::LanguageExtensions
//! transform".

mod cidr;
mod condition;
mod functions;
mod reference;
mod scope;
mod stack_output;

pub use scope::{OtherStacks, TemplateScope, function};
