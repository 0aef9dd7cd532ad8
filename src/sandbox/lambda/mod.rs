//! A little Lambda: functions are invoked, and processes that speak the runtime API are the functions.
//!
//! Invocations are kept in memory only, beside the store. Nothing here runs by itself: whoever waits,
//! a process for work or a caller for an answer, looks again when something changed and when a
//! moment has come at which something is due.
//!
//! Source: the Lambda API reference, `Invoke`, and the Lambda developer guide, "Using the Lambda
//! runtime API for custom runtimes".

mod function;
mod invocations;
mod invoke;
mod outcome;
mod queue;
mod runtime;

pub use function::Function;
pub use invocations::Invocations;
pub use invoke::{Invoke, refuse};
pub use runtime::RuntimeRequest;
