//! A run that nobody keeps: it changes nothing.

use std::sync::Arc;

use tokio::sync::watch;

use crate::cloud::Cloud;
use crate::engine::{self, Run, Stop};
use crate::event;
use crate::plan::Plan;
use crate::report::{self, Reporters, RunState};

/// Carries out a run that nobody keeps to its end, or to where it is stopped, and returns how it stands
/// then.
pub async fn follow(
    plan: Arc<Plan>,
    cloud: &Cloud,
    run: Run,
    reporters: Reporters,
    stop: watch::Receiver<Stop>,
) -> RunState {
    let clock = run.clock;
    let (events, incoming) = event::channel();
    let running = engine::run(plan, cloud, run, stop, events);
    let following = report::drive(incoming, reporters, &clock);
    let ((), state) = tokio::join!(running, following);
    state
}
