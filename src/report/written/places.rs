//! Where a run's stacks stand: each account and Region with its stacks; of a large run, counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::clock::spoken;
use crate::event::{Failure, FailureKind, Outcome, OutcomeKind};
use crate::name::InstanceId;
use crate::report::clusters;
use crate::report::fold::counts::Counts;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::Report;
use crate::report::messages::failures;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// The widest word for how a stack instance ended: `still moving`.
const ENDING_WIDTH: usize = 12;

/// How a stack instance is as the run left it that a rollback had nothing to do with.
const NOT_TOUCHED: &str = "not touched";

/// Above this many stack instances, places where all is well and nothing was put out, or that failed
/// like many others, are counted.
const FOLD_ABOVE: usize = 100;

/// Which places of a large run are counted instead of shown.
pub struct Folding<'a> {
    in_bulk: InBulk<'a>,
    /// Whether those with outputs are shown all the same.
    keeps_outputs: bool,
}

impl<'a> Folding<'a> {
    /// Returns what is counted of a run, if it is a large one.
    pub fn of(report: &'a Report, keeps_outputs: bool) -> Option<Self> {
        let is_large = report.stack_instances.len() > FOLD_ABOVE;
        is_large.then(|| Self { in_bulk: told_in_bulk(report), keeps_outputs })
    }
}

/// The stack instances of which the failures' section says as much as can be read.
type InBulk<'a> = BTreeSet<&'a InstanceId>;

/// Returns the stack instances that share their cause with so many that it is told once for all.
fn told_in_bulk(report: &Report) -> InBulk<'_> {
    let many = report.failures.iter().filter(|cluster| cluster.members.len() > failures::FEW);
    many.flat_map(|cluster| &cluster.members).flat_map(|member| &member.instances).collect()
}

/// Writes each account and Region with its stacks, in the order of the plan; those that are `folded`
/// are counted.
pub fn write(
    text: &mut String,
    instances: &[&InstanceReport],
    folding: Option<&Folding<'_>>,
    palette: Palette,
) {
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
    let (folded, shown): (Vec<_>, Vec<_>) = places
        .into_iter()
        .partition(|place| folding.is_some_and(|folding| is_quiet(place, folding)));
    shown.iter().for_each(|place| write_place(text, place, palette));
    if !folded.is_empty() {
        let counts = Counts::of(folded.iter().flatten().map(|instance| instance.outcome));
        let outputs: usize = folded.iter().flatten().map(|instance| instance.outputs.len()).sum();
        let others = if shown.is_empty() { "place" } else { "other place" };
        let places = prose::counted(folded.len(), others);
        let without = if outputs == 0 { " without outputs" } else { "" };
        let _ = writeln!(text, "{places}{without}: {}", counts.in_words());
        write_outputs_hint(text, outputs);
        text.push('\n');
    }
}

/// Writes where outputs can be read that are not shown, if there are any.
fn write_outputs_hint(text: &mut String, outputs: usize) {
    if outputs > 0 {
        let outputs = prose::counted(outputs, "output");
        let _ = writeln!(text, "  with {outputs}: `xdeploy outputs FILE`, or add --output json");
    }
}

/// Writes the same for a screen: what is as it was is counted, whatever the size of the run.
pub fn write_changed(
    text: &mut String,
    instances: &[&InstanceReport],
    folding: Option<&Folding<'_>>,
    palette: Palette,
) {
    let (unchanged, others): (Vec<&InstanceReport>, Vec<_>) =
        instances.iter().partition(|instance| instance.outcome == Outcome::Unchanged);
    write(text, &others, folding, palette);
    if !unchanged.is_empty() {
        let _ = writeln!(text, "{} unchanged", prose::counted(unchanged.len(), "stack instance"));
        write_outputs_hint(text, unchanged.iter().map(|instance| instance.outputs.len()).sum());
        text.push('\n');
    }
}

/// Whether nothing is to be said of a place that is not said elsewhere.
fn is_quiet(place: &[&InstanceReport], folding: &Folding<'_>) -> bool {
    let in_bulk = &folding.in_bulk;
    let ids: Vec<InstanceId> = place.iter().map(|instance| instance.id()).collect();
    let is_struck = ids.iter().any(|id| in_bulk.contains(id));
    place.iter().zip(&ids).all(|(instance, id)| {
        let kind = instance.failure.as_ref().map(|failure| failure.kind);
        match instance.outcome.kind() {
            OutcomeKind::Changed | OutcomeKind::Unchanged => {
                instance.outputs.is_empty() || !folding.keeps_outputs
            }
            OutcomeKind::Failed => in_bulk.contains(id),
            OutcomeKind::Skipped => match kind {
                Some(FailureKind::NeedFailed) => is_struck,
                Some(FailureKind::Cancelled) => true,
                Some(kind) => kind.is_rollout() || in_bulk.contains(id),
                None => false,
            },
        }
    })
}

fn write_place(text: &mut String, place: &[&InstanceReport], palette: Palette) {
    let first = place[0];
    let heading = format!("{} ({}) {}", first.account, first.account_id, first.region);
    let _ = writeln!(text, "{}", palette.heading(&heading));
    let width = place.iter().map(|i| i.stack.as_str().len()).max().unwrap_or(0);
    let mut said: Option<&Failure> = None;
    for instance in place {
        let ending = match instance.is_untouched {
            true => NOT_TOUCHED,
            false => words::ending(instance.outcome, instance.failure.as_ref()),
        };
        // Padded outside the colour, so that no line ends in blanks.
        let (blanks, time) = match instance.duration.is_zero() || instance.is_untouched {
            true => (0, String::new()),
            false => (ENDING_WIDTH - ending.len(), format!("  {:>7}", spoken(instance.duration))),
        };
        let ending = match instance.is_untouched {
            true => ending.to_owned(),
            false => palette.outcome(instance.outcome, ending),
        };
        let _ = writeln!(text, "  {:width$}  {ending}{:blanks$}{time}", instance.stack, "");
        let key_width = instance.outputs.keys().map(String::len).max().unwrap_or(0);
        for (key, value) in &instance.outputs {
            let (key, value) = (prose::visible(key), prose::visible(value));
            let _ = writeln!(text, "    {key:key_width$} = {value}");
        }
        if let Some(failure) = instance
            .failure
            .as_ref()
            .filter(|failure| said != Some(failure) && !failure.kind.is_rollout())
            .filter(|_| !instance.is_untouched)
        {
            let cause = match clusters::is_own(failure, instance.outcome) {
                true => clusters::brief(failure),
                false => words::cause(failure),
            };
            write_wrapped(text, "    ", &cause);
        }
        said = instance.failure.as_ref();
    }
    text.push('\n');
}

fn write_wrapped(text: &mut String, indent: &str, sentence: &str) {
    for line in prose::wrapped(sentence, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}
