//! Fault injection: what goes wrong on purpose, where, and how often.
//!
//! A [`FaultRule`] is one line of a small language, such as `error=503,action=CreateStack,times=2`
//! (`parse`, `kind_words`, `scope_words`). A [`FaultSchedule`] holds those of one sandbox and is asked at each call and at each step
//! of a resource. Nothing here is by chance: the same faults and the same calls give the same run.
//! `alter`, `body`, `refusals` and `reply` are what a call that is hit comes to; `history` is for stale
//! reads (eventual consistency).

mod actions;
pub mod alter;
mod body;
mod duration;
mod history;
mod kind;
mod kind_words;
mod parse;
mod random;
pub mod refusals;
mod reply;
mod rule;
mod schedule;
mod scope_words;
mod target;

pub use body::FaultyBody;
pub use kind::{DriftKind, FaultKind, StepKind};
pub use parse::FaultError;
pub use reply::ReplyFault;
pub use rule::FaultRule;
pub use schedule::{AnswerFault, FaultSchedule, InjectedFault};
pub use target::{TargetCall, TargetHandlerCall, TargetStep};
