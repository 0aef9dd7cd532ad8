//! What a person reads when a run is over: what stands where, what failed and why, and one line.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::palette::Palette;
use super::run::{InstanceReport, Report};
use super::{Counts, words};
use crate::clock::spoken;
use crate::event::{Failure, Outcome, RunResult};

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// Above this many stack instances, places where all is well and nothing was put out are counted.
const FOLD_ABOVE: usize = 100;

/// Returns the summary of a run, ending with a line break.
///
/// Every output and every failure stands in it, whatever the size of the run.
pub fn text(report: &Report, palette: Palette) -> String {
    let mut text = String::new();
    for environment in &report.environments {
        let of_it = |instance: &&InstanceReport| instance.environment == *environment;
        let instances: Vec<_> = report.stack_instances.iter().filter(of_it).collect();
        if report.environments.len() > 1 && !instances.is_empty() {
            let _ = writeln!(text, "{}\n", palette.heading(&format!("== {environment} ==")));
        }
        places(&mut text, &instances, report.stack_instances.len() > FOLD_ABOVE, palette);
    }
    failures(&mut text, report, palette);
    still_moving(&mut text, report, palette);
    let _ = writeln!(text, "{}", last_line(report, palette));
    text
}

/// Writes each account and Region with its stacks, in the order of the plan.
fn places(text: &mut String, instances: &[&InstanceReport], fold: bool, palette: Palette) {
    let mut positions = BTreeMap::new();
    let mut places: Vec<Vec<&InstanceReport>> = Vec::new();
    for instance in instances {
        let place = (&instance.account, &instance.region);
        let position = *positions.entry(place).or_insert(places.len());
        if position == places.len() {
            places.push(Vec::new());
        }
        places[position].push(instance);
    }
    let is_quiet = |i: &&InstanceReport| i.outcome.is_good() && i.outputs.is_empty();
    let (folded, shown): (Vec<_>, Vec<_>) =
        places.into_iter().partition(|place| fold && place.iter().all(is_quiet));
    shown.iter().for_each(|place| write_place(text, place, palette));
    if !folded.is_empty() {
        let counts = Counts::of(folded.iter().flatten().map(|instance| instance.outcome));
        let places = words::counted(folded.len(), "more place");
        let _ = writeln!(text, "{places} without outputs: {}\n", counts.in_words());
    }
}

fn write_place(text: &mut String, place: &[&InstanceReport], palette: Palette) {
    let first = place[0];
    let heading = format!("{} ({}) {}", first.account, first.account_id, first.region);
    let _ = writeln!(text, "{}", palette.heading(&heading));
    let width = place.iter().map(|i| i.stack.as_str().len()).max().unwrap_or(0);
    let mut said: Option<&Failure> = None;
    for instance in place {
        let outcome = format!("{:11}", words::outcome(instance.outcome));
        let outcome = palette.outcome(instance.outcome, &outcome);
        let time = match instance.outcome {
            Outcome::Skipped => String::new(),
            _ => spoken(instance.duration),
        };
        let line = format!("  {:width$}  {outcome}  {time:>7}", instance.stack);
        let _ = writeln!(text, "{}", line.trim_end());
        let key_width = instance.outputs.keys().map(String::len).max().unwrap_or(0);
        for (key, value) in &instance.outputs {
            let _ = writeln!(text, "    {key:key_width$} = {}", words::visible(value));
        }
        if let Some(failure) = instance.failure.as_ref().filter(|f| said != Some(f)) {
            write_wrapped(text, "    ", &words::cause(failure));
        }
        said = instance.failure.as_ref();
    }
    text.push('\n');
}

/// Writes every failure with its first cause, resource and help; who shares one stands together.
fn failures(text: &mut String, report: &Report, palette: Palette) {
    let mut groups: Vec<(&Failure, Vec<String>)> = Vec::new();
    let mut add = |subject: String, failure| {
        match groups.iter_mut().find(|(known, _)| *known == failure) {
            Some((_, subjects)) if !subjects.contains(&subject) => subjects.push(subject),
            Some(_) => {}
            None => groups.push((failure, vec![subject])),
        };
    };
    let several = report.environments.len() > 1;
    for refused in &report.refused {
        let environment = if several { format!("{}/", refused.environment) } else { String::new() };
        let (account, id) = (&refused.account, &refused.account_id);
        add(format!("account {environment}{account} ({id})"), &refused.failure);
    }
    let refusals: Vec<&Failure> = report.refused.iter().map(|refused| &refused.failure).collect();
    for instance in &report.stack_instances {
        let Some(failure) = &instance.failure else { continue };
        let is_failure = match instance.outcome {
            Outcome::Failed | Outcome::RolledBack => true,
            Outcome::Skipped => failure.kind.is_entry(),
            Outcome::Created | Outcome::Updated | Outcome::Deleted | Outcome::Unchanged => false,
        };
        if is_failure && !instance.is_still_moving() && !refusals.contains(&failure) {
            add(label(instance, several), failure);
        }
    }
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", palette.bad("Failures"));
    for (failure, subjects) in groups {
        for subject in subjects {
            let _ = writeln!(text, "  {}", palette.heading(&subject));
        }
        write_wrapped(text, "    ", &words::one_line(&failure.message));
        if let Some(resource) = &failure.resource {
            let _ = writeln!(text, "    resource: {}", words::one_line(resource));
        }
        if let Some(help) = &failure.help {
            write_wrapped(text, "    ", &format!("help: {}", words::one_line(help)));
        }
    }
    text.push('\n');
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
        let status = instance.status.as_ref().map_or("status unknown", |status| status.as_str());
        let _ = writeln!(text, "  {}  {status}", label(instance, report.environments.len() > 1));
    }
    let sentence = "CloudFormation goes on with these by itself; `xdeploy status` shows how they \
                    end, and the next run waits for them.";
    write_wrapped(text, "  ", sentence);
    text.push('\n');
}

/// Returns the one line that says it all.
fn last_line(report: &Report, palette: Palette) -> String {
    let Some(operation) = report.operation else {
        return palette.bad("The run ended before it began.");
    };
    let noun = words::operation_noun(operation);
    let time = spoken(report.duration);
    let counts = match report.summary.total() {
        0 => "nothing to do".to_owned(),
        _ => report.summary.in_words(),
    };
    if !report.complete {
        let line = format!("{noun} broke off after {time}, as far as is known: {counts}");
        return palette.bad(&line);
    }
    match report.result {
        RunResult::Succeeded => {
            let done = words::operation_done(operation);
            let instances = words::counted(report.summary.total(), "stack instance");
            palette.good(&format!("{done} {instances} in {time}: {counts}"))
        }
        RunResult::Failed => palette.bad(&format!("{noun} failed after {time}: {counts}")),
        RunResult::RolledBack => palette.bad(&format!("{noun} rolled back after {time}: {counts}")),
        RunResult::Cancelled => {
            palette.caution(&format!("{noun} cancelled after {time}: {counts}"))
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
    for line in words::wrapped(sentence, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}
