//! How long a run will still take, and what takes longer than it should.
//!
//! Nothing is made up: a stack instance is expected to take as long as its own stack took before,
//! else as long as those with the same template take in this run: those that ended, and those that
//! run as far as their resources tell. The last of many takes longer than the one in the middle, so
//! that the way to the end is measured by what nine in ten stay within. While too little of that is
//! known, nothing is said. It knows only what events told: not how many may be in flight, nor what a
//! failure will stop within an environment.

mod path;
mod peers;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::fold::running::Running;
use super::fold::standing::{InstanceState, Standing, elapsed};
use super::fold::state::RunState;
use peers::{Peers, Times, by_progress};

/// How many times as long as expected something takes before it is called slow.
const SLOW_FACTOR: u32 = 3;

/// How many of its peers must have ended before one is called slower than they were.
const LEAST_PEERS: usize = 3;

/// What is over sooner than this is never called slow: looking at a stack takes as long.
const LEAST_SLOW: Duration = Duration::from_secs(5);

/// What is expected of the rest of a run, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    left: Option<(Timestamp, Duration)>,
    slow: BTreeSet<usize>,
}

impl Forecast {
    /// Returns what is to be expected at `now`.
    ///
    /// It looks at every stack instance, so that once a second is often enough.
    pub fn of(state: &RunState, now: Timestamp) -> Self {
        let peers = Peers::of(state, now);
        let left = path::left(state, &peers, now).map(|left| (now, left));
        let slow = state.running.iter().copied();
        let slow = slow.filter(|&position| is_slow(&state.instances[position], &peers, now));
        Self { left, slow: slow.collect() }
    }

    /// Returns how long the run will still take as seen at `now`; nothing while too little is known.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        self.left.map(|(at, left)| left.saturating_sub(elapsed(at, now)))
    }

    /// Whether the stack instance at a position takes more than three times as long as its peers, or
    /// as its own stack did before.
    pub fn is_slow(&self, instance: usize) -> bool {
        self.slow.contains(&instance)
    }
}

fn is_slow(instance: &InstanceState, peers: &Peers<'_>, now: Timestamp) -> bool {
    let Standing::Running(running) = &instance.standing else { return false };
    let (Some(action), Some(since)) = (running.action, running.moving_since) else { return false };
    if running.is_rolling_back() {
        return false;
    }
    let of_peers = peers.ended(&instance.announced.template, action);
    let of_peers = of_peers.filter(|times| times.count() >= LEAST_PEERS).map(|t| t.median());
    let usual = running.precedent.into_iter().chain(of_peers).min();
    let takes = elapsed(since, now);
    usual.is_some_and(|usual| takes > LEAST_SLOW && takes > usual * SLOW_FACTOR)
}

/// Returns how long an instance that runs will still take, if anything tells it.
fn left_of(
    running: &Running,
    template: &str,
    peers: &Peers<'_>,
    now: Timestamp,
) -> Option<Duration> {
    // As long as nothing is done to its stack, an instance waits for its account to be entered.
    let takes = running.moving_since.map_or(Duration::ZERO, |since| elapsed(since, now));
    let of_peers = match running.action {
        Some(action) => peers.of_action(template, action),
        None => peers.of_template(template),
    };
    let expected = match running.is_rolling_back() {
        true => by_progress(running, now).or_else(|| way_there(running)),
        false => running.precedent.or(of_peers.map(Times::most)),
    };
    // What is over its time may end any moment; the longer it takes, the longer it may still.
    expected.map(|expected| expected.saturating_sub(takes).max(takes / 10))
}

/// Returns how long a stack was on its way before it turned back: the way back is no longer.
fn way_there(running: &Running) -> Option<Duration> {
    running.moving_since.map(|turned| elapsed(running.since, turned))
}

/// Returns how long an instance will take that has not begun, if anything tells it: as most do, and
/// as the one in the middle does.
fn takes_of(template: &str, peers: &Peers<'_>) -> Option<(Duration, Duration)> {
    let times = peers.of_template(template)?;
    Some((times.most(), times.median()))
}
