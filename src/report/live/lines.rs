//! A run as lines, one for each event worth reading: what `--progress plain` writes.

use std::time::Duration;

use console::measure_text_width;
use jiff::Timestamp;

use super::event_message::EventMessage;
use super::event_text::{EventText, Verbosity};
use super::github::Groups;
use super::heartbeat::Heartbeat;
use crate::event::{EventKind, Operation, RunEvent, RunResult};
use crate::name::InstanceId;
use crate::report::fold::lifecycle::elapsed;
use crate::report::fold::report::Report;
use crate::report::fold::state::RunState;
use crate::report::messages::failures;
use crate::report::messages::{notes, resume, sentences};
use crate::report::text::command;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// The widest column for names; longer ones push their text to the right.
const WIDEST_LABEL: usize = 44;

/// How much room sentences need behind their front part; with less they stand below it.
const READABLE: usize = 56;

/// How far they are indented there.
const BELOW: usize = 4;

/// What becomes of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStyle {
    /// It stands alone: failures are repeated at its end.
    Alone,
    /// It is of a job of CodePipeline, and stands alone: what it stopped, a later job resumes.
    OfJob,
    /// The summary of the run follows in the same place and tells the failures.
    WithSummary,
    /// GitHub Actions shows it: folded into groups, with an annotation for each cause of failures.
    GitHub,
}

/// Turns events into lines: when, which stack instance, what.
///
/// No line gives a CI service a command but those that are meant to.
///
/// Left out is what follows from another line: resources that CloudFormation cancelled after the
/// first failure, the stack instances of an account that was refused, and those that a rollout which
/// stopped did not start. Of many accounts that were refused alike, the first few have a line.
#[derive(Clone, Debug)]
pub struct Lines {
    palette: Palette,
    event_text: EventText,
    label_width: usize,
    /// How wide a line may be, where it is drawn on a terminal.
    width: Option<usize>,
    style: LogStyle,
    groups: Groups,
    heartbeat: Heartbeat,
}

impl Lines {
    /// Returns lines with all that is worth reading in a log that stands alone.
    pub fn new(palette: Palette) -> Self {
        Self::styled(palette, LogStyle::Alone)
    }

    /// Returns lines with all that is worth reading in a log of that style.
    pub fn styled(palette: Palette, style: LogStyle) -> Self {
        Self {
            palette,
            event_text: EventText::new(palette, Verbosity::Log),
            label_width: 0,
            width: None,
            style,
            groups: Groups::default(),
            heartbeat: Heartbeat::default(),
        }
    }

    /// Returns lines with what must stay on a screen only, of that style.
    pub fn essential(palette: Palette, style: LogStyle) -> Self {
        let event_text = EventText::new(palette, Verbosity::Essential);
        Self { event_text, ..Self::styled(palette, style) }
    }

    /// Breaks lines at blanks from here on, so that they fit `width` columns.
    pub fn fit(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Returns the lines for an event that `state` has already taken in.
    pub fn on(&mut self, event: &RunEvent, state: &RunState) -> Vec<String> {
        if let EventKind::RunStarted { .. } | EventKind::RunResumed { .. } = &event.kind {
            let announced = state.instances.iter().map(|instance| &instance.announced);
            let widths = announced.map(|announced| state.label(&announced.id).len());
            self.label_width = widths.max().unwrap_or(0).min(WIDEST_LABEL);
        }
        let lines = match (self.event_text.of(event, state), &event.kind) {
            (Some(message), _) => self.aligned(&message, event.at, state),
            // Nothing else on the screen says how it ended.
            (None, EventKind::RunFinished { result, .. }) if self.style == LogStyle::Alone => {
                let run = state.start.as_ref().map(|start| format!(", run {}", start.run));
                let end = sentences::ended(*result, state, self.palette);
                let texts = vec![end + &run.unwrap_or_default()];
                self.aligned(&EventMessage { subject: None, texts }, event.at, state)
            }
            (None, _) => Vec::new(),
        };
        let lines: Vec<String> = lines.iter().map(|line| self.palette.line(line)).collect();
        if let Some(instance) = instance_of(&event.kind).filter(|_| !lines.is_empty()) {
            self.heartbeat.said(instance, event.at);
        }
        match (self.style, &event.kind) {
            (LogStyle::GitHub, _) => self.groups.around(event, state, &lines),
            (LogStyle::Alone | LogStyle::OfJob, EventKind::RunFinished { result, .. }) => {
                let notes = self.notes(state).into_iter();
                let end = notes.chain(self.failures(state)).chain(lines);
                let end = end.chain(self.resume_line(*result, state));
                end.map(|line| self.palette.line(&line)).collect()
            }
            (LogStyle::Alone | LogStyle::OfJob | LogStyle::WithSummary, _) => lines,
        }
    }

    /// Returns how a run that is over is resumed, if something of it is left.
    fn resume_line(&self, result: RunResult, state: &RunState) -> Option<String> {
        let command = resume::command(&Report::new(state))?;
        Some(match self.style == LogStyle::OfJob && result == RunResult::Cancelled {
            true => "a later job of this action resumes what is left".to_owned(),
            false if state.owes_rollback => format!("rollback is owed: `{command}` goes back"),
            false if result == RunResult::Refused => format!("`{command}` lets it begin"),
            false => format!("`{command}` resumes what is left"),
        })
    }

    /// Returns the lines that show at `now` that the run is alive, once a minute: what is slow.
    pub fn beat(&mut self, state: &RunState, now: Timestamp) -> Vec<String> {
        let said = self.heartbeat.beat(state, now);
        let line = |(instance, text): (Option<InstanceId>, String)| {
            let subject = instance.as_ref().map(|id| state.label(id));
            let lines = self.aligned(&EventMessage { subject, texts: vec![text] }, now, state);
            instance.iter().for_each(|id| self.heartbeat.said(id, now));
            lines
        };
        let lines: Vec<String> = said.into_iter().flat_map(line).collect();
        lines.iter().map(|line| self.palette.line(line)).collect()
    }

    /// Returns what there is to say of stack instances besides, each once.
    fn notes(&self, state: &RunState) -> Vec<String> {
        let sentences = notes::sentences(&Report::new(state).stack_instances);
        let heading = (!sentences.is_empty()).then(|| self.palette.caution("Worth knowing"));
        heading.into_iter().chain(sentences.into_iter().map(|text| format!("  {text}"))).collect()
    }

    /// Returns the failures of the run once more, each cause once.
    fn failures(&self, state: &RunState) -> Vec<String> {
        // Nothing is kept of a plan.
        let start = state.start.as_ref().filter(|start| start.operation != Operation::Plan);
        let command = start
            .map(|start| command::run_command("report", &start.run, start.named_state.as_ref()));
        let (clusters, several) = (state.failures.ranked(), state.has_several_environments());
        failures::lines(&clusters, several, command.as_deref(), self.palette)
    }

    /// Returns a message as lines behind the moment and its subject.
    fn aligned(&self, message: &EventMessage, at: Timestamp, state: &RunState) -> Vec<String> {
        let since_start = state.start.as_ref().map_or(Duration::ZERO, |s| elapsed(s.at, at));
        let moment = format!("{:>7}", prose::moment(since_start));
        let label = message
            .subject
            .as_ref()
            .map(|label| format!("  {label:width$}", width = self.label_width));
        let label = label.unwrap_or_default();
        let front = format!("{}{label}", self.palette.faint(&moment));
        message.texts.iter().flat_map(|text| self.fitted(&front, text)).collect()
    }

    /// Returns a line, or several if the text after its front part does not fit.
    fn fitted(&self, front: &str, text: &str) -> Vec<String> {
        let indent = measure_text_width(front) + 2;
        let room = self.width.map_or(0, |width| width.saturating_sub(indent));
        let is_one_line = measure_text_width(text) <= room;
        if self.width.is_none() || is_one_line {
            return vec![format!("{front}  {text}")];
        }
        if room < READABLE {
            // Below its front part there is room for sentences, and for an ARN that can be copied whole.
            let width = self.width.unwrap_or_default().saturating_sub(BELOW).max(1);
            let parts = prose::wrapped(text, width).into_iter();
            let below = parts.map(|part| format!("{:BELOW$}{part}", ""));
            return std::iter::once(front.trim_end().to_owned()).chain(below).collect();
        }
        let parts = prose::wrapped(text, room).into_iter().enumerate();
        let line = |(position, part)| match position {
            0 => format!("{front}  {part}"),
            _ => format!("{:indent$}{part}", ""),
        };
        parts.map(line).collect()
    }
}

/// Returns the stack instance that an event is about, if it is about one.
fn instance_of(kind: &EventKind) -> Option<&InstanceId> {
    match kind {
        EventKind::InstanceStarted { instance }
        | EventKind::ActionIntended { instance, .. }
        | EventKind::ActionStarted { instance, .. }
        | EventKind::PrecedentTimed { instance, .. }
        | EventKind::UploadStarted { instance, .. }
        | EventKind::UploadProgressed { instance, .. }
        | EventKind::StackChanged { instance, .. }
        | EventKind::StackUnseen { instance, .. }
        | EventKind::ResourceChanged { instance, .. } => Some(instance),
        EventKind::InstanceFinished { end } => Some(&end.instance),
        EventKind::RunStarted { .. }
        | EventKind::RunResumed { .. }
        | EventKind::RollbackStarted { .. }
        | EventKind::RollbackPostponed { .. }
        | EventKind::AccountEntered { .. }
        | EventKind::AccountRefused { .. }
        | EventKind::PermissionAwaited { .. }
        | EventKind::ValueRead { .. }
        | EventKind::LoginEnded { .. }
        | EventKind::LoginRenewed { .. }
        | EventKind::CancelRequested { .. }
        | EventKind::RunPaused { .. }
        | EventKind::RunContinued { .. }
        | EventKind::GateReached { .. }
        | EventKind::GateOpened { .. }
        | EventKind::RunFinished { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::event::{Failure, FailureKind, Outcome, Owner, RunResult, StackAction};
    use crate::report::recorded::{self, Recording};
    use crate::status::StackStatus;

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
    fn who_pauses_a_run_has_it_go_on_or_cancels_it_is_told() {
        let owner = || Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
        let run = Recording::apply(&["dev/a"])
            .after_ms(5_000)
            .say(EventKind::RunPaused { owner: owner() })
            .after_ms(60_000)
            .say(EventKind::RunContinued { owner: owner() })
            .after_ms(1_000)
            .say(EventKind::CancelRequested { at_once: false, owner: Some(owner()) });
        insta::assert_snapshot!(plain(&run));
    }

    #[test]
    fn a_run_is_told_line_by_line() {
        insta::assert_snapshot!(plain(&recorded::chain()));
    }

    #[test]
    fn at_80_columns_sentences_stand_below_and_an_arn_stays_whole() {
        let arn = "arn:aws:iam::100000000001:role/crossaccount-acceptance-role";
        let message = format!("the role {arn} refuses to be assumed by the source account");
        let path = "acceptance/eu-central-1/cross-account-role";
        let failure = Failure::new(FailureKind::AccessDenied, message);
        let run = Recording::apply(&[path])
            .begins(path, StackAction::Create)
            .fails(path, Outcome::Failed, failure)
            .finished(RunResult::Failed);
        let mut lines = Lines::new(Palette::Plain);
        lines.fit(80);
        let text = all(lines, &run);
        assert!(text.lines().any(|line| line.contains(arn)), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let told = text.lines().filter(|line| line.starts_with("    ") && !line.contains("help"));
        assert!(told.clone().any(|line| line.len() > 60), "no strip at the right: {text}");
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
            .say(EventKind::ActionStarted {
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
    fn accounts_refused_alike_do_not_drown_the_log() {
        insta::assert_snapshot!(plain(&recorded::refusals(300)));
    }

    #[test]
    fn a_cause_that_many_share_is_repeated_once_at_the_end() {
        let text = plain(&recorded::denials(212));
        let end = text.find("Failures").expect("the failures");
        insta::assert_snapshot!(&text[end..]);
    }

    #[test]
    fn resources_that_fail_alike_are_told_in_short_after_a_few() {
        let accounts: Vec<String> = (0..7).map(|n| format!("team-{n}/app")).collect();
        let mut run = Recording::apply(&accounts.iter().map(String::as_str).collect::<Vec<_>>());
        for (number, path) in accounts.iter().enumerate() {
            let denied = recorded::denied(path.trim_end_matches("/app"), number).message;
            let (_, reason) = denied.split_once("): ").expect("the resource is in front");
            run = run.resource(path, "Role", "CREATE_FAILED", Some(reason));
        }
        let text = plain(&run);
        let lengths: Vec<bool> = text.lines().skip(1).map(|line| line.len() < 140).collect();
        assert_eq!(lengths, [false, false, false, false, false, true, true], "{text}");
        assert!(text.ends_with(
            "team-6/eu-central-1/app  Role CREATE_FAILED: iam:CreateRole denied by the service \
             control policy p-kfhxcsd9"
        ));
    }

    #[test]
    fn nothing_is_repeated_where_the_summary_follows() {
        let lines = all(Lines::styled(Palette::Plain, LogStyle::WithSummary), &recorded::failure());
        assert!(lines.ends_with("apply failed: 1 unchanged, 1 failed, 1 skipped"), "{lines}");
    }

    #[test]
    fn what_a_job_stopped_a_later_job_goes_on_with() {
        let of_job = |run: &Recording| all(Lines::styled(Palette::Plain, LogStyle::OfJob), run);
        let stopped = of_job(&recorded::cancelled());
        assert!(stopped.ends_with("a later job of this action resumes what is left"), "{stopped}");
        assert_eq!(of_job(&recorded::failure()), plain(&recorded::failure()));
    }

    #[test]
    fn github_folds_each_wave_and_annotates_each_cause() {
        let github = |run: &Recording| all(Lines::styled(Palette::Plain, LogStyle::GitHub), run);
        let waves = recorded::in_waves().ends("a/app", Outcome::Created);
        let waves = waves.fails("b/app", Outcome::Failed, recorded::denied("b", 7));
        let waves = github(&waves.finished(RunResult::Failed));
        insta::assert_snapshot!([waves, github(&recorded::failure())].join("\n----\n"));
    }

    #[test]
    fn a_screen_keeps_each_cause_once_when_the_run_is_large() {
        let essential =
            |run: &Recording| all(Lines::essential(Palette::Plain, LogStyle::WithSummary), run);
        assert_eq!(essential(&recorded::denials(212)).lines().count(), 1);
        assert_eq!(essential(&recorded::denials(4)).lines().count(), 9);
        assert_eq!(essential(&recorded::refusals(212)).lines().count(), 7, "one of them a help");
    }

    /// What is said each minute of a run in which nothing happens after its last event.
    fn beats(recording: &Recording, seconds: &[i64]) -> String {
        let (mut state, mut lines) = (RunState::default(), Lines::new(Palette::Plain));
        for event in &recording.events {
            state.on(event);
            lines.beat(&state, event.at);
            lines.on(event, &state);
        }
        let start = state.start.as_ref().expect("it started").at;
        let at = seconds.iter().map(|&second| start + SignedDuration::from_secs(second));
        at.flat_map(|at| lines.beat(&state, at)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_slow_shows_once_a_minute_that_it_is_alive() {
        let run = Recording::apply(&["dev/network", "test/network", "prod/network"])
            .begins("dev/network", StackAction::Create)
            .after_ms(2_000)
            .resource("dev/network", "Topic", "CREATE_COMPLETE", None)
            .after_ms(30_000)
            .begins("test/network", StackAction::Update)
            .say(EventKind::InstanceStarted { instance: recorded::id("prod/network") });
        insta::assert_snapshot!(beats(&run, &[59, 60, 61, 120, 125, 181]));
    }

    #[test]
    fn many_that_are_slow_share_one_line() {
        let accounts: Vec<String> = (0..37).map(|n| format!("team-{n:03}/app")).collect();
        let mut run = Recording::apply(&accounts.iter().map(String::as_str).collect::<Vec<_>>());
        for path in &accounts {
            run = run.begins(path, StackAction::Create).after_ms(500);
        }
        run = run.resource("team-001/app", "Topic", "CREATE_COMPLETE", None);
        insta::assert_snapshot!(beats(&run, &[60, 61, 720]));
    }

    #[test]
    fn a_screen_without_the_summary_ends_with_what_failed_and_the_runs_id() {
        let run = recorded::denials(212);
        insta::assert_snapshot!(all(Lines::essential(Palette::Plain, LogStyle::Alone), &run));
    }

    #[test]
    fn the_essential_lines_are_a_part_of_all() {
        for run in [recorded::failure(), recorded::refusal(), recorded::many()] {
            let everything = plain(&run);
            let essential = all(Lines::essential(Palette::Plain, LogStyle::WithSummary), &run);
            assert!(essential.lines().count() < everything.lines().count());
            assert!(essential.lines().all(|line| everything.contains(line)));
        }
    }
}
