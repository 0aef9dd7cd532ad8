//! A run that is carried out in a plain machine, with every promise checked on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::*;
use super::world::OUTPUT;
use crate::engine::instance_end;
use crate::engine::known_outputs::ReadOutputs;
use crate::engine::past_run::PastRun;
use crate::engine::position::PlanIndex;
use crate::engine::wave_losses::WaveLosses;
use crate::event::{
    Failure, FailureKind, Gate, InstanceEnd, Operation, Outcome, RunEvent, StackAction,
};
use crate::name::InstanceId;
use crate::plan::StackInstance;

/// What was told of a run, whoever carried it out.
#[derive(Clone, Default)]
pub struct ToldEvents {
    pub past: PastRun,
    pub ended: BTreeMap<InstanceId, InstanceEnd>,
    /// What goes back, once anything does.
    pub going: Option<BTreeSet<InstanceId>>,
    sequence: u64,
    /// The gates that were opened.
    pub open_gates: BTreeSet<Gate>,
}

impl ToldEvents {
    fn on(&mut self, what: &EventKind, is_secret: impl Fn(&InstanceId) -> bool) {
        match what {
            EventKind::RunResumed { reopened, .. } => {
                for instance in reopened {
                    assert!(self.ended.remove(instance).is_some(), "only what ended is reopened");
                }
            }
            EventKind::RollbackStarted { instances } => {
                for instance in instances {
                    assert!(self.ended.remove(instance).is_some(), "{instance} has not ended");
                }
                let going = self.going.get_or_insert_default();
                let added = instances.iter().all(|id| going.insert(id.clone()));
                assert!(added, "a stack instance turns back once");
            }
            EventKind::InstanceFinished { end } => {
                let before = self.ended.insert(end.instance.clone(), end.clone());
                assert!(before.is_none(), "{} ends twice", end.instance);
            }
            _ => {}
        }
        self.sequence += 1;
        let mut what = what.clone();
        if let EventKind::InstanceFinished { end } = &mut what
            && is_secret(&end.instance)
        {
            end.outputs.values_mut().for_each(|value| *value = "****".to_owned());
        }
        let at = jiff::Timestamp::UNIX_EPOCH;
        self.past.on(&RunEvent { sequence: self.sequence, at, kind: what });
    }
}

/// One who carries a run out.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct SimulatedSession<'t> {
    pub told: &'t mut ToldEvents,
    pub said: Vec<EventKind>,
    pub at_work: BTreeMap<PlanIndex, AtWork>,
    pub stop: Stop,
    pub is_paused: bool,
    pub is_lost: bool,
    pub is_aborting: bool,
    /// The waves of which it is found out what they would lose.
    pub looking_ahead: BTreeSet<usize>,
    pub result: Option<RunResult>,
    plan: Arc<Plan>,
    operation: Operation,
    secret: Vec<bool>,
    coordinator: Option<Coordinator>,
    /// What this one went on with.
    past: PastRun,
    only_back: bool,
    started: BTreeSet<(bool, PlanIndex)>,
    read: BTreeSet<PlanIndex>,
    intended: BTreeSet<PlanIndex>,
    unknown: BTreeSet<PlanIndex>,
    /// The gates at which it stands.
    asked: BTreeSet<Gate>,
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtWork {
    Read,
    Forward,
    Back,
}

impl<'t> SimulatedSession<'t> {
    /// Begins, or resumes what was told.
    pub fn begin(plan: &Arc<Plan>, run: &Run, secret: &[bool], told: &'t mut ToldEvents) -> Self {
        let past = run.past.clone().unwrap_or_default();
        let mut session = Self {
            told,
            said: Vec::new(),
            at_work: BTreeMap::new(),
            stop: Stop::No,
            is_paused: false,
            is_lost: false,
            is_aborting: false,
            looking_ahead: BTreeSet::new(),
            result: None,
            plan: plan.clone(),
            operation: run.operation,
            secret: secret.to_vec(),
            coordinator: None,
            only_back: run.goes_back || past.goes_back(),
            past,
            started: BTreeSet::new(),
            read: BTreeSet::new(),
            intended: BTreeSet::new(),
            unknown: BTreeSet::new(),
            asked: BTreeSet::new(),
        };
        let (coordinator, instructions) = Coordinator::begin(plan.clone(), run);
        session.coordinator = Some(coordinator);
        session.obey(instructions);
        session
    }

    /// Tells the coordinator something and obeys it.
    pub fn on(&mut self, input: Input) {
        match &input {
            Input::Stop(stop) => self.stop = self.stop.max(*stop),
            Input::Asked(request) if request.control == Control::Cancel => {
                self.stop = self.stop.max(Stop::Settle);
            }
            Input::JournalLost(_) => self.is_lost = true,
            Input::Ended(index, _) | Input::Read(index, _) => {
                let kind = self.at_work.remove(index).expect("only what is at work ends");
                if let (Input::Read(_, read), AtWork::Read) = (&input, kind)
                    && read.is_ok()
                {
                    self.read.insert(*index);
                }
            }
            Input::Aborted => {
                self.at_work.clear();
                self.looking_ahead.clear();
            }
            Input::Foreseen(wave, _) => assert!(self.looking_ahead.remove(wave)),
            Input::Told(_) | Input::Intended(_) | Input::LookedUp(..) | Input::Asked(_) => {}
        }
        let ended = match &input {
            Input::Ended(index, end) => {
                let was_sent = self.intended.contains(index)
                    || self.past.sent(&self.instance(*index).id).is_some();
                if was_sent && end.failure.as_ref().is_some_and(|f| f.kind.leaves_unknown()) {
                    self.unknown.insert(*index);
                }
                Some(end.instance.clone())
            }
            _ => None,
        };
        let intention = matches!(input, Input::Intended(_));
        let was_over = self.result.is_some();
        let before = self.said.len();
        let coordinator = self.coordinator.as_mut().expect("it has begun");
        let instructions = coordinator.on(input);
        assert!(!was_over || instructions.is_empty(), "nothing is done once it is finished");
        assert!(!intention || instructions.len() == 1, "an intention is said, and nothing else");
        self.obey(instructions);
        if let (Some(ended), false) = (ended, was_over) {
            let is_it = |what: &EventKind| matches!(what, EventKind::InstanceFinished { end } if end.instance == ended);
            assert_eq!(self.said[before..].iter().filter(|what| is_it(what)).count(), 1);
        }
        let is_idle = self.at_work.is_empty() && self.looking_ahead.is_empty();
        let is_idle = is_idle && self.result.is_none() && !self.is_aborting;
        let is_idle = is_idle && (!self.is_paused || self.is_lost);
        assert!(!is_idle, "nothing is at work and the run is not over");
    }

    fn instance(&self, index: PlanIndex) -> &StackInstance {
        &self.plan.instances[index.0]
    }

    fn index(&self, id: &InstanceId) -> PlanIndex {
        let found = PlanIndex::all(&self.plan).find(|index| self.instance(*index).id == *id);
        found.expect("every stack instance is the plan's")
    }

    fn obey(&mut self, instructions: Vec<Instruction>) {
        for instruction in instructions {
            assert!(self.result.is_none(), "the end comes last");
            match instruction {
                Instruction::Say(what) => self.hear(*what),
                Instruction::Start(task) => self.start(&task),
                Instruction::GiveUpLogins => assert!(self.stop != Stop::No),
                Instruction::Abort => {
                    assert!(self.stop == Stop::AtOnce && !self.is_aborting);
                    self.is_aborting = true;
                }
                Instruction::Finish(result, refusal) => {
                    assert_eq!(refusal.is_some(), result == RunResult::Refused);
                    self.finish(result);
                }
                Instruction::LookAhead { wave, instances } => self.look_ahead(wave, &instances),
            }
        }
    }

    fn look_ahead(&mut self, wave: usize, instances: &[PlanIndex]) {
        assert!(self.stop == Stop::No && !self.is_lost, "wave {wave} is looked at after a stop");
        assert!(!instances.is_empty() && self.looking_ahead.insert(wave));
    }

    fn hear(&mut self, what: EventKind) {
        let is_opening =
            matches!(what, EventKind::RunStarted { .. } | EventKind::RunResumed { .. });
        assert_eq!(is_opening, self.said.is_empty(), "how it begins is said first, and only then");
        match &what {
            EventKind::InstanceFinished { end } => {
                let index = self.index(&end.instance);
                assert!(!self.instance(index).is_only_read());
                assert!(!self.at_work.contains_key(&index), "{} is at work", end.instance);
                let was_sent = self.past.sent(&end.instance).is_some();
                assert!(!(was_sent && end.outcome == Outcome::Skipped), "what was sent is skipped");
            }
            EventKind::RollbackStarted { .. } => {
                assert!(self.operation == Operation::Apply && self.at_work.is_empty());
                let may = self.stop == Stop::No && !self.is_lost && self.unknown.is_empty();
                assert!(may || self.only_back, "nothing goes back of what is not known or wanted");
            }
            EventKind::RollbackPostponed { unknown } => {
                assert!(!unknown.is_empty() || self.stop != Stop::No || self.is_lost);
            }
            EventKind::CancelRequested { at_once, .. } => {
                assert_eq!(*at_once, self.stop == Stop::AtOnce);
                self.is_paused = false;
            }
            EventKind::RunPaused { .. } => {
                assert!(!self.is_paused && self.stop == Stop::No && !self.is_lost);
                self.is_paused = true;
            }
            EventKind::RunContinued { .. } => assert!(std::mem::take(&mut self.is_paused)),
            EventKind::GateReached { reached } => {
                assert!(
                    !self.told.open_gates.contains(&reached.gate),
                    "an open gate is asked about"
                );
                assert!(self.asked.insert(reached.gate.clone()), "a gate is asked about twice");
            }
            EventKind::GateOpened { gate, .. } => {
                assert!(self.told.open_gates.insert(gate.clone()), "a gate is opened twice");
            }
            _ => {}
        }
        let secret = &self.secret;
        let plan = &self.plan;
        self.told.on(&what, |id| {
            plan.instances
                .iter()
                .zip(secret)
                .any(|(instance, secret)| instance.id == *id && *secret)
        });
        self.said.push(what);
    }

    fn start(&mut self, task: &InstanceTask) {
        let index = task.index;
        let id = self.instance(index).id.clone();
        assert!(self.stop == Stop::No && !self.is_lost, "{id} starts after a stop");
        assert!(!self.is_paused, "{id} starts while the run is paused");
        // By it whoever resumes the run finds what this task is about to send.
        assert_eq!(task.spent, self.told.past.spent(&id), "{id} sends another token");
        let (kind, is_back) = match &task.kind {
            TaskKind::LookUp(_) => unreachable!("simulated plans look nothing up"),
            TaskKind::Read => (AtWork::Read, false),
            TaskKind::Forward(job) => {
                assert!(job.is_ok(), "{id} starts before what it takes is known");
                (AtWork::Forward, false)
            }
            TaskKind::Back { change: end, .. } => {
                let is_failed = !end.is_change() && end.is_failed_change(Some(StackAction::Update));
                assert!((end.is_change() || is_failed) && end.instance == id);
                (AtWork::Back, true)
            }
        };
        assert_eq!(is_back, self.told.going.is_some(), "it is on one way only");
        assert!(self.started.insert((is_back, index)), "{id} is started twice");
        assert!(kind == AtWork::Read || !self.told.ended.contains_key(&id), "{id} has ended");
        assert!(self.what_comes_before(index, is_back), "{id} is started too early");
        let is_let = is_back || kind == AtWork::Read || self.is_let_begin(index);
        assert!(is_let, "{id} is started before its wave is approved");
        assert!(self.at_work.insert(index, kind).is_none());
    }

    /// Whether everything that must be done before a stack instance is.
    fn what_comes_before(&self, index: PlanIndex, is_back: bool) -> bool {
        let is_back = is_back.then_some(self.told.going.as_ref()).flatten();
        let is_done = |other: PlanIndex| {
            let instance = self.instance(other);
            let end = self.told.ended.get(&instance.id);
            match is_back {
                Some(going) => {
                    !going.contains(&instance.id)
                        || end.is_some_and(|end| end.outcome == Outcome::RolledBack)
                }
                None => match instance.is_only_read() {
                    false => end.is_some_and(|end| end.outcome.is_good()),
                    true => self.read.contains(&other),
                },
            }
        };
        let needs = self.instance(index).needs.iter().copied().map(PlanIndex);
        let needed_by = |other: &PlanIndex| self.instance(*other).needs.contains(&index.0);
        match (is_back.is_some(), self.operation) {
            (false, Operation::Apply | Operation::Plan) => needs.into_iter().all(is_done),
            (true, _) | (_, Operation::Destroy | Operation::Prune) => {
                PlanIndex::all(&self.plan).filter(needed_by).all(is_done)
            }
        }
    }

    /// Whether the wave of a stack instance has no gate, or that was opened.
    fn is_let_begin(&self, index: PlanIndex) -> bool {
        let environment = &self.plan.environments[0];
        let wave = self.plan.accounts[self.instance(index).account].wave;
        let gate = Gate { environment: environment.name.clone(), wave: wave + 1 };
        self.operation == Operation::Plan
            || !environment.approvals.contains_key(&wave)
            || self.told.open_gates.contains(&gate)
            || self.past.sent(&self.instance(index).id).is_some()
    }

    fn finish(&mut self, result: RunResult) {
        assert!(self.at_work.is_empty(), "the run ends before what it started");
        assert!(self.looking_ahead.is_empty(), "the run ends before what it looks at");
        let deployed = self.plan.instances.iter().filter(|i| !i.is_only_read());
        let end = |instance: &StackInstance| self.told.ended.get(&instance.id);
        match (&self.told.going, self.only_back) {
            (Some(going), _) => assert!(going.iter().all(|id| self.told.ended.contains_key(id))),
            (None, true) => {}
            (None, false) => assert!(deployed.clone().all(|i| end(i).is_some()), "one has no end"),
        }
        let is_bad = self.told.ended.values().any(|end| !end.outcome.is_good());
        let is_back = self.told.going.as_ref().is_some_and(|going| {
            going.iter().all(|id| self.told.ended[id].outcome == Outcome::RolledBack)
        });
        let expected = match (is_bad, self.stop != Stop::No) {
            _ if is_back => RunResult::RolledBack,
            (false, _) => RunResult::Succeeded,
            (true, true) => RunResult::Cancelled,
            (true, false)
                if !self.asked.is_empty() && self.told.going.is_none() && !self.is_lost =>
            {
                RunResult::Refused
            }
            (true, false) => RunResult::Failed,
        };
        assert_eq!(result, expected);
        self.result = Some(result);
    }

    /// Makes something happen.
    pub fn step(&mut self, draw: u64, is_disturbed: bool) {
        let (disturbance, rest) = (draw % 50, draw / 50);
        match disturbance {
            0 if is_disturbed => self.on(Input::Stop(Stop::Settle)),
            1 if is_disturbed => self.on(Input::Stop(Stop::AtOnce)),
            2 if is_disturbed => self.on(Input::JournalLost("the disk is full".to_owned())),
            3 => self.on(Input::Stop(Stop::No)),
            4 | 5 => self.on(asked(Control::Pause)),
            6 => self.on(asked(Control::Continue)),
            7 if is_disturbed => self.on(asked(Control::Cancel)),
            _ if self.is_paused && self.at_work.is_empty() => self.on(asked(Control::Continue)),
            _ if !self.looking_ahead.is_empty()
                && (self.at_work.is_empty() || rest.is_multiple_of(3)) =>
            {
                let &wave = self.looking_ahead.first().expect("there is one");
                let losses = match rest % 2 {
                    0 => WaveLosses::default(),
                    _ => WaveLosses { losses: vec!["db replaced".to_owned()], unknown: None },
                };
                self.on(Input::Foreseen(wave, Box::new(losses)));
            }
            _ if self.at_work.is_empty() => self.on(Input::Aborted),
            _ if self.is_aborting && rest.is_multiple_of(3) => self.on(Input::Aborted),
            _ => {
                let tasks = u64::try_from(self.at_work.len()).expect("few are at work");
                let at = usize::try_from(rest % tasks).expect("few are at work");
                let (&index, &kind) = self.at_work.iter().nth(at).expect("it is one of them");
                let input = self.tells(index, kind, rest / tasks);
                self.on(input);
            }
        }
    }

    /// Returns what a task tells.
    fn tells(&mut self, index: PlanIndex, kind: AtWork, draw: u64) -> Input {
        let id = self.instance(index).id.clone();
        let outputs = BTreeMap::from([(OUTPUT.to_owned(), "value".to_owned())]);
        let failed = |kind| Failure::new(kind, "it failed");
        let action = match (kind, self.operation) {
            (AtWork::Read, _) => {
                let read = match draw % 6 {
                    0 => Err(failed(FailureKind::RoleRefused)),
                    _ => Ok(ReadOutputs { values: outputs, ..ReadOutputs::default() }),
                };
                return Input::Read(index, Box::new(read));
            }
            (AtWork::Back, _) => StackAction::TakeBack,
            (AtWork::Forward, Operation::Destroy | Operation::Prune) => StackAction::Delete,
            (AtWork::Forward, _) => StackAction::Create,
        };
        let (what, outcome) = (draw % 4, draw / 4);
        if what < 2 && self.operation != Operation::Plan {
            let (instance, stack_id) = (id, Some("arn".to_owned()));
            if what == 0 {
                self.intended.insert(index);
                let what = EventKind::ActionIntended { instance, action, stack_id };
                return Input::Intended(Box::new(what));
            }
            let what = EventKind::ActionStarted { instance, action, found: None, stack_id };
            return Input::Told(Box::new(what));
        }
        let good = match (kind, self.operation, outcome % 3) {
            (AtWork::Back, _, _) => Outcome::RolledBack,
            (_, _, 0) => Outcome::Unchanged,
            (_, Operation::Destroy | Operation::Prune, _) => Outcome::Deleted,
            (_, _, 1) => Outcome::Created,
            _ => Outcome::Updated,
        };
        let end = match outcome / 3 % 8 {
            0 => instance_end::failed(&id, failed(FailureKind::ResourceFailed), None),
            1 => instance_end::failed(&id, failed(FailureKind::StillMoving), None),
            // What it retains stays: told of one that went back all the same.
            2 if kind == AtWork::Back => {
                let failure = Some(failed(FailureKind::CannotGoBack));
                InstanceEnd { failure, ..instance_end::bare(&id, good) }
            }
            _ => InstanceEnd { outputs, ..instance_end::bare(&id, good) },
        };
        Input::Ended(index, Box::new(end))
    }
}

/// Returns what somebody who watches the run asks of it.
pub fn asked(control: Control) -> Input {
    Input::Asked(ControlRequest { control, owner: Owner::default() })
}
