//! Carries out a plan: what may start, one state machine per stack instance, cancellation.
//!
//! The decisions are plain: `coordinator` makes them for a run, with [`schedule`] for what may start,
//! and each stack instance at work for itself. The loop in `run` only obeys, and numbers and stamps
//! every event. The engine knows nothing of displays or files: it speaks through events alone.

mod apply;
mod cancel;
mod coordinator;
mod destroy;
mod draft;
mod early;
mod ending;
mod instance;
mod intent;
mod job;
mod order;
mod past;
mod position;
mod preview;
mod request;
mod rollback;
mod run;
pub mod schedule;
mod secrets;
mod sending;
mod settings;
mod skipped;
mod standing;
mod stuck;
mod survey;
mod take_up;
mod undo;
mod voice;

pub use past::{Past, PastStart, Sent};
pub use rollback::Befores;
pub use run::run;
pub use settings::{Limits, Run, Stop};
pub use standing::StandingTemplates;
pub use survey::{Surveyed, survey};
pub use voice::{decline, turn_away};
