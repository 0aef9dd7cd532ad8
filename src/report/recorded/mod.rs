//! Runs as their events tell them, built for tests.

mod fleet;
pub mod plans;
mod recording;
mod runs;

pub use fleet::Fleet;
pub use recording::{Recording, announced, end, id, left_behind};
pub use runs::{
    cancelled, chain, denials, denied, failure, in_waves, left_at_once, many, refusal, refusals,
    stopped_wave, unchanged,
};
