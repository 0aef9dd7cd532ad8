//! What is known of a run at a moment: every stack instance, account and failure, and the whole.
//!
//! Nothing here decides or prints; events change it in `transition`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::account_region::AccountRegion;
use super::gates::GateState;
use super::lifecycle::{AccountState, Cancel, InstanceState, RunFinish, RunStart};
use crate::event::{AnnouncedInstance, Failure, Owner};
use crate::name::{AccountId, AccountName, EnvironmentName, InstanceId};
use crate::report::clusters::Clusters;
use crate::report::fold::counts::Counts;

/// A run as far as its events have told it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// What the first event said; absent until it was seen.
    pub start: Option<RunStart>,
    /// Every announced stack instance, in the order announced.
    pub instances: Vec<InstanceState>,
    /// The accounts that were entered or refused so far.
    pub accounts: BTreeMap<(EnvironmentName, AccountName), AccountState>,
    /// The accounts whose login ended and is waited for.
    pub awaited_logins: BTreeSet<AccountId>,
    /// Whether somebody asked the run to stop.
    pub cancel: Cancel,
    /// Who had it start nothing more for now, as long as that holds.
    pub paused_by: Option<Owner>,
    /// What the last event said; absent until it was seen.
    pub finish: Option<RunFinish>,
    /// When the latest event happened.
    pub last_at: Option<Timestamp>,
    /// For how long nobody carried the run out before it was resumed.
    pub idle: Duration,
    /// Every account and Region, in the order in which the announced instances name them first.
    pub places: Vec<AccountRegion>,
    /// How many stack instances ended how.
    pub counts: Counts,
    /// The positions of the stack instances that are being worked on.
    pub running: BTreeSet<usize>,
    /// The most stack instances that were worked on at one moment.
    pub most_running: usize,
    /// What failed so far, by its cause.
    pub failures: Clusters,
    /// Whether what the run changed is being put back.
    pub goes_back: bool,
    /// Whether that is to be done by whoever resumes the run.
    pub owes_rollback: bool,
    /// Whether somebody asked for that, once the run had ended.
    pub is_wanted_back: bool,
    /// The waves that were to be approved, in the order in which their turn came.
    pub gates: Vec<GateState>,
    pub(super) positions: BTreeMap<InstanceId, usize>,
    /// The position in `places` of each stack instance.
    pub(super) place_of: Vec<usize>,
    /// The highest wave of each environment that has several.
    pub(super) waves: BTreeMap<EnvironmentName, usize>,
}

impl RunState {
    /// Returns the position of a stack instance, if it was announced.
    pub fn position(&self, id: &InstanceId) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// Returns the place of the stack instance at a position, as a position in `places`.
    pub fn place_of(&self, instance: usize) -> usize {
        self.place_of[instance]
    }

    /// Returns how many waves an environment has, if it has several.
    pub fn waves(&self, environment: &EnvironmentName) -> Option<usize> {
        self.waves.get(environment).copied()
    }

    /// Returns a stack instance, if it was announced.
    pub fn instance(&self, id: &InstanceId) -> Option<&InstanceState> {
        self.position(id).map(|position| &self.instances[position])
    }

    /// Returns why an account could not be entered, if it could not.
    pub fn refusal(&self, id: &InstanceId) -> Option<&Failure> {
        match self.accounts.get(&(id.environment.clone(), id.account.clone()))? {
            AccountState::Refused { failure, .. } => Some(failure),
            AccountState::Entered { .. } => None,
        }
    }

    /// Returns the wave of a stack instance and how many there are, if there are several.
    pub fn wave(&self, announced: &AnnouncedInstance) -> Option<(usize, usize)> {
        announced.wave.zip(self.waves.get(&announced.id.environment).copied())
    }

    /// Whether the run covers more than one environment, so that names need theirs in front.
    pub fn has_several_environments(&self) -> bool {
        self.start.as_ref().is_some_and(|start| start.environments.len() > 1)
    }

    /// Whether an environment begins only once the one before it succeeded.
    pub fn is_in_order(&self) -> bool {
        self.start.as_ref().is_some_and(|start| start.in_order)
    }

    /// Returns the name of a stack instance on screen: `account/region/stack`, with its environment in
    /// front when the run covers several.
    pub fn label(&self, id: &InstanceId) -> String {
        id.label(self.has_several_environments())
    }

    /// Returns the name of an account on screen, if all files name it alike, else its id: a role on the
    /// way is in none of them.
    pub fn label_of_account(&self, account_id: &AccountId) -> String {
        let announced = self.instances.iter().map(|instance| &instance.announced);
        let of_account = announced.filter(|announced| announced.account_id == *account_id);
        let labels: BTreeSet<String> =
            of_account.map(|of| self.account_label(&of.id.environment, &of.id.account)).collect();
        match labels.first() {
            Some(label) if labels.len() == 1 => label.clone(),
            Some(_) | None => account_id.to_string(),
        }
    }

    /// Returns the name of an account on screen, with its environment in front when the run covers
    /// several.
    pub fn account_label(&self, environment: &EnvironmentName, account: &AccountName) -> String {
        match self.has_several_environments() {
            true => format!("{environment}/{account}"),
            false => account.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::event::{
        EventKind, FailureKind, InstanceEnd, Operation, Outcome, Owner, RunResult, StackAction,
    };
    use crate::report::dashboard::{Size, Symbols, Theme, View, frame};
    use crate::report::recorded::{self, Recording, announced, end, id};
    use crate::report::written::summary;
    use crate::report::{Forecast, Lines, Palette, Report};

    const PATHS: [&str; 5] = ["dev/a", "dev/b", "stage/test/a", "test/b", "nobody/announced-it"];

    /// Anything an engine might say, in any order, about instances announced or not.
    fn anything() -> impl Strategy<Value = EventKind> {
        let path = prop::sample::select(PATHS.to_vec());
        let outcome = prop::sample::select(Outcome::ALL.to_vec());
        let action = prop::sample::select(vec![
            StackAction::Create,
            StackAction::Update,
            StackAction::Wait,
            StackAction::DeleteBeforeCreate,
        ]);
        let status = prop::sample::select(vec!["CREATE_COMPLETE", "ROLLBACK_IN_PROGRESS", "NEW"]);
        let result = prop::sample::select(vec![RunResult::Succeeded, RunResult::Failed]);
        prop_oneof![
            path.clone().prop_map(|p| EventKind::InstanceStarted { instance: id(p) }),
            (path.clone(), action).prop_map(|(p, action)| EventKind::ActionStarted {
                instance: id(p),
                action,
                found: Some("ROLLBACK_COMPLETE".into()),
                stack_id: None,
            }),
            (path.clone(), status).prop_map(|(p, status)| EventKind::StackChanged {
                instance: id(p),
                status: status.into(),
                reason: Some("\u{1b}[2J of\nodd ones".to_owned()),
            }),
            (path.clone(), status_and_reason()).prop_map(|(p, (status, reason))| {
                let recording = Recording::default().resource(p, "R", status, reason);
                recording.events[0].kind.clone()
            }),
            (path.clone(), outcome.clone())
                .prop_map(|(p, outcome)| EventKind::InstanceFinished { end: end(p, outcome) }),
            (path, outcome).prop_map(|(p, outcome)| {
                let failure = Some(Failure::new(FailureKind::StillMoving, ""));
                EventKind::InstanceFinished { end: InstanceEnd { failure, ..end(p, outcome) } }
            }),
            any::<bool>().prop_map(|at_once| EventKind::CancelRequested { at_once, owner: None }),
            Just(EventKind::RunPaused { owner: Owner::default() }),
            Just(EventKind::RunContinued { owner: Owner::default() }),
            result.prop_map(|result| EventKind::RunFinished {
                result,
                api_calls: BTreeMap::new(),
                throttled: 0,
                refusal: None,
            }),
            Just(recorded::chain().events[0].kind.clone()),
        ]
    }

    fn status_and_reason() -> impl Strategy<Value = (&'static str, Option<&'static str>)> {
        let status = prop::sample::select(vec!["CREATE_FAILED", "DELETE_COMPLETE", "ODD"]);
        (status, prop::option::of(Just("because")))
    }

    fn odd_run() -> impl Strategy<Value = Recording> {
        let started = any::<bool>();
        let said = prop::collection::vec((0i64..5_000, anything()), 0..40);
        (started, said).prop_map(|(started, said)| {
            let first = if started { Recording::apply(&PATHS[..4]) } else { Recording::default() };
            said.into_iter().fold(first, |run, (ms, kind)| run.after_ms(ms).say(kind))
        })
    }

    proptest! {
        #[test]
        fn a_stored_run_folds_to_the_same_state(run in odd_run()) {
            let mut stored = RunState::default();
            for event in &run.events {
                let line = serde_json::to_string(event).expect("an event becomes JSON");
                stored.on(&serde_json::from_str(&line).expect("the line is an event"));
            }
            prop_assert_eq!(stored, run.state());
        }

        #[test]
        fn every_announced_instance_stands_once_in_the_report(run in odd_run()) {
            let state = run.state();
            let report = Report::new(&state);
            let announced: Vec<_> = state.instances.iter().map(|i| i.announced.id.clone()).collect();
            let reported: Vec<_> = report.stack_instances.iter().map(|i| InstanceId {
                environment: i.environment.clone(),
                account: i.account.clone(),
                region: i.region.clone(),
                stack: i.stack.clone(),
            }).collect();
            prop_assert_eq!(&announced, &reported);
            let unique: std::collections::BTreeSet<_> = reported.iter().collect();
            prop_assert_eq!(unique.len(), reported.len());
            prop_assert_eq!(report.summary.total(), reported.len());
        }

        #[test]
        fn every_display_bears_any_run(
            run in odd_run(),
            columns in 0usize..130,
            rows in 0usize..40,
        ) {
            let look = Theme { palette: Palette::Plain, symbols: Symbols::Ascii };
            let mut state = RunState::default();
            let mut lines = Lines::new(Palette::Plain);
            for event in &run.events {
                state.on(event);
                for line in lines.on(event, &state) {
                    prop_assert!(!line.contains(char::is_control), "{:?}", line);
                }
                let forecast = Forecast::of(&state, event.at);
                let size = Size { columns, rows };
                let view = View::with_keys();
                let frame = frame(&state, &forecast, event.at, (size, look), &view);
                prop_assert!(frame.len() <= rows.saturating_sub(2).max(1));
                prop_assert!(frame.iter().all(|line| line.len() <= columns), "{:?}", frame);
            }
            let text = summary::text(&Report::new(&state), Palette::Plain, summary::Destination::File);
            prop_assert!(text.lines().all(|line| !line.contains(char::is_control)));
            prop_assert!(text.lines().all(|line| line == line.trim_end()), "{}", text);
        }

        #[test]
        fn a_run_without_its_last_event_never_succeeds(run in odd_run()) {
            let report = Report::new(&run.state());
            prop_assert!(report.complete || report.result != RunResult::Succeeded);
            prop_assert!(report.complete || report.exit_code() != 0);
            prop_assert!(report.exit_code() != 0 || report.summary.not_good() == 0);
        }
    }

    #[test]
    fn an_instance_announced_twice_is_one() {
        let instances = vec![announced("dev/a", 1), announced("dev/a", 2)];
        let state = Recording::started(Operation::Apply, instances).state();
        assert_eq!(state.instances.len(), 1);
    }

    #[test]
    fn the_first_end_of_an_instance_holds() {
        let run = Recording::apply(&["dev/a"])
            .begins("dev/a", StackAction::Create)
            .after_ms(40)
            .ends("dev/a", Outcome::Created)
            .after_ms(1)
            .ends("dev/a", Outcome::Failed);
        let report = Report::new(&run.state());
        assert_eq!(report.stack_instances[0].outcome, Outcome::Created);
        assert_eq!(report.stack_instances[0].duration, Duration::from_millis(40));
    }
}
