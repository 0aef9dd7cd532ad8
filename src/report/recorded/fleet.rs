//! Large runs, simulated: what an engine would tell of hundreds of accounts, event by event.

use std::collections::BTreeMap;

use super::recording::{Recording, announced, end, id};
use crate::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, InstanceEnd, Operation, Outcome, RunResult,
    StackAction,
};

/// How long one resource takes.
const RESOURCE_MS: i64 = 6_000;

/// Accounts that each have the same stacks, one after the other.
pub struct Fleet {
    pub accounts: usize,
    /// The stacks and how many resources each has.
    pub stacks: &'static [(&'static str, usize)],
    /// How many accounts are in each wave, in order; one wave if empty.
    pub waves: &'static [usize],
    /// How many stack instances may be in flight.
    pub at_a_time: usize,
    /// How many accounts are entered a second.
    pub entered_a_second: i64,
    /// Why an account's stack fails, if it does.
    pub fails: fn(usize, &str) -> Option<&'static str>,
    /// How many times as long as usual an account takes.
    pub slowness: fn(usize) -> i64,
    /// When somebody asks it to stop.
    pub cancelled_ms: Option<i64>,
    /// How many calls were throttled.
    pub throttled: u64,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            accounts: 300,
            stacks: &[("network", 4), ("cross-account-role", 2), ("app", 9)],
            waves: &[],
            at_a_time: usize::MAX,
            entered_a_second: 100,
            fails: |_, _| None,
            slowness: |_| 1,
            cancelled_ms: None,
            throttled: 0,
        }
    }
}

/// What happens next to a stack instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Act,
    Resource(usize),
    Fail,
    RolledBack,
    End,
}

/// A fleet while it is simulated.
struct Simulation<'a> {
    fleet: &'a Fleet,
    paths: Vec<String>,
    /// What happens when; the number keeps those of one moment in the order they were planned.
    agenda: BTreeMap<(i64, usize), (usize, Step)>,
    planned: usize,
    waiting: Vec<usize>,
    ended: Vec<Option<Outcome>>,
    running: usize,
    is_cancelled: bool,
    recording: Recording,
}

impl Fleet {
    /// Records the whole run.
    pub fn run(&self) -> Recording {
        let instances: Vec<AnnouncedInstance> =
            (0..self.accounts * self.stacks.len()).map(|index| self.announced(index)).collect();
        let count = instances.len();
        let mut simulation = Simulation {
            fleet: self,
            paths: (0..count).map(|index| self.path(index)).collect(),
            agenda: BTreeMap::new(),
            planned: 0,
            waiting: (0..count).rev().collect(),
            ended: vec![None; count],
            running: 0,
            is_cancelled: false,
            recording: Recording::started(Operation::Apply, instances),
        };
        simulation.run();
        simulation.recording
    }

    fn path(&self, index: usize) -> String {
        let (account, stack) = (index / self.stacks.len(), index % self.stacks.len());
        format!("{}/{}", account_name(account), self.stacks[stack].0)
    }

    fn announced(&self, index: usize) -> AnnouncedInstance {
        let stack = index % self.stacks.len();
        let needs = if stack == 0 { Vec::new() } else { vec![index - 1] };
        let account = index / self.stacks.len();
        let account_id = format!("1000{account:08}").parse().expect("an id");
        let wave = self.wave(account);
        AnnouncedInstance {
            needs,
            wave,
            account_id,
            ..announced(&self.path(index), self.stacks[stack].1)
        }
    }

    fn wave(&self, account: usize) -> Option<usize> {
        let mut end = 0;
        let ends = self.waves.iter().map(|size| {
            end += size;
            end
        });
        ends.collect::<Vec<_>>().iter().position(|end| account < *end).map(|wave| wave + 1)
    }
}

fn account_name(account: usize) -> String {
    const TEAMS: [&str; 7] = ["billing", "data", "edge", "identity", "ml", "payments", "search"];
    const STAGES: [&str; 3] = ["dev", "test", "prod"];
    let team = TEAMS[account / 3 % TEAMS.len()];
    format!("{team}-{:02}-{}", account / (3 * TEAMS.len()) + 1, STAGES[account % 3])
}

impl Simulation<'_> {
    fn run(&mut self) {
        self.start_ready(0);
        while let Some(((ms, _), (index, step))) = self.agenda.pop_first() {
            if !self.is_cancelled && self.fleet.cancelled_ms.is_some_and(|at| at <= ms) {
                self.is_cancelled = true;
                self.say(ms, EventKind::CancelRequested { at_once: false, owner: None });
            }
            self.take(ms, index, step);
            if matches!(step, Step::RolledBack | Step::End) {
                self.start_ready(ms);
            }
        }
        let is_good = self.ended.iter().flatten().all(|outcome| outcome.is_good());
        let result = match (is_good, self.is_cancelled) {
            (true, _) => RunResult::Succeeded,
            (false, true) => RunResult::Cancelled,
            (false, false) => RunResult::Failed,
        };
        let throttled = self.fleet.throttled;
        let (api_calls, refusal) = (BTreeMap::new(), None);
        let finished = EventKind::RunFinished { result, api_calls, throttled, refusal };
        self.recording = std::mem::take(&mut self.recording).say(finished);
    }

    fn say(&mut self, ms: i64, kind: EventKind) {
        self.recording = std::mem::take(&mut self.recording).at_ms(ms).say(kind);
    }

    fn plan(&mut self, ms: i64, index: usize, step: Step) {
        self.planned += 1;
        self.agenda.insert((ms, self.planned), (index, step));
    }

    fn start_ready(&mut self, ms: i64) {
        let mut still_waiting = Vec::new();
        let open_wave = self.open_wave();
        while let Some(index) = self.waiting.pop() {
            let stacks = self.fleet.stacks.len();
            let need = (index % stacks > 0).then(|| self.ended[index - 1]);
            match need {
                Some(Some(outcome)) if !outcome.is_good() => self.skip(ms, index),
                _ if self.is_cancelled => self.skip(ms, index),
                Some(None) => still_waiting.push(index),
                _ if self.fleet.wave(index / stacks) > open_wave => still_waiting.push(index),
                _ if self.running >= self.fleet.at_a_time => still_waiting.push(index),
                Some(Some(_)) | None => self.start(ms, index),
            }
        }
        still_waiting.reverse();
        self.waiting = still_waiting;
    }

    /// Returns the first wave in which not everything has ended.
    fn open_wave(&self) -> Option<usize> {
        let open = self.ended.iter().position(Option::is_none)?;
        self.fleet.wave(open / self.fleet.stacks.len())
    }

    fn start(&mut self, ms: i64, index: usize) {
        self.running += 1;
        self.say(ms, EventKind::InstanceStarted { instance: id(&self.paths[index]) });
        let account = index / self.fleet.stacks.len();
        let first = index.is_multiple_of(self.fleet.stacks.len());
        let entered = account as i64 * 1_000 / self.fleet.entered_a_second;
        let begins = if first && self.fleet.waves.is_empty() { ms.max(entered) } else { ms };
        self.plan(begins + 400, index, Step::Act);
    }

    fn skip(&mut self, ms: i64, index: usize) {
        let failure = match self.is_cancelled {
            true => Failure::new(FailureKind::Cancelled, "the run was cancelled before its start"),
            false => Failure::new(FailureKind::NeedFailed, "a stack that it needs did not succeed"),
        };
        self.end(ms, index, Outcome::Skipped, Some(failure));
    }

    fn end(&mut self, ms: i64, index: usize, outcome: Outcome, failure: Option<Failure>) {
        self.ended[index] = Some(outcome);
        let end = InstanceEnd { failure, ..end(&self.paths[index], outcome) };
        self.say(ms, EventKind::InstanceFinished { end });
    }

    fn take(&mut self, ms: i64, index: usize, step: Step) {
        let stacks = self.fleet.stacks.len();
        let (account, stack) = (index / stacks, index % stacks);
        let (name, resources) = self.fleet.stacks[stack];
        let path = self.paths[index].clone();
        let resource_ms = resource_ms(index) * (self.fleet.slowness)(account);
        let recording = std::mem::take(&mut self.recording).at_ms(ms);
        let cause = (self.fleet.fails)(account, name);
        match step {
            Step::Act => {
                let recording = match stack {
                    0 => recording.entered(&account_name(account)),
                    _ => recording,
                };
                let action = EventKind::ActionStarted {
                    instance: id(&path),
                    action: StackAction::Create,
                    found: None,
                    stack_id: None,
                };
                self.recording = recording.say(action);
                let step = if cause.is_some() { Step::Fail } else { Step::Resource(0) };
                self.plan(ms + resource_ms, index, step);
            }
            Step::Resource(number) => {
                let resource = format!("R{number}");
                self.recording = recording.resource(&path, &resource, "CREATE_COMPLETE", None);
                let is_last = number + 1 == resources;
                let next = if is_last { Step::End } else { Step::Resource(number + 1) };
                self.plan(ms + if is_last { 300 } else { resource_ms }, index, next);
            }
            Step::Fail => {
                self.recording = recording
                    .resource(&path, "Role", "CREATE_FAILED", cause)
                    .stack(&path, "ROLLBACK_IN_PROGRESS");
                self.plan(ms + resource_ms, index, Step::RolledBack);
            }
            Step::RolledBack => {
                self.recording = recording;
                self.running -= 1;
                let failure = cause.map(|cause| Failure {
                    resource: Some("Role".to_owned()),
                    ..Failure::new(FailureKind::ResourceFailed, cause)
                });
                self.end(ms, index, Outcome::Failed, failure);
            }
            Step::End => {
                self.recording = recording;
                self.running -= 1;
                self.end(ms, index, Outcome::Created, None);
            }
        }
    }
}

/// How long a resource of a stack instance takes: not all the same, and the same each time.
fn resource_ms(index: usize) -> i64 {
    RESOURCE_MS + (index as i64 * 7_919 % 4_001) - 2_000
}
