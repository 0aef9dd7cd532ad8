//! Which events of a run are worth a notice, and what it says. It decides and sends nothing.

use std::collections::BTreeSet;

use super::notice::{Notice, NoticeKind, NoticedEnd, NoticedFailure, NoticedGate, NoticedWave};
use crate::event::{EventKind, FailureKind, Operation, ReachedGate, RunEvent, RunResult, SCHEMA};
use crate::foreign;
use crate::name::{EnvironmentName, InstanceId};
use crate::report::clusters::Cluster;
use crate::report::fold::lifecycle::RunStart;
use crate::report::fold::report::Report;
use crate::report::fold::state::RunState;
use crate::report::messages::{gates, resume, sentences};
use crate::report::text::command::approve_command;
use crate::report::text::palette::Palette;

/// The most causes that a run tells of while it goes on; its end counts the others.
const MOST_CAUSES: usize = 20;

/// The most causes that the end of a run lists.
const MOST_AT_END: usize = 10;

/// Tells what is worth a notice.
#[derive(Clone, Debug, Default)]
pub struct NoticeTeller {
    /// The waves that began.
    waves: BTreeSet<(EnvironmentName, usize)>,
    /// How many causes were told.
    causes: usize,
}

impl NoticeTeller {
    /// Returns the notice of an event that `state` has already taken in, if it is worth one.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) -> Option<Notice> {
        let start = state.start.as_ref()?;
        // What changes nothing is nobody's concern.
        if start.operation == Operation::Plan {
            return None;
        }
        let notice = |kind, text: String| blank(kind, &text, event, start);
        match &event.kind {
            EventKind::RunStarted { operation, instances, .. } => {
                let text = sentences::started(*operation, instances, state);
                Some(Notice { resumed: Some(false), ..notice(NoticeKind::Begin, text) })
            }
            EventKind::RunResumed { .. } => {
                let text = sentences::resumed(state);
                Some(Notice { resumed: Some(true), ..notice(NoticeKind::Begin, text) })
            }
            EventKind::InstanceStarted { instance } => {
                let (wave, text) = self.wave_begun(instance, state)?;
                let environment = Some(instance.environment.clone());
                Some(Notice { environment, wave: Some(wave), ..notice(NoticeKind::Wave, text) })
            }
            EventKind::AccountRefused { environment, account, account_id, failure } => {
                let cause = state.failures.of_refusal(environment, account, account_id, failure)?;
                let text = self.new_cause(cause)?;
                let failure = Some(NoticedFailure::of_account(account, account_id, failure));
                let environment = Some(environment.clone());
                Some(Notice { environment, failure, ..notice(NoticeKind::Failure, text) })
            }
            EventKind::InstanceFinished { end } => {
                let announced = &state.instance(&end.instance)?.announced;
                let text = self.new_cause(state.failures.of_end(announced, end)?)?;
                let failure = Some(NoticedFailure::of_instance(announced, end.failure.as_ref()?));
                let environment = Some(end.instance.environment.clone());
                Some(Notice { environment, failure, ..notice(NoticeKind::Failure, text) })
            }
            EventKind::GateReached { reached } => {
                let ReachedGate { gate, waves, .. } = &**reached;
                let command = approve_command(&start.run, start.named_state.as_ref());
                let text = format!(
                    "{} {}: {}",
                    start.operation.as_str(),
                    gate.environment,
                    gates::asked(reached)
                );
                let wave = Some(NoticedWave { number: gate.wave, of: *waves });
                let environment = Some(gate.environment.clone());
                let gate = Some(NoticedGate::of(reached, command));
                Some(Notice { environment, wave, gate, ..notice(NoticeKind::Gate, text) })
            }
            EventKind::RunFinished { result, .. } => {
                let text = ended(*result, state);
                Some(Notice { end: Some(end(state)), ..notice(NoticeKind::End, text) })
            }
            _ => None,
        }
    }

    /// Returns the wave of which a stack instance is the first to start, and what is said of it.
    fn wave_begun(
        &mut self,
        instance: &InstanceId,
        state: &RunState,
    ) -> Option<(NoticedWave, String)> {
        // A way back has no waves.
        if state.goes_back || state.is_wanted_back {
            return None;
        }
        let (number, of) = state.wave(&state.instance(instance)?.announced)?;
        let environment = &instance.environment;
        if !self.waves.insert((environment.clone(), number)) {
            return None;
        }
        let operation = state.start.as_ref().map_or("run", |start| start.operation.as_str());
        let extent = sentences::extent_of_wave(environment, number, state);
        let text = format!("{operation} {environment}: wave {number} of {of} begins: {extent}");
        Some((NoticedWave { number, of }, text))
    }

    /// Returns what is said of a cause, if this is its first failure.
    fn new_cause(&mut self, cause: &Cluster) -> Option<String> {
        let members = cause.members.iter();
        let count: usize = members.map(|member| member.instances.len().max(1)).sum();
        let is_told = matches!(cause.kind, FailureKind::NotApproved | FailureKind::Cancelled);
        if count > 1 || is_told || self.causes >= MOST_CAUSES {
            return None;
        }
        self.causes += 1;
        let name = cause.members.first()?.names(true).into_iter().next()?;
        Some(format!("{name} failed: {}", cause.cause()))
    }
}

/// Returns a notice of an event with nothing but what all have.
fn blank(notice: NoticeKind, text: &str, event: &RunEvent, start: &RunStart) -> Notice {
    Notice {
        schema: SCHEMA,
        notice,
        text: for_chats(text),
        run: start.run.clone(),
        sequence: event.sequence,
        at: event.at,
        operation: start.operation,
        environments: start.environments.clone(),
        environment: None,
        sandbox: start.origin.sandbox,
        caller: start.origin.caller.clone(),
        resumed: None,
        wave: None,
        failure: None,
        gate: None,
        end: None,
    }
}

/// Returns a line that mentions nobody and links nowhere, where a chat shows it.
fn for_chats(text: &str) -> String {
    foreign::one_line(text).replace('<', "‹").replace('>', "›")
}

/// Returns how a run ended, in a line.
fn ended(result: RunResult, state: &RunState) -> String {
    let names = sentences::environments(state);
    format!("{names}: {}", sentences::ended(result, state, Palette::Plain))
}

fn end(state: &RunState) -> NoticedEnd {
    let report = Report::new(state);
    let causes = report.failures.iter().take(MOST_AT_END);
    NoticedEnd {
        result: report.result,
        exit_code: report.exit_code(),
        duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
        summary: report.summary,
        causes: causes.map(Cluster::headline).collect(),
        command: resume::command(&report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::{self, Recording};

    fn notices(recording: &Recording) -> Vec<Notice> {
        let (mut state, mut teller) = (RunState::default(), NoticeTeller::default());
        let on = |event: &RunEvent| {
            state.on(event);
            teller.on(event, &state)
        };
        recording.events.iter().filter_map(on).collect()
    }

    #[test]
    fn a_run_that_fails_is_told_in_three_notices() {
        let told = notices(&recorded::failure());
        insta::assert_snapshot!(serde_json::to_string_pretty(&told).expect("JSON"));
    }

    #[test]
    fn a_plan_is_nobodys_concern() {
        assert_eq!(notices(&recorded::plans::planned_values()), []);
    }

    #[test]
    fn each_cause_is_told_once_and_each_wave() {
        let told = notices(&recorded::stopped_wave());
        let texts: Vec<&str> = told.iter().map(|notice| notice.text.as_str()).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn no_output_is_part_of_a_notice() {
        let told = serde_json::to_string(&notices(&recorded::chain())).expect("JSON");
        assert!(!told.contains("outputs") && told.contains(r#""exit_code":0"#), "{told}");
    }
}
