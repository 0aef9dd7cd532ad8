//! What may start, and what never will: a plain machine over the order of a plan.
//!
//! It is told what ended and whether somebody wants to stop, and answers with what to do now. It
//! knows stack instances, accounts and waves as numbers and nothing about them. Each answer costs
//! what it changes and not what there is: a run of ten thousand asks as many times.

mod entry;
mod gate;
mod hold;
#[cfg(test)]
mod simulation;
mod wave_state;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

pub use self::entry::{EntryIndex, ScheduleDecision, ScheduleEntry, SkipCause};
use self::entry::{NodeState, ScheduleNode};
use self::wave_state::WaveState;
pub use self::wave_state::{Follows, ScheduleWave};

/// Where each stack instance stands and which may start.
#[derive(Clone, Debug)]
pub struct Schedule {
    nodes: Vec<ScheduleNode>,
    wave_states: Vec<WaveState>,
    /// How many may be in flight in all waves together.
    most: Option<NonZeroUsize>,
    running: usize,
    /// How many have not ended.
    left: usize,
    /// Whether nothing is started for now.
    is_held: bool,
    /// The waves in which something may start at once.
    eager: BTreeSet<usize>,
    /// The wave whose turn it is, so that none of those side by side starves.
    turn: usize,
    /// Waves of which nothing is left, until what follows them was opened.
    drained: Vec<usize>,
    /// What failed when the run was carried out before.
    recalled_failures: Vec<EntryIndex>,
}

impl Schedule {
    /// Returns a schedule in which nothing has started; `most` bounds what is in flight in all
    /// waves together.
    ///
    /// # Panics
    /// When a need is not an entry or a wave is not one of `waves`, or follows a later one.
    pub fn new(
        entries: &[ScheduleEntry],
        waves: &[ScheduleWave],
        most: Option<NonZeroUsize>,
    ) -> Self {
        let mut wave_states: Vec<WaveState> =
            waves.iter().enumerate().map(|(at, wave)| WaveState::new(at, wave)).collect();
        for (position, wave) in waves.iter().enumerate() {
            if let Some(before) = wave.follows.wave() {
                assert!(before < position, "a wave follows one before it");
                wave_states[before].followers.push(position);
            }
        }
        let mut nodes: Vec<ScheduleNode> = entries
            .iter()
            .map(|entry| ScheduleNode {
                wave: entry.wave,
                account: entry.account,
                open_needs: entry.needs.len(),
                dependents: Vec::new(),
                state: NodeState::Waiting,
            })
            .collect();
        for (at, entry) in entries.iter().enumerate() {
            let index = EntryIndex(at);
            for &need in &entry.needs {
                nodes[need.0].dependents.push(index);
            }
            let wave_state = &mut wave_states[entry.wave];
            wave_state.add(index);
            if entry.needs.is_empty() {
                wave_state.add_ready(entry.account, index);
            }
        }
        let left = nodes.len();
        Self {
            nodes,
            wave_states,
            most,
            running: 0,
            left,
            is_held: false,
            eager: BTreeSet::new(),
            turn: 0,
            drained: Vec::new(),
            recalled_failures: Vec::new(),
        }
    }

    /// Takes in, before it begins, that one ended when the run was carried out before.
    pub fn recall_ended(&mut self, index: EntryIndex, is_good: bool) {
        let ScheduleNode { wave, account, .. } = self.nodes[index.0];
        self.nodes[index.0].state = NodeState::Ended;
        self.left -= 1;
        self.wave_states[wave].recalled(account, index, is_good);
        if is_good {
            self.free_dependents(index);
        } else {
            self.recalled_failures.push(index);
        }
    }

    /// Takes in, before it begins, that one was under way when the run was carried out before:
    /// whatever has stopped meanwhile, it is started first. It is not if its needs are not recalled.
    pub fn recall_under_way(&mut self, index: EntryIndex) {
        let ScheduleNode { wave, account, open_needs, state, .. } = self.nodes[index.0];
        if open_needs == 0 && state == NodeState::Waiting {
            self.nodes[index.0].state = NodeState::Running;
            self.running += 1;
            self.wave_states[wave].started(account, index);
        }
    }

    /// Returns what may start at the beginning.
    pub fn begin(&mut self) -> Vec<ScheduleDecision> {
        let mut decisions: Vec<ScheduleDecision> =
            self.running().into_iter().map(ScheduleDecision::Start).collect();
        for wave in 0..self.wave_states.len() {
            if self.wave_states[wave].wave.follows == Follows::Nothing {
                self.reach(wave, &mut decisions);
            }
        }
        for failed in std::mem::take(&mut self.recalled_failures) {
            self.skip_dependents(failed, &mut decisions);
            let wave = self.nodes[failed.0].wave;
            if self.wave_states[wave].is_stopped() {
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
    pub fn finished(&mut self, index: EntryIndex, is_good: bool) -> Vec<ScheduleDecision> {
        let ScheduleNode { wave, account, state, .. } = self.nodes[index.0];
        assert_eq!(state, NodeState::Running, "only what runs can end");
        let mut decisions = Vec::new();
        self.nodes[index.0].state = NodeState::Ended;
        self.running -= 1;
        self.left -= 1;
        self.wave_states[wave].ended(account, is_good);
        if is_good {
            self.free_dependents(index);
        } else {
            self.skip_dependents(index, &mut decisions);
            if self.wave_states[wave].is_stopped() {
                self.skip_all(SkipCause::WaveStopped { wave, failed: index }, &mut decisions);
            }
        }
        self.look_at(wave);
        self.go_on(&mut decisions);
        decisions
    }

    /// Takes in that nothing more is to be started, and returns everything that now never will.
    pub fn cancel(&mut self) -> Vec<ScheduleDecision> {
        let mut decisions = Vec::new();
        self.skip_all(SkipCause::Cancelled, &mut decisions);
        decisions
    }

    /// Returns the waves of which more accounts failed than may.
    pub fn stopped(&self) -> Vec<usize> {
        (0..self.wave_states.len()).filter(|&wave| self.wave_states[wave].is_stopped()).collect()
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// Returns those that run now, ascending.
    pub fn running(&self) -> Vec<EntryIndex> {
        self.all().filter(|index| self.nodes[index.0].state == NodeState::Running).collect()
    }

    fn all(&self) -> impl Iterator<Item = EntryIndex> + use<> {
        (0..self.nodes.len()).map(EntryIndex)
    }

    fn free_dependents(&mut self, index: EntryIndex) {
        for dependent in self.nodes[index.0].dependents.clone() {
            let node = &mut self.nodes[dependent.0];
            node.open_needs -= 1;
            if node.open_needs == 0 && node.state == NodeState::Waiting {
                let wave = node.wave;
                self.wave_states[wave].add_ready(node.account, dependent);
                self.look_at(wave);
            }
        }
    }

    fn skip_dependents(&mut self, failed: EntryIndex, decisions: &mut Vec<ScheduleDecision>) {
        let mut open = vec![failed];
        while let Some(need) = open.pop() {
            for dependent in self.nodes[need.0].dependents.clone() {
                if self.skip(dependent, SkipCause::NeedFailed { need }, decisions) {
                    open.push(dependent);
                }
            }
        }
    }

    fn skip_all(&mut self, because: SkipCause, decisions: &mut Vec<ScheduleDecision>) {
        for index in self.all() {
            self.skip(index, because, decisions);
        }
    }

    /// Skips one that waits, and returns whether it did.
    fn skip(
        &mut self,
        index: EntryIndex,
        because: SkipCause,
        decisions: &mut Vec<ScheduleDecision>,
    ) -> bool {
        let ScheduleNode { wave, account, state, .. } = self.nodes[index.0];
        if state != NodeState::Waiting {
            return false;
        }
        self.nodes[index.0].state = NodeState::Ended;
        self.left -= 1;
        self.wave_states[wave].skipped(account, index);
        self.look_at(wave);
        decisions.push(ScheduleDecision::Skip { index, because });
        true
    }

    /// Goes on to waves whose turn has come, and starts what may start.
    fn go_on(&mut self, decisions: &mut Vec<ScheduleDecision>) {
        while let Some(wave) = self.drained.pop() {
            if !self.wave_states[wave].conclude() {
                continue;
            }
            for follower in self.wave_states[wave].followers.clone() {
                let before = &self.wave_states[wave];
                match (before.closed_by, before.bar(&self.wave_states[follower].wave)) {
                    (Some(gate), _) => self.close(follower, gate, decisions),
                    (None, Some(first)) => self.bar(follower, first, decisions),
                    (None, None) => self.reach(follower, decisions),
                }
                let spoiled_by = self.wave_states[wave].spoiled_by;
                let wave_state = &mut self.wave_states[follower];
                wave_state.spoiled_by = spoiled_by.or(wave_state.spoiled_by);
            }
        }
        self.start_ready(decisions);
    }

    fn open(&mut self, wave: usize) {
        self.wave_states[wave].open();
        self.look_at(wave);
    }

    /// Skips a whole wave because something in the wave `first` did not succeed.
    fn bar(&mut self, wave: usize, first: usize, decisions: &mut Vec<ScheduleDecision>) {
        self.wave_states[wave].is_barred = true;
        for member in self.wave_states[wave].members.clone() {
            self.skip(member, SkipCause::NotSucceeded { wave: first }, decisions);
        }
        self.open(wave);
    }

    /// Notes whether something may start in a wave, and whether nothing of it is left.
    fn look_at(&mut self, wave: usize) {
        let wave_state = &self.wave_states[wave];
        if wave_state.is_drained() {
            self.drained.push(wave);
        }
        match wave_state.next() {
            Some(_) => self.eager.insert(wave),
            None => self.eager.remove(&wave),
        };
    }

    fn start_ready(&mut self, decisions: &mut Vec<ScheduleDecision>) {
        while !self.is_held && self.most.is_none_or(|most| self.running < most.get()) {
            let turn = self.eager.range(self.turn..).next().or(self.eager.first()).copied();
            let Some(wave) = turn else { return };
            let (account, index) =
                self.wave_states[wave].next().expect("something is eager to start");
            self.wave_states[wave].started(account, index);
            self.nodes[index.0].state = NodeState::Running;
            self.running += 1;
            self.turn = wave + 1;
            self.look_at(wave);
            decisions.push(ScheduleDecision::Start(index));
        }
    }
}
