//! A run as lines, one for each event worth reading: what `--progress plain` writes.

use std::collections::BTreeSet;
use std::time::Duration;

use console::measure_text_width;

use super::palette::Palette;
use super::state::{RunState, Standing, elapsed};
use super::words;
use crate::clock::spoken;
use crate::event::{
    Announced, Failure, InstanceEnd, Operation, RunEvent, RunResult, StackAction, What,
};
use crate::name::{EnvironmentName, InstanceId};
use crate::status::{ResourceStatus, StackStatus};

/// The widest column for names; longer ones push their text to the right.
const WIDEST_LABEL: usize = 44;

/// How much room a text needs for being broken at blanks to be worth it.
const LEAST_ROOM: usize = 24;

/// Which events are worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything but noise, for a log that is read afterwards.
    Log,
    /// What must stay on a screen that shows elsewhere what runs: ends and failures.
    Essential,
}

/// Turns events into lines: when, which stack instance, what.
///
/// Left out is what follows from another line: resources that CloudFormation cancelled after the
/// first failure, the stack instances of an account that was refused, and those that a rollout which
/// stopped did not start.
#[derive(Clone, Debug)]
pub struct Lines {
    palette: Palette,
    detail: Detail,
    label_width: usize,
    /// How wide a line may be, where it is drawn on a terminal.
    width: Option<usize>,
    /// The waves that have a line already.
    waves: BTreeSet<(EnvironmentName, usize)>,
    /// Why the rollout stopped, as far as it has a line already.
    stops: BTreeSet<String>,
    /// The failures of resources that have a line already.
    told: BTreeSet<(InstanceId, String)>,
}

impl Lines {
    /// Returns lines with all that is worth reading in a log.
    pub fn new(palette: Palette) -> Self {
        Self {
            palette,
            detail: Detail::Log,
            label_width: 0,
            width: None,
            waves: BTreeSet::new(),
            stops: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// Returns lines with ends and failures only.
    pub fn essential(palette: Palette) -> Self {
        Self { detail: Detail::Essential, ..Self::new(palette) }
    }

    /// Breaks lines at blanks from here on, so that they fit `width` columns.
    pub fn fit(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Returns the lines for an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) -> Vec<String> {
        if let What::RunStarted { instances, .. } = &event.what {
            let widths = instances.iter().map(|announced| words::label(&announced.id, state).len());
            self.label_width = widths.max().unwrap_or(0).min(WIDEST_LABEL);
        }
        let Some((subject, texts)) = self.texts(event, state) else { return Vec::new() };
        let since_start = state.start.as_ref().map_or(Duration::ZERO, |s| elapsed(s.at, event.at));
        let moment = format!("{:>7}", words::moment(since_start));
        let label = subject.map(|label| format!("  {label:width$}", width = self.label_width));
        let label = label.unwrap_or_default();
        let front = format!("{}{label}", self.palette.faint(&moment));
        texts.iter().flat_map(|text| self.fitted(&front, text)).collect()
    }

    /// Returns a line, or several if the text after its front part does not fit.
    fn fitted(&self, front: &str, text: &str) -> Vec<String> {
        let indent = measure_text_width(front) + 2;
        let room = self.width.map_or(0, |width| width.saturating_sub(indent));
        if room < LEAST_ROOM {
            return vec![format!("{front}  {text}")];
        }
        let parts = words::wrapped(text, room).into_iter().enumerate();
        let line = |(position, part)| match position {
            0 => format!("{front}  {part}"),
            _ => format!("{:indent$}{part}", ""),
        };
        parts.map(line).collect()
    }

    /// Returns what is to be said of an event and of whom; `None` if nothing.
    fn texts(
        &mut self,
        event: &RunEvent,
        state: &RunState,
    ) -> Option<(Option<String>, Vec<String>)> {
        let of = |id: &InstanceId, text: String| Some((Some(words::label(id, state)), vec![text]));
        match &event.what {
            What::CancelRequested { at_once } => Some((None, vec![self.cancelled(*at_once)])),
            What::AccountRefused { environment, account, failure, .. } => {
                let several = state.has_several_environments();
                let label =
                    if several { format!("{environment}/{account}") } else { account.to_string() };
                let mut texts = vec![self.palette.bad("not entered: ") + &words::cause(failure)];
                texts.extend(
                    failure.help.as_ref().map(|help| format!("help: {}", words::one_line(help))),
                );
                Some((Some(label), texts))
            }
            What::InstanceFinished { end } if is_of_rollout(end) => {
                Some((None, vec![self.stopped(end.failure.as_ref()?)?]))
            }
            What::InstanceFinished { end } => {
                of(&end.instance, self.finished(end, state).filter(|_| !is_told(end, state))?)
            }
            What::ResourceChanged { instance, resource, status, reason, .. }
                if status.is_failed() =>
            {
                let failed = self.resource_failed(resource, status, reason.as_deref()?)?;
                self.told.insert((instance.clone(), resource.clone()));
                of(instance, failed)
            }
            _ if self.detail == Detail::Essential => None,
            What::RunStarted { operation, instances, .. } => {
                Some((None, vec![started(*operation, instances, state)]))
            }
            What::RunFinished { result, .. } => Some((None, vec![self.ended(*result, state)])),
            What::AccountEntered { environment, account, account_id, caller } => {
                let several = state.has_several_environments();
                let label =
                    if several { format!("{environment}/{account}") } else { account.to_string() };
                let caller = caller.splitn(6, ':').nth(5).unwrap_or(caller);
                Some((
                    Some(label),
                    vec![format!("entered {account_id} as {}", words::one_line(caller))],
                ))
            }
            What::ActionStarted { instance, action, found, .. } => {
                let declared = state.instance(instance).map(|i| i.announced.resources);
                of(instance, acting(*action, found.as_ref(), declared.unwrap_or(0)))
            }
            What::PrecedentTimed { .. } => None,
            What::StackChanged { instance, status, reason } => {
                let text =
                    self.stack_changed(status, reason.as_deref(), is_foreign(instance, state));
                of(instance, text?)
            }
            What::ResourceChanged { instance, resource, resource_type, status, .. } => {
                let foreign = is_foreign(instance, state) && status.is_settled();
                foreign.then(|| of(instance, format!("{resource} ({resource_type}) {status}")))?
            }
            What::InstanceStarted { instance } => {
                let text = self.wave_begun(instance, state)?;
                let several = state.has_several_environments();
                Some((several.then(|| instance.environment.to_string()), vec![text]))
            }
        }
    }

    fn cancelled(&self, at_once: bool) -> String {
        let text = if at_once {
            "leaving at once: what still moves goes on in CloudFormation by itself"
        } else {
            "stopping: nothing more is started, what runs settles; Ctrl-C again leaves at once"
        };
        self.palette.caution(text)
    }

    /// Returns the line for a wave of which this is the first stack instance to start.
    fn wave_begun(&mut self, instance: &InstanceId, state: &RunState) -> Option<String> {
        let (number, count) = state.wave(&state.instance(instance)?.announced)?;
        let environment = &instance.environment;
        if !self.waves.insert((environment.clone(), number)) {
            return None;
        }
        let announced = state.instances.iter().map(|instance| &instance.announced);
        let of_wave: Vec<&Announced> = announced
            .filter(|a| a.id.environment == *environment && a.wave == Some(number))
            .collect();
        Some(format!("wave {number}/{count}: {}", extent(of_wave)))
    }

    /// Returns the line for why the rollout stopped, the first time it is said.
    fn stopped(&mut self, failure: &Failure) -> Option<String> {
        let is_new = self.stops.insert(failure.message.clone());
        let text = format!("{}: nothing more is started", words::cause(failure));
        is_new.then(|| self.palette.caution(&text))
    }

    fn finished(&self, end: &InstanceEnd, state: &RunState) -> Option<String> {
        let Standing::Finished(finished) = &state.instance(&end.instance)?.standing else {
            return None;
        };
        let duration = finished.duration;
        let outcome =
            self.palette.outcome(end.outcome, words::ending(end.outcome, end.failure.as_ref()));
        let time = match (end.outcome.is_good(), duration.is_zero()) {
            (_, true) => String::new(),
            (true, false) => format!(" in {}", spoken(duration)),
            (false, false) => format!(" after {}", spoken(duration)),
        };
        let cause = end.failure.as_ref().map(|failure| match &failure.resource {
            Some(resource) if self.told.contains(&(end.instance.clone(), resource.clone())) => {
                format!(": {resource} failed")
            }
            Some(_) | None => format!(": {}", words::cause(failure)),
        });
        Some(outcome + &time + &cause.unwrap_or_default())
    }

    fn resource_failed(
        &self,
        resource: &str,
        status: &ResourceStatus,
        reason: &str,
    ) -> Option<String> {
        // CloudFormation's words for what it stopped because something else had failed.
        let is_consequence = reason.starts_with("Resource ") && reason.ends_with(" cancelled");
        let text = format!("{resource} {status}: {}", words::one_line(reason));
        (!is_consequence).then(|| self.palette.bad(&text))
    }

    fn stack_changed(
        &self,
        status: &StackStatus,
        reason: Option<&str>,
        is_foreign: bool,
    ) -> Option<String> {
        let because = reason.map(|r| format!(": {}", words::one_line(r))).unwrap_or_default();
        let text = match status {
            // A clean-up after the rollback is a part of it.
            StackStatus::UpdateRollbackCompleteCleanupInProgress => return None,
            status if status.is_bad() && !status.is_settled() => format!("rolling back{because}"),
            status if is_foreign => format!("{status}{because}"),
            _ => return None,
        };
        Some(if status.is_bad() { self.palette.bad(&text) } else { text })
    }

    fn ended(&self, result: RunResult, state: &RunState) -> String {
        let counts = super::Report::new(state).summary.in_words();
        let operation = state.start.as_ref().map_or("run", |start| start.operation.as_str());
        let (verb, good) = match result {
            RunResult::Succeeded => ("succeeded", true),
            RunResult::Failed => ("failed", false),
            RunResult::RolledBack => ("rolled back", false),
            RunResult::Cancelled => ("cancelled", false),
            RunResult::Refused => ("refused", false),
        };
        let verb = if good { self.palette.good(verb) } else { self.palette.bad(verb) };
        let separator = if counts.is_empty() { "" } else { ": " };
        format!("{operation} {verb}{separator}{counts}")
    }
}

fn started(operation: Operation, instances: &[Announced], state: &RunState) -> String {
    let environments = state.start.iter().flat_map(|start| &start.environments);
    let names = environments.map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let run = state.start.as_ref().map(|start| start.run.to_string()).unwrap_or_default();
    format!("{} {names}: {}, run {run}", operation.as_str(), extent(instances),)
}

/// Returns how many stack instances there are, and in how many accounts.
fn extent<'a>(instances: impl IntoIterator<Item = &'a Announced>) -> String {
    let (mut count, mut accounts) = (0, BTreeSet::new());
    for announced in instances {
        count += 1;
        accounts.insert(&announced.account_id);
    }
    let instances = words::counted(count, "stack instance");
    format!("{instances} in {}", words::counted(accounts.len(), "account"))
}

fn acting(action: StackAction, found: Option<&StackStatus>, declared: usize) -> String {
    let because = found.map(|status| format!(" ({status})")).unwrap_or_default();
    match action {
        StackAction::Create => format!("creating ({})", words::counted(declared, "resource")),
        StackAction::Update => "updating".to_owned(),
        StackAction::Delete => "deleting".to_owned(),
        StackAction::DeleteBeforeCreate => {
            format!("deleting to create it anew, as it never worked{because}")
        }
        StackAction::ContinueRollback => format!("continuing its rollback{because}"),
        StackAction::Wait => format!("waiting for what somebody else started{because}"),
    }
}

/// Whether an operation that is not ours is being waited for.
fn is_foreign(id: &InstanceId, state: &RunState) -> bool {
    match state.instance(id).map(|instance| &instance.standing) {
        Some(Standing::Running(running)) => running.action == Some(StackAction::Wait),
        Some(Standing::Waiting | Standing::Finished(_)) | None => false,
    }
}

/// Whether an instance was not started because the rollout stopped.
fn is_of_rollout(end: &InstanceEnd) -> bool {
    end.failure.as_ref().is_some_and(|failure| failure.kind.is_rollout())
}

/// Whether an instance's end was already said with its account's refusal.
fn is_told(end: &InstanceEnd, state: &RunState) -> bool {
    let is_entry = |failure: &Failure| failure.kind.is_entry();
    end.failure.as_ref().is_some_and(is_entry) && state.refusal(&end.instance).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;
    use crate::report::recorded::{self, Recording};

    fn all(mut lines: Lines, recording: &Recording) -> String {
        let mut state = RunState::default();
        let mut text = Vec::new();
        for event in &recording.events {
            state.on(event);
            text.extend(lines.on(event, &state));
        }
        text.join("\n")
    }

    fn plain(recording: &Recording) -> String {
        all(Lines::new(Palette::Plain), recording)
    }

    #[test]
    fn a_run_is_told_line_by_line() {
        insta::assert_snapshot!(plain(&recorded::chain()));
    }

    #[test]
    fn a_failure_is_told_without_its_consequences() {
        insta::assert_snapshot!(plain(&recorded::failure()));
    }

    #[test]
    fn each_wave_is_told_when_it_begins() {
        insta::assert_snapshot!(plain(&recorded::in_waves()));
    }

    #[test]
    fn a_rollout_that_stops_is_told_once() {
        insta::assert_snapshot!(plain(&recorded::stopped_wave()));
    }

    #[test]
    fn a_refused_account_is_told_once() {
        insta::assert_snapshot!(plain(&recorded::refusal()));
    }

    #[test]
    fn stopping_is_told_with_what_a_second_ctrl_c_does() {
        insta::assert_snapshot!(plain(&recorded::left_at_once()));
    }

    #[test]
    fn a_foreign_operation_is_told_with_its_events() {
        let run = Recording::apply(&["stage/dev/app", "prod/dev/app"])
            .say(What::ActionStarted {
                instance: recorded::id("stage/dev/app"),
                action: StackAction::Wait,
                found: Some(StackStatus::UpdateInProgress),
                stack_id: None,
            })
            .resource("stage/dev/app", "Topic", "UPDATE_COMPLETE", None)
            .stack("stage/dev/app", "UPDATE_ROLLBACK_IN_PROGRESS")
            .stack("stage/dev/app", "UPDATE_ROLLBACK_COMPLETE")
            .begins("stage/dev/app", StackAction::Update)
            .stack("stage/dev/app", "UPDATE_IN_PROGRESS")
            .ends("stage/dev/app", Outcome::Updated);
        insta::assert_snapshot!(plain(&run));
    }

    #[test]
    fn the_essential_lines_are_a_part_of_all() {
        for run in [recorded::failure(), recorded::refusal(), recorded::many()] {
            let everything = plain(&run);
            let essential = all(Lines::essential(Palette::Plain), &run);
            assert!(essential.lines().count() < everything.lines().count());
            assert!(essential.lines().all(|line| everything.contains(line)));
        }
    }
}
