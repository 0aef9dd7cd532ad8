//! The coordinator of a run: a plain state machine that decides everything.
//!
//! It is told what happened, as an [`Input`], and answers with [`Instruction`]s, to be carried out in
//! their order. It has no `async`, no clock, no channel and no file: `run` brings the inputs and obeys.
//!
//! A run goes forward over its plan and then, if that is wanted, puts back what it changed. Each way
//! has a schedule and positions of its own; what is known of stack instances on either stands in the
//! ledger. Of every run that is begun comes exactly one [`Instruction::Finish`], as the last.

mod back;
mod changed_needs;
mod forward;
mod gates;
mod input;
mod instruction;
mod ledger;
mod needed_lookups;
#[cfg(test)]
mod simulation;
mod way;

use std::sync::Arc;

use self::back::Back;
use self::forward::Forward;
pub(super) use self::input::Input;
use self::instruction::say;
pub(super) use self::instruction::{InstanceTask, Instruction, TaskKind};
use self::ledger::Ledger;
use self::way::Way;
use super::rollback_order::RollbackScope;
use super::run_started::started;
use super::settings::{Run, Stop};
use crate::event::{Control, ControlRequest, EventKind, Owner, RunRefusal, RunResult};
use crate::plan::Plan;

/// Decides what is done in a run, from its beginning to its end.
pub(super) struct Coordinator {
    ledger: Ledger,
    way: Way,
    is_finished: bool,
}

impl Coordinator {
    /// Begins a run, or resumes one that has a past; returns what is to be done first.
    pub fn begin(plan: Arc<Plan>, run: &Run) -> (Self, Vec<Instruction>) {
        let opening = match &run.past {
            None => started(&plan, run),
            Some(past) => EventKind::RunResumed {
                owner: run.asked.as_ref().map(|asked| asked.owner.clone()),
                reopened: match (run.goes_back, past.goes_back()) {
                    // What is only rolled back is not resumed.
                    (true, false) => Vec::new(),
                    (true, true) => past.not_back(),
                    (false, _) => past.open_again(),
                },
                goes_back: run.goes_back,
                allow: run.asked.as_ref().map(|asked| asked.allow.clone()).unwrap_or_default(),
            },
        };
        let mut ledger = Ledger::of(plan, run);
        ledger.note(&opening);
        let opened = run.approval.iter().flat_map(|approval| approval.told(run.asked.as_ref()));
        let opened: Vec<EventKind> = opened.collect();
        opened.iter().for_each(|kind| ledger.note(kind));
        let way = match run.only_goes_back() {
            true => Way::Nowhere,
            false => Way::Forward(Box::new(Forward::of(&ledger))),
        };
        let mut coordinator = Self { ledger, way, is_finished: false };
        let mut instructions = vec![say(opening)];
        instructions.extend(opened.into_iter().map(say));
        instructions.extend(match &mut coordinator.way {
            Way::Forward(forward) => forward.begin(&mut coordinator.ledger),
            Way::Back(_) | Way::Nowhere => coordinator.go_back(&RollbackScope::Run),
        });
        instructions.extend(coordinator.proceed());
        (coordinator, instructions)
    }

    /// Takes in what happened, and returns what is to be done.
    ///
    /// # Panics
    /// When something ends that was not started.
    pub fn on(&mut self, input: Input) -> Vec<Instruction> {
        if self.is_finished {
            return Vec::new();
        }
        let mut instructions = match input {
            Input::Told(kind) | Input::Intended(kind) => {
                self.ledger.note(&kind);
                vec![Instruction::Say(kind)]
            }
            Input::Ended(index, end) => self.way.ended(index, *end, &mut self.ledger),
            Input::LookedUp(index, found) => self.way.looked_up(index, *found, &mut self.ledger),
            Input::Read(index, read) => self.way.read(index, *read, &mut self.ledger),
            Input::Foreseen(wave, losses) => self.way.foreseen(wave, *losses, &mut self.ledger),
            Input::Stop(stop) => self.stop(stop, None),
            Input::Asked(request) => self.asked(request),
            Input::JournalLost(reason) => {
                self.ledger.lost.get_or_insert(reason);
                self.way.cancel(&mut self.ledger)
            }
            Input::Aborted => self.leave(),
        };
        instructions.extend(self.proceed());
        instructions
    }

    /// Heeds a wish to stop.
    fn stop(&mut self, stop: Stop, owner: Option<Owner>) -> Vec<Instruction> {
        if stop <= self.ledger.stop {
            return Vec::new();
        }
        self.ledger.stop = stop;
        let at_once = stop == Stop::AtOnce;
        let requested = say(EventKind::CancelRequested { at_once, owner });
        let mut instructions = vec![requested, Instruction::GiveUpLogins];
        instructions.extend(self.way.cancel(&mut self.ledger));
        if at_once {
            instructions.push(Instruction::Abort);
        }
        instructions
    }

    /// Heeds what somebody asks who watches the run; what is so already is not said again.
    fn asked(&mut self, request: ControlRequest) -> Vec<Instruction> {
        let ControlRequest { control, owner } = request;
        let is_ending = self.ledger.stop != Stop::No || self.ledger.lost.is_some();
        match (control, self.ledger.is_paused) {
            (Control::Cancel, _) => self.stop(Stop::Settle, Some(owner)),
            (Control::Pause, false) if !is_ending => {
                self.ledger.is_paused = true;
                let mut instructions = vec![say(EventKind::RunPaused { owner })];
                instructions.extend(self.way.hold(&mut self.ledger));
                instructions
            }
            (Control::Continue, true) if !is_ending => {
                self.ledger.is_paused = false;
                let mut instructions = vec![say(EventKind::RunContinued { owner })];
                instructions.extend(self.way.release(&mut self.ledger));
                instructions
            }
            (Control::Pause | Control::Continue, _) => Vec::new(),
        }
    }

    /// Ends every stack instance whose task was aborted before it told its end.
    fn leave(&mut self) -> Vec<Instruction> {
        let mut instructions = self.way.leave(&mut self.ledger);
        instructions.extend(self.turn_back());
        instructions.push(self.finish());
        instructions
    }

    /// Goes on once the way is over: back, if that is wanted, or to the end of the run.
    fn proceed(&mut self) -> Vec<Instruction> {
        if self.is_finished || !self.way.is_over() || self.waits_to_turn_back() {
            return Vec::new();
        }
        let mut instructions = self.turn_back();
        if self.way.is_over() {
            instructions.push(self.finish());
        }
        instructions
    }

    /// Whether the run would go back if it were not paused.
    fn waits_to_turn_back(&self) -> bool {
        let Way::Forward(forward) = &self.way else { return false };
        let ledger = &self.ledger;
        let is_ending = ledger.stop != Stop::No || ledger.lost.is_some();
        if !ledger.is_paused || is_ending || !ledger.unknown.is_empty() {
            return false;
        }
        let extent = forward.extent_to_go_back(ledger);
        extent.is_some_and(|extent| !ledger.to_go_back(&extent).is_empty())
    }

    /// Begins to put back what the run changed forward, if that is wanted. Where it is not known yet what that is, or
    /// nothing may be started any more, says that it is owed: whoever resumes the run does it.
    fn turn_back(&mut self) -> Vec<Instruction> {
        let Way::Forward(forward) = &self.way else { return Vec::new() };
        let Some(extent) = forward.extent_to_go_back(&self.ledger) else { return Vec::new() };
        let is_stopped = self.ledger.stop != Stop::No || self.ledger.lost.is_some();
        let unknown = std::mem::take(&mut self.ledger.unknown);
        let is_owed = is_stopped && !self.ledger.to_go_back(&extent).is_empty();
        if is_owed || !unknown.is_empty() {
            return vec![say(EventKind::RollbackPostponed { unknown })];
        }
        match is_stopped {
            true => Vec::new(),
            false => self.go_back(&extent),
        }
    }

    /// Begins to put back what the run changed, if it changed anything.
    fn go_back(&mut self, extent: &RollbackScope) -> Vec<Instruction> {
        let ledger = &mut self.ledger;
        let going = ledger.to_go_back(extent);
        if going.is_empty() {
            return Vec::new();
        }
        let mut instructions = Vec::new();
        // A run that was on its way back has said so of what it meant to put back.
        let ids = going.iter().map(|&index| ledger.instance(index).id.clone());
        let instances: Vec<_> = ids.filter(|id| !ledger.past.is_going_back(id)).collect();
        if !instances.is_empty() {
            instructions.push(say(EventKind::RollbackStarted { instances }));
        }
        let mut back = Back::of(going, ledger);
        instructions.extend(back.begin(ledger));
        self.way = Way::Back(Box::new(back));
        instructions
    }

    /// Returns why what the run looked ahead at is refused, if it is.
    fn forbidden(&self) -> Option<RunRefusal> {
        let forbidden = &self.ledger.forbidden;
        (!forbidden.is_empty()).then(|| RunRefusal::for_losses(forbidden.clone()))
    }

    fn finish(&mut self) -> Instruction {
        self.is_finished = true;
        let is_back = matches!(&self.way, Way::Back(back) if !back.has_failed);
        let is_cancelled = self.ledger.stop != Stop::No;
        // Where too much failed, nobody lets anything begin.
        let is_at_gate = match &self.way {
            Way::Forward(way) => way.schedule.stopped().is_empty() && !self.ledger.gates.is_empty(),
            Way::Back(_) | Way::Nowhere => false,
        };
        let is_kept = self.ledger.lost.is_none();
        let forbidden = self.forbidden();
        let (result, refusal) = match (self.ledger.has_bad, is_cancelled) {
            _ if is_back => (RunResult::RolledBack, None),
            (true, true) => (RunResult::Cancelled, forbidden),
            _ if forbidden.is_some() => (RunResult::Refused, forbidden),
            (false, _) => (RunResult::Succeeded, None),
            (true, false) if is_at_gate && is_kept => {
                (RunResult::Refused, Some(gates::refusal(&self.ledger)))
            }
            (true, false) => (RunResult::Failed, None),
        };
        Instruction::Finish(result, refusal.map(Box::new))
    }
}
