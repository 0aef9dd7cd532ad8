//! What goes wrong on purpose: the weather of a rehearsal.
//!
//! A [`Fault`] is one line of a small language, such as `error=503,action=CreateStack,times=2`:
//! what happens, where, and how often. [`Faults`] holds those of one sandbox and is asked at each
//! call and at each step of a resource. Nothing here is by chance: the same faults and the same
//! calls give the same weather.

mod draw;
mod history;
mod kind;
mod occasion;
mod read;
mod rule;
mod weather;

pub use kind::{Kind, Step};
pub use occasion::{Call, ResourceStep};
pub use read::FaultError;
pub use rule::Fault;
pub use weather::{Faults, Mishap};
