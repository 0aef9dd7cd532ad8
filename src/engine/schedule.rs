//! What may start, and what never will: a plain machine over the order of a plan.
//!
//! It is told what ended and whether somebody wants to stop, and answers with what to do now. It
//! knows stack instances, accounts and waves as numbers and nothing about them. Each answer costs
//! what it changes and not what there is: a run of ten thousand asks as many times.

mod lane;
#[cfg(test)]
mod play;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use lane::Lane;
pub use lane::{Follows, Wave};

/// An entry of a schedule, as a position among those it was made of: not a position in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryIndex(pub usize);

/// What the engine is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start this one.
    Start(EntryIndex),
    /// This one will not be started.
    Skip {
        /// Which.
        index: EntryIndex,
        /// Why not.
        because: SkipCause,
    },
}

/// Why a stack instance is not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipCause {
    /// One that it needs did not succeed.
    NeedFailed {
        /// The need that ended without success, or was skipped for the same reason.
        need: EntryIndex,
    },
    /// In a wave more accounts failed than its tolerance allows.
    WaveStopped {
        /// The wave.
        wave: usize,
        /// The one whose failure was too much.
        failed: EntryIndex,
    },
    /// Its wave was to follow upon success, and there was none.
    NotSucceeded {
        /// The first wave in which something did not succeed.
        wave: usize,
    },
    /// The run was asked to stop.
    Cancelled,
}

/// One entry of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Those that must have succeeded before.
    pub needs: Vec<EntryIndex>,
    /// Its wave, as a position.
    pub wave: usize,
    /// The account that fails if it does.
    pub account: usize,
}

/// Where each stack instance stands and which may start.
#[derive(Clone, Debug)]
pub struct Schedule {
    nodes: Vec<Node>,
    lanes: Vec<Lane>,
    /// How many may be in flight in all waves together.
    most: Option<NonZeroUsize>,
    running: usize,
    /// How many have not ended.
    left: usize,
    /// The waves in which something may start at once.
    eager: BTreeSet<usize>,
    /// The wave whose turn it is, so that none of those side by side starves.
    turn: usize,
    /// Waves of which nothing is left, until what follows them was opened.
    drained: Vec<usize>,
    /// What failed when the run was carried out before.
    recalled_failures: Vec<EntryIndex>,
}

#[derive(Clone, Debug)]
struct Node {
    wave: usize,
    account: usize,
    open_needs: usize,
    dependents: Vec<EntryIndex>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended,
}

impl Schedule {
    /// Returns a schedule in which nothing has started; `most` bounds what is in flight in all
    /// waves together.
    ///
    /// # Panics
    /// When a need is not an entry or a wave is not one of `waves`, or follows a later one.
    pub fn new(entries: &[Entry], waves: &[Wave], most: Option<NonZeroUsize>) -> Self {
        let mut lanes: Vec<Lane> =
            waves.iter().enumerate().map(|(at, wave)| Lane::new(at, wave)).collect();
        for (position, wave) in waves.iter().enumerate() {
            if let Some(before) = wave.follows.wave() {
                assert!(before < position, "a wave follows one before it");
                lanes[before].followers.push(position);
            }
        }
        let mut nodes: Vec<Node> = entries
            .iter()
            .map(|entry| Node {
                wave: entry.wave,
                account: entry.account,
                open_needs: entry.needs.len(),
                dependents: Vec::new(),
                state: State::Waiting,
            })
            .collect();
        for (at, entry) in entries.iter().enumerate() {
            let index = EntryIndex(at);
            for &need in &entry.needs {
                nodes[need.0].dependents.push(index);
            }
            let lane = &mut lanes[entry.wave];
            lane.add(index);
            if entry.needs.is_empty() {
                lane.add_ready(entry.account, index);
            }
        }
        let left = nodes.len();
        Self {
            nodes,
            lanes,
            most,
            running: 0,
            left,
            eager: BTreeSet::new(),
            turn: 0,
            drained: Vec::new(),
            recalled_failures: Vec::new(),
        }
    }

    /// Takes in, before it begins, that one ended when the run was carried out before.
    pub fn recall_ended(&mut self, index: EntryIndex, is_good: bool) {
        let Node { wave, account, .. } = self.nodes[index.0];
        self.nodes[index.0].state = State::Ended;
        self.left -= 1;
        self.lanes[wave].recalled(account, index, is_good);
        if is_good {
            self.free_dependents(index);
        } else {
            self.recalled_failures.push(index);
        }
    }

    /// Takes in, before it begins, that one was under way when the run was carried out before:
    /// whatever has stopped meanwhile, it is started first. It is not if its needs are not recalled.
    pub fn recall_under_way(&mut self, index: EntryIndex) {
        let Node { wave, account, open_needs, state, .. } = self.nodes[index.0];
        if open_needs == 0 && state == State::Waiting {
            self.nodes[index.0].state = State::Running;
            self.running += 1;
            self.lanes[wave].started(account, index);
        }
    }

    /// Returns what may start at the beginning.
    pub fn begin(&mut self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> =
            self.running().into_iter().map(Decision::Start).collect();
        for wave in 0..self.lanes.len() {
            if self.lanes[wave].wave.follows == Follows::Nothing {
                self.open(wave);
            }
        }
        for failed in std::mem::take(&mut self.recalled_failures) {
            self.skip_dependents(failed, &mut decisions);
            let wave = self.nodes[failed.0].wave;
            if self.lanes[wave].is_stopped() {
                self.skip_all(SkipCause::WaveStopped { wave, failed }, &mut decisions);
            }
        }
        self.go_on(&mut decisions);
        decisions
    }

    /// Takes in that a started one ended, and returns what follows.
    ///
    /// # Panics
    /// When it was not running.
    pub fn finished(&mut self, index: EntryIndex, is_good: bool) -> Vec<Decision> {
        let Node { wave, account, state, .. } = self.nodes[index.0];
        assert_eq!(state, State::Running, "only what runs can end");
        let mut decisions = Vec::new();
        self.nodes[index.0].state = State::Ended;
        self.running -= 1;
        self.left -= 1;
        self.lanes[wave].ended(account, is_good);
        if is_good {
            self.free_dependents(index);
        } else {
            self.skip_dependents(index, &mut decisions);
            if self.lanes[wave].is_stopped() {
                self.skip_all(SkipCause::WaveStopped { wave, failed: index }, &mut decisions);
            }
        }
        self.look_at(wave);
        self.go_on(&mut decisions);
        decisions
    }

    /// Takes in that nothing more is to be started, and returns everything that now never will.
    pub fn cancel(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        self.skip_all(SkipCause::Cancelled, &mut decisions);
        decisions
    }

    /// Returns the waves of which more accounts failed than may.
    pub fn stopped(&self) -> Vec<usize> {
        (0..self.lanes.len()).filter(|&wave| self.lanes[wave].is_stopped()).collect()
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// Returns those that run now, ascending.
    pub fn running(&self) -> Vec<EntryIndex> {
        self.all().filter(|index| self.nodes[index.0].state == State::Running).collect()
    }

    fn all(&self) -> impl Iterator<Item = EntryIndex> + use<> {
        (0..self.nodes.len()).map(EntryIndex)
    }

    fn free_dependents(&mut self, index: EntryIndex) {
        for dependent in self.nodes[index.0].dependents.clone() {
            let node = &mut self.nodes[dependent.0];
            node.open_needs -= 1;
            if node.open_needs == 0 && node.state == State::Waiting {
                let wave = node.wave;
                self.lanes[wave].add_ready(node.account, dependent);
                self.look_at(wave);
            }
        }
    }

    fn skip_dependents(&mut self, failed: EntryIndex, decisions: &mut Vec<Decision>) {
        let mut open = vec![failed];
        while let Some(need) = open.pop() {
            for dependent in self.nodes[need.0].dependents.clone() {
                if self.skip(dependent, SkipCause::NeedFailed { need }, decisions) {
                    open.push(dependent);
                }
            }
        }
    }

    fn skip_all(&mut self, because: SkipCause, decisions: &mut Vec<Decision>) {
        for index in self.all() {
            self.skip(index, because, decisions);
        }
    }

    /// Skips one that waits, and returns whether it did.
    fn skip(
        &mut self,
        index: EntryIndex,
        because: SkipCause,
        decisions: &mut Vec<Decision>,
    ) -> bool {
        let Node { wave, account, state, .. } = self.nodes[index.0];
        if state != State::Waiting {
            return false;
        }
        self.nodes[index.0].state = State::Ended;
        self.left -= 1;
        self.lanes[wave].skipped(account, index);
        self.look_at(wave);
        decisions.push(Decision::Skip { index, because });
        true
    }

    /// Goes on to waves whose turn has come, and starts what may start.
    fn go_on(&mut self, decisions: &mut Vec<Decision>) {
        while let Some(wave) = self.drained.pop() {
            if !self.lanes[wave].conclude() {
                continue;
            }
            for follower in self.lanes[wave].followers.clone() {
                match self.lanes[wave].bar(&self.lanes[follower].wave) {
                    None => self.open(follower),
                    Some(first) => self.bar(follower, first, decisions),
                }
                let spoiled_by = self.lanes[wave].spoiled_by;
                let lane = &mut self.lanes[follower];
                lane.spoiled_by = spoiled_by.or(lane.spoiled_by);
            }
        }
        self.start_ready(decisions);
    }

    fn open(&mut self, wave: usize) {
        self.lanes[wave].open();
        self.look_at(wave);
    }

    /// Skips a whole wave because something in the wave `first` did not succeed.
    fn bar(&mut self, wave: usize, first: usize, decisions: &mut Vec<Decision>) {
        self.lanes[wave].is_barred = true;
        for member in self.lanes[wave].members.clone() {
            self.skip(member, SkipCause::NotSucceeded { wave: first }, decisions);
        }
        self.open(wave);
    }

    /// Notes whether something may start in a wave, and whether nothing of it is left.
    fn look_at(&mut self, wave: usize) {
        let lane = &self.lanes[wave];
        if lane.is_drained() {
            self.drained.push(wave);
        }
        match lane.next() {
            Some(_) => self.eager.insert(wave),
            None => self.eager.remove(&wave),
        };
    }

    fn start_ready(&mut self, decisions: &mut Vec<Decision>) {
        while self.most.is_none_or(|most| self.running < most.get()) {
            let turn = self.eager.range(self.turn..).next().or(self.eager.first()).copied();
            let Some(wave) = turn else { return };
            let (account, index) = self.lanes[wave].next().expect("something is eager to start");
            self.lanes[wave].started(account, index);
            self.nodes[index.0].state = State::Running;
            self.running += 1;
            self.turn = wave + 1;
            self.look_at(wave);
            decisions.push(Decision::Start(index));
        }
    }
}
