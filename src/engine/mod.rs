//! Carries out a plan: what may start, one state machine per stack instance, cancellation.
//!
//! The decisions are plain ([`schedule`], `approach`, `request`); the async shell around them only
//! obeys. One loop numbers and stamps every event. The engine knows nothing of displays or files:
//! it speaks through events alone.

mod apply;
mod destroy;
mod ending;
mod instance;
mod order;
mod request;
mod run;
pub mod schedule;
mod secrets;
mod settings;
mod skipped;
mod survey;
mod voice;

pub use run::run;
pub use settings::{Limits, Run, Stop};
pub use survey::{Surveyed, survey};
pub use voice::decline;
