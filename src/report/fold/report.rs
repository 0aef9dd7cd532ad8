//! The report of a run: what `--output json` prints and what the exit code is read from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::counts::Counts;
use super::gates::GateState;
use super::instance_report::{InstanceReport, milliseconds};
use super::lifecycle::{AccountState, Cancel, elapsed};
use super::state::RunState;
use crate::event::{
    Allowance, Failure, FailureKind, LeftBehind, NamedState, Operation, Outcome, RunOrigin,
    RunRefusal, RunResult, SCHEMA,
};
use crate::name::{AccountId, AccountName, EnvironmentName, RunId};
use crate::report::clusters::Cluster;
use crate::report::text::command::approve_command;

/// The report of a run: one JSON object, versioned by `schema`, to which fields are only added.
///
/// What is not known is `null`; `resource` and `help` of a failure are left out where there are
/// none. A run whose events stop before its end has `complete: false` and never succeeded.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as JSON and pages ask for it"
)]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run's id; null if the run never began.
    pub run: Option<RunId>,
    /// What it did; null if the run never began.
    pub operation: Option<Operation>,
    /// The environments it covered, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// Where it was carried out, by whom, and from what.
    #[serde(flatten)]
    pub origin: RunOrigin,
    /// What was allowed to be lost although the files keep it, as `--allow` says it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Allowance>,
    /// How it ended.
    pub result: RunResult,
    /// Why it was refused; null if it was not.
    pub refusal: Option<RunRefusal>,
    /// Whether its last event was seen; if not, the rest is as far as it is known.
    pub complete: bool,
    /// Whether it goes on while this is told of it.
    #[serde(skip)]
    pub goes_on: bool,
    /// Whether somebody asked for it to be put back, once it had ended.
    #[serde(skip)]
    pub is_wanted_back: bool,
    /// Whether what it changed is to be put back by whoever resumes it.
    #[serde(skip)]
    pub owes_rollback: bool,
    /// Where it is kept, unless that is the usual place.
    #[serde(skip)]
    pub named_state: Option<NamedState>,
    /// The environment files, as they were given.
    #[serde(skip)]
    pub files: Vec<PathBuf>,
    /// When it began; null if it never did.
    pub started: Option<Timestamp>,
    /// How long it took, without the time between its end and when it was resumed or rolled back.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// How many stack instances ended how.
    pub summary: Counts,
    /// Every stack instance, in the order of the plan.
    pub stack_instances: Vec<InstanceReport>,
    /// What earlier runs made and the files no longer name, as far as it is within the selection.
    pub left_behind: Vec<LeftBehind>,
    /// What keeps that from being known whole: sentences without a full stop at their end.
    pub left_behind_unknown: Vec<String>,
    /// The waves that were to be approved, in the order in which their turn came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateState>,
    /// What failed, by its cause: those of most accounts first.
    pub failures: Vec<Cluster>,
    /// What went over the wire: `service:Operation` to a count.
    pub api_calls: BTreeMap<String, u64>,
    /// How many of those calls were throttled.
    pub throttled: u64,
    /// The accounts that could not be entered, stack instances in them or not.
    #[serde(skip)]
    pub refused: Vec<RefusedAccount>,
}

/// An account that could not be entered.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedAccount {
    /// The environment whose file names it.
    pub environment: EnvironmentName,
    /// Its name there.
    pub account: AccountName,
    /// The 12 digits of the account.
    pub account_id: AccountId,
    /// Why it could not be entered.
    pub failure: Failure,
}

impl Report {
    /// Returns the report of a run as its state stands: at its end, or where its events stopped.
    pub fn new(state: &RunState) -> Self {
        Self::of(state, false)
    }

    /// Returns the report of a run that goes on, as far as it has come.
    pub fn running(state: &RunState) -> Self {
        Self::of(state, true)
    }

    fn of(state: &RunState, goes_on: bool) -> Self {
        let start = state.start.as_ref();
        let finish = state.finish.as_ref();
        let stack_instances: Vec<_> =
            state.instances.iter().map(|one| InstanceReport::new(one, state, goes_on)).collect();
        Self {
            schema: SCHEMA,
            run: start.map(|start| start.run.clone()),
            operation: start.map(|start| start.operation),
            environments: start.map(|start| start.environments.clone()).unwrap_or_default(),
            origin: start.map(|start| start.origin.clone()).unwrap_or_default(),
            allowed: start.map(|start| start.allowed.clone()).unwrap_or_default(),
            result: match finish {
                Some(finish) => finish.result,
                None if state.cancel != Cancel::No => RunResult::Cancelled,
                None => RunResult::Failed,
            },
            refusal: finish.and_then(|finish| finish.refusal.as_deref().cloned()).map(|refusal| {
                let at_gate =
                    start.filter(|_| state.gates.iter().any(|gate| gate.opened.is_none()));
                let command = at_gate.map(|it| approve_command(&it.run, it.named_state.as_ref()));
                let help = command.map(|command| format!("`{command}` lets it begin"));
                RunRefusal { help: refusal.help.or(help), ..refusal }
            }),
            complete: finish.is_some(),
            goes_on,
            is_wanted_back: state.is_wanted_back,
            owes_rollback: state.owes_rollback,
            named_state: start.and_then(|start| start.named_state.clone()),
            files: start.map(|start| start.files.clone()).unwrap_or_default(),
            started: start.map(|start| start.at),
            duration: match (start, state.last_at) {
                (Some(start), Some(last)) => elapsed(start.at, last).saturating_sub(state.idle),
                _ => Duration::ZERO,
            },
            summary: Counts::of(stack_instances.iter().map(|instance| instance.outcome)),
            stack_instances,
            left_behind: start.map(|start| start.left_behind.clone()).unwrap_or_default(),
            left_behind_unknown: start
                .map(|start| start.left_behind_unknown.clone())
                .unwrap_or_default(),
            gates: state.gates.clone(),
            failures: state.failures.ranked().into_iter().map(Cluster::in_order).collect(),
            api_calls: finish.map(|finish| finish.api_calls.clone()).unwrap_or_default(),
            throttled: finish.map_or(0, |finish| finish.throttled),
            refused: refused_accounts(state),
        }
    }

    /// Whether it was refused before anything was looked at: then why is all there is to say.
    pub fn is_refused_unseen(&self) -> bool {
        self.result == RunResult::Refused
            && self.operation != Some(Operation::Plan)
            && !self.waits_for_approval()
    }

    /// Whether it has ended before a wave that somebody must approve.
    pub fn waits_for_approval(&self) -> bool {
        self.result == RunResult::Refused && self.gates.iter().any(|gate| gate.opened.is_none())
    }

    /// Whether anything changed, or, of a plan, would.
    pub fn has_changes(&self) -> bool {
        let Counts { created, updated, deleted, rolled_back, .. } = self.summary;
        created + updated + deleted + rolled_back > 0
    }

    /// Returns how many stack instances ended how, in words: what was left moving is no failure yet,
    /// and what an unfinished run has not begun is open.
    pub fn counts_in_words(&self) -> String {
        let moving = self.stack_instances.iter().filter(|i| i.is_still_moving()).count();
        if self.operation == Some(Operation::Plan) {
            return self.summary.in_words_ahead();
        }
        if self.complete {
            let touched = self.stack_instances.iter().filter(|instance| !instance.is_untouched);
            let touched = Counts::of(touched.map(|instance| instance.outcome));
            let untouched = self.stack_instances.len() - touched.total();
            let counts = touched.in_words_with(moving, 0);
            return match untouched {
                0 => counts,
                _ if touched.total() == 0 => format!("{untouched} not touched"),
                _ => format!("{counts}, {untouched} not touched"),
            };
        }
        let is_open = |i: &&InstanceReport| {
            let kind = i.failure.as_ref().map(|failure| failure.kind);
            i.outcome == Outcome::Skipped && kind == Some(FailureKind::Cancelled)
        };
        let open = self.stack_instances.iter().filter(is_open).count();
        let begun = Counts { skipped: self.summary.skipped.saturating_sub(open), ..self.summary };
        begun.in_words_with(moving, open)
    }

    /// Returns the report as it stands on stdout: one JSON object, indented, without a line end.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names, numbers and text become JSON")
    }
}

fn refused_accounts(state: &RunState) -> Vec<RefusedAccount> {
    let refused = state.accounts.iter().filter_map(|((environment, account), state)| match state {
        AccountState::Entered { .. } => None,
        AccountState::Refused { account_id, failure } => Some(RefusedAccount {
            environment: environment.clone(),
            account: account.clone(),
            account_id: account_id.clone(),
            failure: failure.clone(),
        }),
    });
    refused.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::report::recorded::{self, Recording};

    #[test]
    fn the_report_has_the_shape_that_is_promised() {
        let report = Report::new(&recorded::chain().state());
        insta::assert_snapshot!(report.json());
    }

    #[test]
    fn what_is_not_known_is_null() {
        let json = serde_json::to_value(Report::new(&recorded::failure().state())).expect("JSON");
        let skipped = &json["stack_instances"][1];
        assert!(skipped["status"].is_null() && skipped["stack_id"].is_null());
        assert_eq!(skipped["outputs"], serde_json::json!({}));
        assert_eq!(skipped["duration_ms"], 0);
    }

    #[test]
    fn an_unfinished_run_says_what_is_known_of_it() {
        let mut recording = recorded::chain();
        recording.events.truncate(10);
        insta::assert_snapshot!(Report::new(&recording.state()).json());
    }

    #[test]
    fn a_run_that_never_began_is_a_failure_without_a_name() {
        let report = Report::new(&RunState::default());
        assert_eq!((report.run.clone(), report.result), (None, RunResult::Failed));
        assert_eq!(report.exit_code(), 1);
    }

    #[test]
    fn each_kind_of_run_has_its_exit_code() {
        let refused_by_guard = Recording::apply(&["dev/a"]).finished(RunResult::Refused);
        for (run, code) in [
            (recorded::chain(), 0),
            (recorded::unchanged(), 0),
            (recorded::failure(), 1),
            (recorded::many(), 1),
            (recorded::refusal(), 3),
            (refused_by_guard, 5),
            (recorded::cancelled(), 130),
            (recorded::left_at_once(), 130),
        ] {
            assert_eq!(Report::new(&run.state()).exit_code(), code, "{run:?}");
        }
    }

    #[test]
    fn a_refused_account_beside_another_failure_is_a_failure() {
        let both = |failure: Failure| {
            let entry = Failure::new(FailureKind::WrongAccount, "wrong");
            Recording::apply(&["dev/a", "test/a"])
                .fails("dev/a", Outcome::Failed, entry)
                .fails("test/a", Outcome::Failed, failure)
                .finished(RunResult::Failed)
        };
        let other = both(Failure::new(FailureKind::StackStuck, "stuck"));
        assert_eq!(Report::new(&other.state()).exit_code(), 1);
        let entry_as_well = both(Failure::new(FailureKind::NoCredentials, "none"));
        assert_eq!(Report::new(&entry_as_well.state()).exit_code(), 3);
    }

    #[test]
    fn an_account_refused_for_reading_only_is_an_entry_failure() {
        let failure = Failure::new(FailureKind::RoleRefused, "no");
        let run = Recording::apply(&[]).refused("dev", failure).finished(RunResult::Failed);
        assert_eq!(Report::new(&run.state()).exit_code(), 3);
    }

    #[test]
    fn a_rollback_has_nothing_to_do_with_an_update_that_was_cancelled_or_a_stack_found_failed() {
        let cancelled = Failure::new(FailureKind::Cancelled, "its update was cancelled");
        let found = Failure::new(FailureKind::StackStuck, "the stack is DELETE_FAILED");
        let resumed = |goes_back| EventKind::RunResumed {
            owner: None,
            reopened: Vec::new(),
            goes_back,
            allow: Vec::new(),
        };
        let run = Recording::apply(&["dev/a", "dev/b"])
            .fails("dev/a", Outcome::RolledBack, cancelled)
            .fails("dev/b", Outcome::Failed, found)
            .finished(RunResult::Cancelled)
            .say(resumed(true))
            .finished(RunResult::RolledBack);
        assert_eq!(Report::new(&run.state()).exit_code(), 0);
    }

    #[test]
    fn a_run_takes_no_time_while_nobody_carries_it_out() {
        let run = Recording::apply(&["dev/a"]).after_ms(1_000).finished(RunResult::Failed);
        let resumed = EventKind::RunResumed {
            owner: None,
            reopened: Vec::new(),
            goes_back: true,
            allow: Vec::new(),
        };
        let run = run.after_ms(700_000).say(resumed).after_ms(500);
        let run = run.finished(RunResult::RolledBack);
        assert_eq!(Report::new(&run.state()).duration, Duration::from_millis(1_500));
    }

    #[test]
    fn a_cancel_without_an_end_is_cancelled() {
        let run = Recording::apply(&["dev/a"])
            .say(EventKind::CancelRequested { at_once: true, owner: None });
        let report = Report::new(&run.state());
        assert_eq!((report.result, report.exit_code()), (RunResult::Cancelled, 130));
    }
}
