//! How long one stack instance will still take, and whether it takes longer than it should.

use std::time::Duration;

use jiff::Timestamp;

use super::peers::{Peers, Times, by_progress};
use crate::report::fold::lifecycle::{InstanceState, InstanceStatus, elapsed};
use crate::report::fold::running::Running;

/// How many times as long as expected something takes before it is called slow.
const SLOW_FACTOR: u32 = 3;

/// How many of its peers must have ended before one is called slower than they were.
const LEAST_PEERS: usize = 3;

/// What is over sooner than this is never called slow: looking at a stack takes as long.
const LEAST_SLOW: Duration = Duration::from_secs(5);

/// Whether an instance takes more than [`SLOW_FACTOR`] times as long as usual.
pub(super) fn is_slow(instance: &InstanceState, peers: &Peers<'_>, now: Timestamp) -> bool {
    let InstanceStatus::Running(running) = &instance.status else { return false };
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
pub(super) fn left_of(
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
pub(super) fn takes_of(template: &str, peers: &Peers<'_>) -> Option<(Duration, Duration)> {
    let times = peers.of_template(template)?;
    Some((times.most(), times.median()))
}
