//! The doctor: why each account can or cannot be entered, and whether `apply` may work there.
//!
//! It looks at every account of a plan as a run would: the same sessions, the same findings. It
//! changes nothing.

mod examination;
mod json;
mod text;

pub use examination::{Examination, Examined, SourceIdentity, examine};
