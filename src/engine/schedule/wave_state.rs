//! The state of one wave: what of it is ready, what runs, and which of its accounts failed.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::entry::EntryIndex;
use crate::environment::{ConcurrencyMode, OnFailure};

/// When a wave begins, and what bounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleWave {
    /// What must be over before.
    pub follows: Follows,
    /// Whether somebody must let it begin.
    pub has_gate: bool,
    /// How many of its stack instances may be in flight; no limit if absent.
    pub max_concurrent: Option<NonZeroUsize>,
    /// How many of its accounts may fail before it stops.
    pub failure_tolerance: usize,
    /// Whether failures bound how many accounts are in flight.
    pub concurrency_mode: ConcurrencyMode,
    /// Whether failures stop anything but what needs the failed.
    pub on_failure: OnFailure,
}

/// What must be over before a wave begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// Nothing: it begins at once.
    Nothing,
    /// This wave, however it ended unless that stopped the run.
    Wave(usize),
    /// This wave, and everything in it and in those that it follows succeeded.
    Success(usize),
}

impl Follows {
    /// Returns the wave that must be over before.
    pub fn wave(self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Wave(wave) | Self::Success(wave) => Some(wave),
        }
    }
}

/// Where a wave stands.
#[derive(Clone, Debug)]
pub(super) struct WaveState {
    /// What bounds it.
    pub wave: ScheduleWave,
    /// The waves that follow it.
    pub followers: Vec<usize>,
    /// Everything that belongs to it.
    pub members: Vec<EntryIndex>,
    /// The first wave, of it and those before it, in which something did not succeed.
    pub spoiled_by: Option<usize>,
    /// Whether it was skipped because of those before it.
    pub is_barred: bool,
    /// The wave that was not let begin, if it is this one or before it.
    pub closed_by: Option<usize>,
    at: usize,
    phase: Phase,
    left: usize,
    running: usize,
    /// What may start as far as needs go, by account.
    ready: BTreeMap<usize, BTreeSet<EntryIndex>>,
    /// How many run in each account in flight.
    in_flight: BTreeMap<usize, usize>,
    failed: BTreeSet<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    AtGate,
    Open,
    Over,
}

impl WaveState {
    /// Returns the wave at position `at`, empty and closed.
    pub fn new(at: usize, wave: &ScheduleWave) -> Self {
        Self {
            wave: wave.clone(),
            followers: Vec::new(),
            members: Vec::new(),
            spoiled_by: None,
            is_barred: false,
            closed_by: None,
            at,
            phase: Phase::Closed,
            left: 0,
            running: 0,
            ready: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            failed: BTreeSet::new(),
        }
    }

    /// Adds a member that waits.
    pub fn add(&mut self, index: EntryIndex) {
        self.members.push(index);
        self.left += 1;
    }

    /// Takes in that the needs of a member are done.
    pub fn add_ready(&mut self, account: usize, index: EntryIndex) {
        self.ready.entry(account).or_default().insert(index);
    }

    /// Begins the wave: its accounts may start.
    pub fn open(&mut self) {
        if self.phase != Phase::Over {
            self.phase = Phase::Open;
        }
    }

    /// Whether somebody must let it begin now: its turn has come, and something of it has yet to start.
    pub fn asks(&self) -> bool {
        self.wave.has_gate && self.phase == Phase::Closed && self.left > self.running
    }

    /// Takes in that its turn has come and that it waits until it is let begin.
    pub fn wait_at_gate(&mut self) {
        self.phase = Phase::AtGate;
    }

    /// Whether it waits until it is let begin.
    pub fn is_at_gate(&self) -> bool {
        self.phase == Phase::AtGate
    }

    /// Returns the account and the position of what is to start next, if anything may.
    ///
    /// The lowest account comes first, so that what was begun is brought to its end.
    pub fn next(&self) -> Option<(usize, EntryIndex)> {
        let is_full = self.wave.max_concurrent.is_some_and(|most| self.running >= most.get());
        if self.phase != Phase::Open || is_full {
            return None;
        }
        let account = if self.may_enter_another() {
            *self.ready.first_key_value()?.0
        } else {
            *self.in_flight.keys().find(|account| self.ready.contains_key(account))?
        };
        self.ready[&account].first().map(|&index| (account, index))
    }

    /// Whether one more account may be in flight.
    ///
    /// `strict` allows as many as may still fail, and one more: so the accounts that fail are never
    /// more than the tolerance and one. Source: the CloudFormation API reference,
    /// `StackSetOperationPreferences`, `ConcurrencyMode`.
    fn may_enter_another(&self) -> bool {
        match self.wave.concurrency_mode {
            ConcurrencyMode::Soft => true,
            ConcurrencyMode::Strict => {
                let may_fail = self.wave.failure_tolerance.saturating_sub(self.failed.len());
                self.in_flight.len() <= may_fail
            }
        }
    }

    /// Takes in that a ready member runs.
    pub fn started(&mut self, account: usize, index: EntryIndex) {
        self.withdraw(account, index);
        self.running += 1;
        *self.in_flight.entry(account).or_default() += 1;
    }

    /// Takes in that a running member ended.
    pub fn ended(&mut self, account: usize, is_good: bool) {
        self.left -= 1;
        self.running -= 1;
        let in_account = self.in_flight.get_mut(&account).expect("what ended was in flight");
        *in_account -= 1;
        if *in_account == 0 {
            self.in_flight.remove(&account);
        }
        if !is_good {
            self.failed.insert(account);
            self.spoil();
        }
    }

    /// Takes in that a member ended when the run was carried out before.
    pub fn recalled(&mut self, account: usize, index: EntryIndex, is_good: bool) {
        self.left -= 1;
        self.withdraw(account, index);
        if !is_good {
            self.failed.insert(account);
            self.spoil();
        }
    }

    /// Takes in that a member that waited never starts.
    pub fn skipped(&mut self, account: usize, index: EntryIndex) {
        self.left -= 1;
        self.withdraw(account, index);
        self.spoil();
    }

    /// Whether more of its accounts failed than may.
    pub fn is_stopped(&self) -> bool {
        match self.wave.on_failure {
            OnFailure::Stop | OnFailure::RollbackWave | OnFailure::RollbackRun => {
                self.failed.len() > self.wave.failure_tolerance
            }
            OnFailure::Continue => false,
        }
    }

    /// Whether it has begun and nothing of it is left.
    pub fn is_drained(&self) -> bool {
        self.phase == Phase::Open && self.left == 0
    }

    /// Ends it if nothing of it is left; returns whether it ended now.
    pub fn conclude(&mut self) -> bool {
        let is_over = self.is_drained();
        if is_over {
            self.phase = Phase::Over;
        }
        is_over
    }

    /// Returns the first wave in which something did not succeed, if that bars `follower`.
    pub fn bar(&self, follower: &ScheduleWave) -> Option<usize> {
        match follower.follows {
            Follows::Success(_) => self.spoiled_by,
            Follows::Nothing | Follows::Wave(_) => self.spoiled_by.filter(|_| self.is_barred),
        }
    }

    fn withdraw(&mut self, account: usize, index: EntryIndex) {
        if let Some(ready) = self.ready.get_mut(&account) {
            ready.remove(&index);
            if ready.is_empty() {
                self.ready.remove(&account);
            }
        }
    }

    fn spoil(&mut self) {
        self.spoiled_by.get_or_insert(self.at);
    }
}
