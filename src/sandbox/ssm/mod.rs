//! A little of Systems Manager: the parameter store.
//!
//! Source: the Systems Manager API reference, `PutParameter`, `GetParameter`, `GetParameters`, `GetParametersByPath` and
//! `DeleteParameter`.

mod actions;
mod get;
mod put;
mod refusals;

pub use actions::answer;
