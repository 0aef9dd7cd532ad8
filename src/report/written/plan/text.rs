//! What would change, for people: identical changes of many accounts once, what is lost in capitals.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::groups::{PlannedGroup, groups};
use super::{losses, values};
use crate::event::{ChangeAction, PropertyChange, ResourceChange};
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::Report;
use crate::report::messages::changes;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// So many accounts that share a change are named; of the others, how many there are.
const NAMES: usize = 12;

/// What stands before what is said of a resource, beneath its line.
const BENEATH: &str = "              ";

/// The widest word for what is done to a resource: `REPLACE?`.
const WORD_WIDTH: usize = 8;

/// How changes are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The columns that lines are broken at.
    pub width: usize,
    /// The colours that words are painted in.
    pub palette: Palette,
    /// Whether each resource's line begins with `+`, `-` or `!`, which pages show in colours as they do a diff's.
    pub is_diff: bool,
}

/// Writes what would become of stack instances; those that stay as they are only if there is
/// something to say of them.
pub(in crate::report) fn write(text: &mut String, instances: &[&InstanceReport], layout: Layout) {
    for group in &groups(instances) {
        write_group(text, group, layout);
    }
}

fn write_group(text: &mut String, group: &PlannedGroup<'_>, layout: Layout) {
    let Layout { palette, .. } = layout;
    let shared = &group.end;
    let ending = palette.outcome(shared.outcome, words::foreseen(shared.outcome));
    let heading = palette.heading(&format!("{}: {}", group.subject(), shared.stack));
    let _ = writeln!(text, "{heading} {ending}");
    if group.members.len() > 1 {
        layout.write_wrapped(text, "  ", &few(group.names(), |name| name));
    }
    write_changes(text, group, layout);
    text.push('\n');
}

/// Writes what would become of the resources of stack instances, and what else there is to say of them.
pub fn write_changes(text: &mut String, group: &PlannedGroup<'_>, layout: Layout) {
    let shared = &group.end;
    let width = shared.changes.iter().map(|change| change.resource.len()).max().unwrap_or(0);
    for change in &shared.changes {
        let names = match change.is_loss() {
            true => group.physical_names(&change.resource),
            false => BTreeSet::new(),
        };
        layout.write_change(text, change, (width, names));
    }
    for note in &shared.notes {
        layout.write_wrapped(text, "    ", &prose::one_line(note));
    }
}

impl Layout {
    fn write_change(
        self,
        text: &mut String,
        change: &ResourceChange,
        (width, names): (usize, BTreeSet<String>),
    ) {
        let word = changes::word(change);
        let blanks = WORD_WIDTH.saturating_sub(word.len());
        let painted = match change.is_loss() {
            true => self.palette.bad(word),
            false => word.to_owned(),
        };
        let mark = if self.is_diff { mark(change) } else { ' ' };
        let resource = prose::one_line(&change.resource);
        let of_type = prose::one_line(&change.resource_type);
        let line = format!("{mark}   {painted}{:blanks$}  {resource:width$}  {of_type}", "");
        let mut properties: Vec<&PropertyChange> = change.properties.iter().collect();
        properties.sort_by_key(|property| std::cmp::Reverse(property.replacement));
        let has_values = properties.iter().any(|property| property.has_values());
        let told: Vec<String> = properties.into_iter().map(values::property).collect();
        let joined = told.join(", ");
        let room = self.width.saturating_sub(console::measure_text_width(&line) + 2);
        let is_short = names.is_empty() && (told.len() == 1 || !has_values);
        match is_short && console::measure_text_width(&joined) <= room {
            true if joined.is_empty() => drop(writeln!(text, "{line}")),
            true => drop(writeln!(text, "{line}: {joined}")),
            false => {
                let _ = writeln!(text, "{line}");
                let names: Vec<String> = names.into_iter().collect();
                if !names.is_empty() {
                    self.write_wrapped(text, BENEATH, &few(names, |it| prose::visible(&it)));
                }
                let lines = if has_values { told } else { vec![joined] };
                lines.iter().for_each(|line| self.write_wrapped(text, BENEATH, line));
            }
        }
    }

    fn write_wrapped(self, text: &mut String, indent: &str, sentence: &str) {
        for line in prose::wrapped(sentence, self.width - indent.len()) {
            let _ = writeln!(text, "{indent}{line}");
        }
    }
}

/// Returns a few of many names, and how many more there are.
fn few(names: Vec<String>, shown: impl Fn(String) -> String) -> String {
    let more = names.len().saturating_sub(NAMES);
    let mut few: Vec<String> = names.into_iter().take(NAMES).map(shown).collect();
    if more > 0 {
        few.push(format!("and {more} more"));
    }
    few.join(", ")
}

/// Returns how a line begins that a page shows as one of a diff.
fn mark(change: &ResourceChange) -> char {
    match change.action {
        _ if change.is_loss() => '-',
        ChangeAction::Add | ChangeAction::Import => '+',
        ChangeAction::Modify | ChangeAction::Remove | ChangeAction::Dynamic => '!',
    }
}

/// Writes how many resources would be lost, in how many accounts, if any would.
pub(in crate::report) fn write_losses(text: &mut String, report: &Report, layout: Layout) {
    let Some(sentence) = losses::sentence(report) else { return };
    for line in prose::wrapped(&sentence, layout.width) {
        let _ = writeln!(text, "{}", layout.palette.bad(&line));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Operation, Outcome, Preview, RunResult};
    use crate::report::recorded::{Recording, announced, plans};
    use crate::report::written::summary;
    use crate::report::{Lines, RunState};

    fn shown(run: &Recording) -> String {
        summary::text(&Report::new(&run.state()), Palette::Plain, summary::Destination::File)
    }

    #[test]
    fn identical_changes_are_told_once_and_what_is_lost_in_capitals() {
        insta::assert_snapshot!(shown(&plans::planned()));
    }

    #[test]
    fn values_that_differ_by_the_account_alone_are_told_once() {
        insta::assert_snapshot!(shown(&plans::planned_values()));
    }

    #[test]
    fn a_wide_terminal_has_room_for_values() {
        let report = Report::new(&plans::planned_values().state());
        let reader = summary::Destination::Screen { columns: 120 };
        insta::assert_snapshot!(summary::text(&report, Palette::Plain, reader));
    }

    #[test]
    fn values_that_all_differ_do_not_flood_the_screen() {
        insta::assert_snapshot!(shown(&plans::planned_variety()));
    }

    #[test]
    fn a_plan_in_which_nothing_changes_is_one_line() {
        let run = Recording::started(Operation::Plan, vec![announced("dev/app", 3)]);
        let run = plans::foreseen(run, "dev/app", Outcome::Unchanged, Preview::default());
        assert_eq!(
            shown(&run.finished(RunResult::Succeeded)),
            "Planned 1 stack instance in 0.0s: 1 unchanged\n"
        );
    }

    #[test]
    fn a_line_says_in_few_words_what_would_change() {
        let mut state = RunState::default();
        let mut lines = Lines::new(Palette::Plain);
        let mut text = Vec::new();
        for event in &plans::planned().events {
            state.on(event);
            text.extend(lines.on(event, &state));
        }
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn the_report_of_a_plan_holds_its_changes() {
        let report = Report::new(&plans::planned().state());
        let json = serde_json::to_value(&report).expect("JSON");
        let of = |at: usize| &json["stack_instances"][at];
        assert_eq!(json["operation"], "plan");
        assert_eq!(of(1)["changes"][4]["replacement"], "conditional");
        assert_eq!(of(1)["changes"][2]["action"], "remove");
        assert_eq!(of(1)["notes"].as_array().map(Vec::len), Some(1));
        assert_eq!(of(0)["changes"], serde_json::json!([]));
        assert_eq!(of(5)["outcome"], "failed");
        assert_eq!(of(5)["changes"], serde_json::json!([]));
        assert_eq!(report.exit_code(), 1);
    }
}
