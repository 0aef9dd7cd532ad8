//! What a person reads when a run is over: what stands where, what failed and why, and one line.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::left_behind;
use super::places;
use super::places::Folding;
use super::plan::text::{self as plan_text, Layout};
use crate::clock::spoken;
use crate::event::{Failure, Operation, RunResult};
use crate::report::clusters::Cluster;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::Report;
use crate::report::messages::left_behind::prune_command;
use crate::report::messages::{failures, guards, notes, origin, resume};
use crate::report::text::command;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// The most columns that changes are laid out in: longer lines are hard to follow.
const WIDEST: usize = 140;

/// Returns the summary of a run, ending with a line break.
///
/// The cause of every failure stands in it, whatever the size of the run, and every output but on a
/// screen, which a large run would flood.
pub fn text(report: &Report, palette: Palette, reader: Destination) -> String {
    let mut text = String::new();
    write_forbidden(&mut text, report, palette);
    let folded = Folding::of(report, reader == Destination::File);
    let folded = folded.as_ref();
    let layout = Layout { width: reader.width(), palette, is_diff: false };
    for environment in &report.environments {
        let of_it = |instance: &&InstanceReport| instance.environment == *environment;
        let instances: Vec<_> = report.stack_instances.iter().filter(of_it).collect();
        if report.environments.len() > 1 && !instances.is_empty() {
            let _ = writeln!(text, "{}\n", palette.heading(&format!("== {environment} ==")));
        }
        match report.operation {
            Some(Operation::Plan) => plan_text::write(&mut text, &instances, layout),
            Some(Operation::Apply | Operation::Destroy | Operation::Prune) | None => match reader {
                Destination::File => places::write(&mut text, &instances, folded, palette),
                Destination::Screen { columns: _ } => {
                    places::write_changed(&mut text, &instances, folded, palette);
                }
            },
        }
    }
    write_besides(&mut text, report, palette);
    if let Some(command) = resume::command(report) {
        let why = match report.owes_rollback {
            true => "Rollback is owed",
            false if report.waits_for_approval() => "Approve what comes next",
            false => "Resume what is left",
        };
        let _ = writeln!(text, "{}\n  {command}\n", palette.caution(why));
    }
    plan_text::write_losses(&mut text, report, layout);
    write_left_behind(&mut text, report, palette);
    if let Some(sentence) = origin::sentence(&report.origin) {
        write_wrapped(&mut text, "", &sentence);
    }
    let _ = writeln!(text, "{}", line(report, palette));
    text
}

/// What a summary is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file, a log or a pipe: all of it can be read.
    File,
    /// A terminal: what is above its top is soon gone.
    Screen {
        /// How wide it is.
        columns: usize,
    },
}

impl Destination {
    /// Returns the columns that changes are laid out in.
    fn width(self) -> usize {
        match self {
            Self::File => WIDTH,
            Self::Screen { columns } => columns.clamp(WIDTH, WIDEST),
        }
    }
}

/// Writes what there is to say beside what changes: notes, failures, what was not started.
pub(super) fn write_besides(text: &mut String, report: &Report, palette: Palette) {
    write_notes(text, report, palette);
    write_failures(text, report, palette);
    not_started(text, report, palette);
    still_moving(text, report, palette);
}

/// Writes what earlier runs made and the files no longer name.
pub(super) fn write_left_behind(text: &mut String, report: &Report, palette: Palette) {
    let prune = prune_command(&report.files, report.origin.sandbox, report.named_state.as_ref());
    text.push_str(&left_behind::text(&report.left_behind, &prune, palette));
}

/// Writes why a plan is refused, before anything else: what guards forbid, and what allows it.
pub(super) fn write_forbidden(text: &mut String, report: &Report, palette: Palette) {
    let Some(refusal) = report.refusal.as_ref().filter(|refusal| !refusal.losses.is_empty()) else {
        return;
    };
    let heading = palette.bad("Refused by a guard");
    let _ = writeln!(text, "{heading}");
    write_wrapped(text, "  ", &prose::one_line(&refusal.message));
    for line in guards::lines(&refusal.losses) {
        let _ = writeln!(text, "{line}");
    }
    if let Some(help) = &refusal.help {
        write_wrapped(text, "  ", &format!("help: {}", prose::one_line(help)));
    }
    text.push('\n');
}

/// Writes each cause of failures with who shares it and its help.
fn write_failures(text: &mut String, report: &Report, palette: Palette) {
    let several = report.environments.len() > 1;
    let clusters: Vec<&Cluster> = report.failures.iter().collect();
    let named_state = report.named_state.as_ref();
    // Nothing is kept of a plan.
    let kept = report.run.as_ref().filter(|_| report.operation != Some(Operation::Plan));
    let command = kept.map(|run| command::run_command("report", run, named_state));
    let lines = failures::lines(&clusters, several, command.as_deref(), palette);
    for line in &lines {
        let _ = writeln!(text, "{line}");
    }
    if !lines.is_empty() {
        text.push('\n');
    }
}

/// Writes what there is to say of stack instances besides, each once with how many it is said of.
fn write_notes(text: &mut String, report: &Report, palette: Palette) {
    let sentences = notes::sentences(&report.stack_instances);
    if sentences.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", palette.caution("Worth knowing"));
    sentences.iter().for_each(|sentence| write_wrapped(text, "  ", sentence));
    text.push('\n');
}

/// Returns why the rollout stopped before this stack instance was started, if it did.
fn rollout_stop(instance: &InstanceReport) -> Option<&Failure> {
    instance.failure.as_ref().filter(|failure| failure.kind.is_rollout())
}

/// Writes why the rollout stopped, and how much of it was not started.
fn not_started(text: &mut String, report: &Report, palette: Palette) {
    // Who asks for the way back starts nothing more: what was not started is of the run before.
    let instances = report.stack_instances.iter().filter(|_| !report.is_wanted_back);
    let stops = instances.filter_map(|instance| {
        rollout_stop(instance).map(|failure| (instance.stack.to_string(), failure))
    });
    let groups = grouped(stops);
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", palette.caution("Not started"));
    for (failure, skipped) in groups {
        let count = prose::counted(skipped.len(), "stack instance");
        write_wrapped(text, "  ", &format!("{count}: {}", words::cause(failure)));
        if let Some(help) = &failure.help {
            write_wrapped(text, "    ", &format!("help: {}", prose::one_line(help)));
        }
    }
    text.push('\n');
}

/// Returns each failure once with all its subjects, in the order in which it is first seen.
fn grouped<'a>(
    failures: impl Iterator<Item = (String, &'a Failure)>,
) -> Vec<(&'a Failure, Vec<String>)> {
    let mut positions = BTreeMap::new();
    let mut groups: Vec<(&Failure, Vec<String>)> = Vec::new();
    for (subject, failure) in failures {
        let key = (failure.kind, &failure.message, &failure.resource, &failure.help);
        let position = *positions.entry(key).or_insert(groups.len());
        if position == groups.len() {
            groups.push((failure, Vec::new()));
        }
        groups[position].1.push(subject);
    }
    groups
}

/// Writes what was left to itself.
fn still_moving(text: &mut String, report: &Report, palette: Palette) {
    let moving: Vec<_> =
        report.stack_instances.iter().filter(|instance| instance.is_still_moving()).collect();
    if moving.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", palette.caution("Still moving"));
    for instance in moving {
        let status = instance.status.as_ref().filter(|status| !status.is_settled());
        let status = status.map_or("last seen before it moved", |status| status.as_str());
        let _ = writeln!(text, "  {}  {status}", label(instance, report.environments.len() > 1));
    }
    let sentence = "CloudFormation continues with these by itself; whoever resumes the run follows \
                    them to their end, and another run waits for them.";
    if !report.goes_on {
        write_wrapped(text, "  ", sentence);
    }
    text.push('\n');
}

/// Returns the one line that tells how a run ended, without a line break.
pub fn line(report: &Report, palette: Palette) -> String {
    let Some(operation) = report.operation else {
        return palette.bad("The run ended before it began.");
    };
    let noun = match report.is_wanted_back {
        true => "Rollback",
        false => words::operation_noun(operation),
    };
    let time = spoken(report.duration);
    let counts = match report.summary.total() {
        0 => "nothing to do".to_owned(),
        _ => report.counts_in_words(),
    };
    if report.goes_on {
        return palette.caution(&format!("{noun} is running, for {time} so far: {counts}"));
    }
    if !report.complete {
        let line = format!("{noun} is unfinished after {time}, as far as is known: {counts}");
        return palette.bad(&line);
    }
    match report.result {
        RunResult::Succeeded => {
            let done = words::operation_done(operation);
            let instances = prose::counted(report.summary.total(), "stack instance");
            palette.good(&format!("{done} {instances} in {time}: {counts}"))
        }
        RunResult::Failed => palette.bad(&format!("{noun} failed after {time}: {counts}")),
        RunResult::RolledBack if report.is_all_back() => {
            palette.good(&format!("Rolled back in {time}: {counts}"))
        }
        RunResult::RolledBack if report.is_wanted_back => {
            palette.bad(&format!("Rolled back in part after {time}: {counts}"))
        }
        RunResult::RolledBack => palette.bad(&format!("{noun} rolled back after {time}: {counts}")),
        RunResult::Cancelled => {
            palette.caution(&format!("{noun} cancelled after {time}: {counts}"))
        }
        RunResult::Refused if operation == Operation::Plan => {
            palette.caution(&format!("{noun} refused by a guard after {time}: {counts}"))
        }
        RunResult::Refused if report.waits_for_approval() => {
            let why = report.refusal.as_ref().map(|refusal| prose::one_line(&refusal.message));
            let why = why.unwrap_or_else(|| "waits for approval".to_owned());
            palette.caution(&format!("{noun} {why}, after {time}: {counts}"))
        }
        RunResult::Refused => palette.caution(&format!("{noun} refused: nothing was touched")),
    }
}

fn label(instance: &InstanceReport, with_environment: bool) -> String {
    let InstanceReport { environment, account, region, stack, .. } = instance;
    let id = format!("{account}/{region}/{stack}");
    if with_environment { format!("{environment}/{id}") } else { id }
}

fn write_wrapped(text: &mut String, indent: &str, sentence: &str) {
    for line in prose::wrapped(sentence, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;
    use crate::report::recorded::{self, Recording};

    fn summary(recording: &Recording) -> String {
        text(&Report::new(&recording.state()), Palette::Plain, Destination::File)
    }

    #[test]
    fn a_chain_that_succeeds_shows_every_output() {
        insta::assert_snapshot!(summary(&recorded::chain()));
    }

    #[test]
    fn a_failure_is_repeated_at_the_end_with_its_help() {
        insta::assert_snapshot!(summary(&recorded::failure()));
    }

    #[test]
    fn a_refused_account_is_named_with_its_id() {
        insta::assert_snapshot!(summary(&recorded::refusal()));
    }

    #[test]
    fn a_wave_that_stopped_is_named_once() {
        insta::assert_snapshot!(summary(&recorded::stopped_wave()));
    }

    #[test]
    fn a_cancelled_run_says_what_was_not_started() {
        insta::assert_snapshot!(summary(&recorded::cancelled()));
    }

    #[test]
    fn what_still_moves_is_named() {
        insta::assert_snapshot!(summary(&recorded::left_at_once()));
    }

    #[test]
    fn nothing_to_change_is_short() {
        insta::assert_snapshot!(summary(&recorded::unchanged()));
    }

    #[test]
    fn many_accounts_are_counted_but_for_outputs_and_failures() {
        insta::assert_snapshot!(summary(&recorded::many()));
    }

    #[test]
    fn a_cause_is_told_once_for_all_who_share_it() {
        let runs = [recorded::denials(1), recorded::denials(2), recorded::denials(212)];
        insta::assert_snapshot!(runs.map(|run| summary(&run)).join("\n----\n\n"));
    }

    #[test]
    fn accounts_refused_alike_are_told_once() {
        let runs = [recorded::refusals(2), recorded::refusals(300)];
        insta::assert_snapshot!(runs.map(|run| summary(&run)).join("\n----\n\n"));
    }

    #[test]
    fn a_screen_is_not_flooded_with_outputs() {
        let report = Report::new(&recorded::many().state());
        insta::assert_snapshot!(text(&report, Palette::Plain, Destination::Screen { columns: 80 }));
    }

    #[test]
    fn several_environments_stand_apart() {
        let run = Recording::apply(&["prod/dev/app", "stage/dev/app"])
            .ends("prod/dev/app", Outcome::Unchanged)
            .fails(
                "stage/dev/app",
                Outcome::Failed,
                Failure::new(crate::event::FailureKind::Refused, "no such parameter: \u{1b}[2JX"),
            )
            .finished(RunResult::Failed);
        insta::assert_snapshot!(summary(&run));
    }

    #[test]
    fn an_unfinished_run_does_not_claim_success() {
        let mut recording = recorded::chain();
        recording.events.pop();
        let text = summary(&recording);
        let line = text.lines().last().expect("a last line");
        assert!(
            line.starts_with("Apply is unfinished after 1m 13s, as far as is known:"),
            "{line}"
        );
    }

    #[test]
    fn colour_changes_no_word() {
        for run in [recorded::failure(), recorded::many(), recorded::left_at_once()] {
            let colored = text(&Report::new(&run.state()), Palette::Color, Destination::File);
            assert!(colored.contains("\u{1b}["));
            assert_eq!(console::strip_ansi_codes(&colored), summary(&run));
        }
    }

    #[test]
    fn sentences_fit_80_columns() {
        for run in [recorded::failure(), recorded::refusal(), recorded::left_at_once()] {
            for line in summary(&run).lines().filter(|line| !line.contains("arn:")) {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
        }
    }
}
