//! Where every stack instance of a run stands: the pure fold of its events.
//!
//! Nothing here decides or prints. An event that fits nowhere (an instance that was not announced,
//! a second end of the same one) changes nothing, so that a damaged record can still be read.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::running::Running;
use crate::event::{Announced, Failure, InstanceEnd, Operation, RunEvent, RunResult, What};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId, RunId};

/// A run as far as its events have told it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// What the first event said; absent until it was seen.
    pub start: Option<RunStart>,
    /// Every announced stack instance, in the order announced.
    pub instances: Vec<InstanceState>,
    /// The accounts that were entered or refused so far.
    pub accounts: BTreeMap<(EnvironmentName, AccountName), AccountState>,
    /// Whether somebody asked the run to stop.
    pub cancel: Cancel,
    /// What the last event said; absent until it was seen.
    pub finish: Option<RunFinish>,
    /// When the latest event happened.
    pub last_at: Option<Timestamp>,
    positions: BTreeMap<InstanceId, usize>,
}

/// How a run began.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStart {
    /// The run's id.
    pub run: RunId,
    /// What it does.
    pub operation: Operation,
    /// The environments it covers, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// When it began.
    pub at: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFinish {
    /// How.
    pub result: RunResult,
    /// What went over the wire: `service:Operation` to a count.
    pub api_calls: BTreeMap<String, u64>,
    /// How many of those calls were throttled.
    pub throttled: u64,
}

/// A stack instance and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// What was announced of it.
    pub announced: Announced,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a stack instance stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It was announced and has not begun.
    Waiting,
    /// It is being worked on.
    Running(Running),
    /// It ended.
    Finished {
        /// How.
        end: InstanceEnd,
        /// From its start to its end; zero if it never started.
        duration: Duration,
    },
}

/// What is known of an account.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountState {
    /// A session is open.
    Entered {
        /// The account's id.
        account_id: AccountId,
        /// Who we are there.
        caller: String,
    },
    /// It could not be entered.
    Refused {
        /// The account's id.
        account_id: AccountId,
        /// Why.
        failure: Failure,
    },
}

/// Whether, and how urgently, a run was asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cancel {
    /// It was not.
    #[default]
    No,
    /// Nothing more is started; what runs settles.
    Settling,
    /// What runs is left to itself.
    AtOnce,
}

/// Returns the time from `from` to `to`; zero if the clock went backwards.
pub fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or(Duration::ZERO)
}

impl RunState {
    /// Takes in the next event.
    pub fn on(&mut self, event: &RunEvent) {
        let at = event.at;
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        match &event.what {
            What::RunStarted { run, operation, environments, instances, .. } => {
                if self.start.is_none() {
                    let (run, environments) = (run.clone(), environments.clone());
                    self.start = Some(RunStart { run, operation: *operation, environments, at });
                    instances.iter().for_each(|announced| self.announce(announced));
                }
            }
            What::AccountEntered { environment, account, account_id, caller } => {
                let entered = AccountState::Entered {
                    account_id: account_id.clone(),
                    caller: caller.clone(),
                };
                self.accounts.insert((environment.clone(), account.clone()), entered);
            }
            What::AccountRefused { environment, account, account_id, failure } => {
                let refused = AccountState::Refused {
                    account_id: account_id.clone(),
                    failure: failure.clone(),
                };
                self.accounts.insert((environment.clone(), account.clone()), refused);
            }
            What::InstanceStarted { instance } => self.change(instance, at, |_, _| ()),
            What::ActionStarted { instance, action, found, stack_id } => {
                self.change(instance, at, |announced, running| {
                    running.begin(*action, found.clone(), stack_id.clone(), announced.resources);
                });
            }
            What::StackChanged { instance, status, .. } => {
                self.change(instance, at, |_, running| running.stack_changed(status));
            }
            What::ResourceChanged { instance, resource, status, .. } => {
                self.change(instance, at, |_, running| running.resource_changed(resource, status));
            }
            What::CancelRequested { at_once } => {
                let asked = if *at_once { Cancel::AtOnce } else { Cancel::Settling };
                self.cancel = self.cancel.max(asked);
            }
            What::InstanceFinished { end } => self.end(end, at),
            What::RunFinished { result, api_calls, throttled } => {
                self.finish.get_or_insert_with(|| RunFinish {
                    result: *result,
                    api_calls: api_calls.clone(),
                    throttled: *throttled,
                });
            }
        }
    }

    /// Returns a stack instance, if it was announced.
    pub fn instance(&self, id: &InstanceId) -> Option<&InstanceState> {
        self.positions.get(id).map(|&position| &self.instances[position])
    }

    /// Returns why an account could not be entered, if it could not.
    pub fn refusal(&self, id: &InstanceId) -> Option<&Failure> {
        match self.accounts.get(&(id.environment.clone(), id.account.clone()))? {
            AccountState::Refused { failure, .. } => Some(failure),
            AccountState::Entered { .. } => None,
        }
    }

    /// Whether the run covers more than one environment, so that names need theirs in front.
    pub fn has_several_environments(&self) -> bool {
        self.start.as_ref().is_some_and(|start| start.environments.len() > 1)
    }

    fn announce(&mut self, announced: &Announced) {
        let position = self.instances.len();
        if self.positions.contains_key(&announced.id) {
            return;
        }
        self.positions.insert(announced.id.clone(), position);
        let standing = Standing::Waiting;
        self.instances.push(InstanceState { announced: announced.clone(), standing });
    }

    /// Changes an instance that runs, or now does; what ended stays as it is.
    fn change(
        &mut self,
        id: &InstanceId,
        at: Timestamp,
        change: impl FnOnce(&Announced, &mut Running),
    ) {
        let Some(&position) = self.positions.get(id) else { return };
        let InstanceState { announced, standing } = &mut self.instances[position];
        if *standing == Standing::Waiting {
            *standing = Standing::Running(Running::since(at));
        }
        if let Standing::Running(running) = standing {
            change(announced, running);
        }
    }

    fn end(&mut self, end: &InstanceEnd, at: Timestamp) {
        let Some(&position) = self.positions.get(&end.instance) else { return };
        let standing = &mut self.instances[position].standing;
        let duration = match standing {
            Standing::Waiting => Duration::ZERO,
            Standing::Running(running) => elapsed(running.since, at),
            Standing::Finished { .. } => return,
        };
        *standing = Standing::Finished { end: end.clone(), duration };
    }
}
