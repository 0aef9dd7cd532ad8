//! IAM policy documents: statements, wildcard patterns, condition operators, policy variables and the
//! request context; and what a refusal by a policy says.
//!
//! A condition holds, does not hold, or cannot be told ([`Truth`]): the diagnosis of a refused role
//! sees only part of a request, and even the sandbox does not know every key and operator. What an
//! unknown condition means is decided by who asks. Nothing here knows who calls, which policies
//! count for a caller, or where a policy was read.

mod condition;
mod context;
mod denial;
mod document;
mod elements;
pub mod grammar;
mod pattern;
mod statement;
mod truth;

pub use condition::{Condition, EXTERNAL_ID};
pub use context::{ContextValues, RequestContext};
pub use denial::{Denial, resource_of};
pub use document::Policy;
pub use elements::texts;
pub use pattern::{matches, overlap};
pub use statement::{Effect, Principals, Statement};
pub use truth::Truth;
