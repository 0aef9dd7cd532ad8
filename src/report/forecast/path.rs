//! The way that is left: along what needs what, wave after wave, and environment after environment
//! where they go in order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::expected::{left_of, takes_of};
use super::peers::Peers;
use crate::event::{AnnouncedInstance, Operation};
use crate::name::EnvironmentName;
use crate::report::fold::lifecycle::{Cancel, InstanceStatus};
use crate::report::fold::state::RunState;

/// What could have begun for so long and has not is held back: only so many may be in flight.
const HELD_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Returns how long the run will still take; nothing while that is not known of more than one in
/// ten stack instances that are left.
pub(super) fn left(state: &RunState, peers: &Peers<'_>, now: Timestamp) -> Option<Duration> {
    let operation = state.start.as_ref()?.operation;
    let mut walk = Walk::new(state, peers, now);
    for position in in_order(state, operation) {
        walk.step(position, operation);
    }
    walk.left()
}

/// Returns every stack instance after the environments and waves before its own and after what it
/// needs, as far as the record is whole.
fn in_order(state: &RunState, operation: Operation) -> Vec<usize> {
    let start = state.start.iter().filter(|start| start.in_order);
    // The order given, also to take down.
    let turns: BTreeMap<&EnvironmentName, usize> =
        start.flat_map(|start| &start.environments).zip(0..).collect();
    let announced = |position: &usize| &state.instances[*position].announced;
    let turn = |position: &usize| turns.get(&announced(position).id.environment).copied();
    let wave = |position: &usize| announced(position).wave;
    let mut order: Vec<usize> = (0..state.instances.len()).collect();
    match operation {
        Operation::Apply | Operation::Plan => order.sort_by_key(|at| (turn(at), wave(at))),
        Operation::Destroy | Operation::Prune => {
            order.sort_by_key(|at| (turn(at), Reverse((wave(at), *at))));
        }
    }
    order
}

/// What is known of a stack instance when those before it were looked at.
#[derive(Clone, Copy, Debug, Default)]
struct PriorStack {
    /// When the last of them will have ended, from now.
    ends_in: Duration,
    /// When the last of them that ended did.
    ended_at: Option<Timestamp>,
    /// Whether one of them went wrong, so that this one will not be started.
    is_bad: bool,
}

impl PriorStack {
    fn and(self, other: Self) -> Self {
        Self {
            ends_in: self.ends_in.max(other.ends_in),
            ended_at: self.ended_at.max(other.ended_at),
            is_bad: self.is_bad || other.is_bad,
        }
    }
}

/// A wave, by its environment and number.
type Wave<'a> = (&'a EnvironmentName, Option<usize>);

/// How long waves that come after each other take, as far as they were looked at.
#[derive(Debug, Default)]
struct Waves<'a> {
    wave: Option<Wave<'a>>,
    /// When the waves before this one will have ended.
    before: Duration,
    /// When this one will have ended.
    end: Duration,
}

struct Walk<'a> {
    state: &'a RunState,
    peers: &'a Peers<'a>,
    now: Timestamp,
    before: Vec<PriorStack>,
    after: Vec<PriorStack>,
    /// Those of each environment, or those of all together where environments go in order.
    waves: BTreeMap<Option<&'a EnvironmentName>, Waves<'a>>,
    /// When the waves that have begun did.
    begun: BTreeMap<Wave<'a>, Timestamp>,
    /// The environment after which none begins, because something in it went wrong.
    last: Option<&'a EnvironmentName>,
    work: Duration,
    end: Duration,
    open: usize,
    unknown: usize,
    is_held: bool,
}

impl<'a> Walk<'a> {
    fn new(state: &'a RunState, peers: &'a Peers<'a>, now: Timestamp) -> Self {
        let count = state.instances.len();
        Self {
            state,
            peers,
            now,
            before: vec![PriorStack::default(); count],
            after: vec![PriorStack::default(); count],
            waves: BTreeMap::new(),
            begun: begun(state),
            last: None,
            work: Duration::ZERO,
            end: Duration::ZERO,
            open: 0,
            unknown: 0,
            is_held: false,
        }
    }

    fn step(&mut self, position: usize, operation: Operation) {
        // In a damaged record a need may be anything; one that is not known yet counts for nothing.
        let needs = self.state.instances[position].announced.needs.iter().copied();
        let needs = needs.filter(|need| *need < self.state.instances.len());
        if !operation.deletes() {
            let needed = needs.clone().map(|need| self.after[need]);
            self.before[position] = needed.fold(self.before[position], PriorStack::and);
        }
        let after = self.after(position);
        self.after[position] = after;
        if after.is_bad && self.state.is_in_order() {
            let environment = &self.state.instances[position].announced.id.environment;
            self.last.get_or_insert(environment);
        }
        if operation.deletes() {
            needs.for_each(|need| self.before[need] = self.before[need].and(after));
        }
    }

    /// Returns what an instance means for those that come after it.
    fn after(&mut self, position: usize) -> PriorStack {
        let instance = &self.state.instances[position];
        let announced = &instance.announced;
        let before = self.before[position];
        match &instance.status {
            InstanceStatus::Finished(finished) => PriorStack {
                ends_in: Duration::ZERO,
                ended_at: finished.since.and_then(|at| at.checked_add(finished.duration).ok()),
                is_bad: !finished.end.outcome.is_good(),
            },
            InstanceStatus::Running(running) => {
                let takes = left_of(running, &announced.template, self.peers, self.now);
                let ends_in =
                    self.add(announced, Duration::ZERO, takes.map(|takes| (takes, takes)));
                PriorStack { ends_in, ended_at: None, is_bad: running.is_rolling_back() }
            }
            InstanceStatus::Waiting if before.is_bad || self.is_given_up(announced) => {
                PriorStack { ends_in: Duration::ZERO, ended_at: None, is_bad: true }
            }
            InstanceStatus::Waiting => {
                self.is_held |= self.could_have_begun(announced, before);
                let starts_in = before.ends_in.max(self.waves_to(announced).before);
                let takes = takes_of(&announced.template, self.peers);
                let ends_in = self.add(announced, starts_in, takes);
                PriorStack { ends_in, ended_at: None, is_bad: false }
            }
        }
    }

    /// Whether an instance that waits will not be started, whatever becomes of what it needs.
    fn is_given_up(&self, announced: &AnnouncedInstance) -> bool {
        let is_after_last = self.last.is_some_and(|last| announced.id.environment != *last);
        is_after_last || self.state.cancel != Cancel::No
    }

    /// Returns the waves that an instance's own is one of, as far as that.
    fn waves_to(&mut self, announced: &'a AnnouncedInstance) -> &mut Waves<'a> {
        let environment = &announced.id.environment;
        let own = Some(environment).filter(|_| !self.state.is_in_order());
        let waves = self.waves.entry(own).or_default();
        let wave = Some((environment, announced.wave));
        if waves.wave != wave {
            *waves = Waves { wave, before: waves.end, end: waves.end };
        }
        waves
    }

    /// Takes in an instance that is not over, with how long it takes at most and as a rule, and returns
    /// when it will be.
    fn add(
        &mut self,
        announced: &'a AnnouncedInstance,
        starts_in: Duration,
        takes: Option<(Duration, Duration)>,
    ) -> Duration {
        self.open += 1;
        self.unknown += usize::from(takes.is_none());
        let all = self.peers.all();
        let (most, median) = takes.unwrap_or_else(|| (all.most(), all.median()));
        let ends_in = starts_in.saturating_add(most);
        self.work = self.work.saturating_add(median);
        self.end = self.end.max(ends_in);
        let waves = self.waves_to(announced);
        waves.end = waves.end.max(ends_in);
        ends_in
    }

    fn could_have_begun(&self, announced: &AnnouncedInstance, before: PriorStack) -> bool {
        let begun = self.begun.get(&(&announced.id.environment, announced.wave));
        let ready = begun.map(|&begun| before.ended_at.map_or(begun, |ended| ended.max(begun)));
        before.ends_in.is_zero()
            && ready.is_some_and(|ready| self.now.duration_since(ready) > HELD_AFTER)
    }

    fn left(&self) -> Option<Duration> {
        let is_over = self.open == 0 || self.state.cancel == Cancel::AtOnce;
        if is_over || self.unknown * 10 > self.open {
            return None;
        }
        // Where some are held back, as many go on at a time as ever did.
        let at_a_time = u32::try_from(self.state.most_running).unwrap_or(u32::MAX).max(1);
        let in_turn = if self.is_held { self.work / at_a_time } else { Duration::ZERO };
        Some(self.end.max(in_turn))
    }
}

/// Returns when each wave that has begun did.
fn begun(state: &RunState) -> BTreeMap<Wave<'_>, Timestamp> {
    let mut begun = BTreeMap::new();
    for place in state.places.iter().filter(|place| place.waiting() < place.instances.len()) {
        let started = place.instances.iter().filter_map(|&position| {
            match &state.instances[position].status {
                InstanceStatus::Waiting => None,
                InstanceStatus::Running(running) => Some(running.since),
                InstanceStatus::Finished(finished) => finished.since,
            }
        });
        if let Some(first) = started.min() {
            let wave = begun.entry((&place.environment, place.wave)).or_insert(first);
            *wave = first.min(*wave);
        }
    }
    begun
}
