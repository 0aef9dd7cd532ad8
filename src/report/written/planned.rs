//! What would change, for people: identical changes of many accounts once, what is lost in capitals.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::planned_groups::{PlannedEnd, PlannedGroup, groups};
use super::planned_values;
use crate::event::{FailureKind, Outcome, Preview, PropertyChange, ResourceChange};
use crate::name::Region;
use crate::report::clusters;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::Report;
use crate::report::messages::changes;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// So many accounts that share a change are named; of the others, how many there are.
const NAMES: usize = 12;

/// What stands before what is said of a resource, beneath its line.
const BENEATH: &str = "              ";

/// The widest word for what is done to a resource: `REPLACE?`.
const WORD_WIDTH: usize = 8;

/// Writes what would become of stack instances; those that stay as they are only if there is
/// something to say of them.
pub(in crate::report) fn write(text: &mut String, instances: &[&InstanceReport], palette: Palette) {
    let regions: BTreeSet<&Region> = instances.iter().map(|instance| &instance.region).collect();
    let ends = instances.iter().map(|instance| (planned_end(instance), *instance));
    let told = ends.filter(|(end, _)| end.outcome != Outcome::Unchanged || !end.notes.is_empty());
    for group in &groups(told) {
        write_group(text, group, regions.len() > 1, palette);
    }
}

fn planned_end(instance: &InstanceReport) -> PlannedEnd {
    let Preview { mut changes, mut notes, kept: _ } = instance.preview.clone().unwrap_or_default();
    changes.sort_by_key(|change| (changes::weight(change), change.resource.clone()));
    if let (Outcome::Skipped, Some(failure)) = (instance.outcome, &instance.failure) {
        notes.push(match failure.kind {
            FailureKind::NeedFailed => "what it needs cannot be planned".to_owned(),
            _ => clusters::brief(failure),
        });
    }
    PlannedEnd { outcome: instance.outcome, stack: instance.stack.clone(), changes, notes }
}

fn write_group(text: &mut String, group: &PlannedGroup<'_>, has_regions: bool, palette: Palette) {
    let PlannedGroup { end: shared, members } = group;
    let name = |member: &&InstanceReport| match has_regions {
        true => format!("{}/{}", member.account, member.region),
        false => member.account.to_string(),
    };
    let ending = palette.outcome(shared.outcome, words::foreseen(shared.outcome));
    let accounts: BTreeSet<_> = members.iter().map(|member| &member.account_id).collect();
    let who = match members.as_slice() {
        [only] => name(only),
        _ => prose::counted(accounts.len(), "account"),
    };
    let heading = palette.heading(&format!("{who}: {}", shared.stack));
    let _ = writeln!(text, "{heading} {ending}");
    if members.len() > 1 {
        let mut names: Vec<String> = members.iter().take(NAMES).map(name).collect();
        if members.len() > NAMES {
            names.push(format!("and {} more", members.len() - NAMES));
        }
        write_wrapped(text, "  ", &names.join(", "));
    }
    let width = shared.changes.iter().map(|change| change.resource.len()).max().unwrap_or(0);
    for change in &shared.changes {
        let names = match change.is_loss() {
            true => group.physical_names(&change.resource),
            false => BTreeSet::new(),
        };
        write_change(text, change, (width, &names), palette);
    }
    shared.notes.iter().for_each(|note| write_wrapped(text, "    ", &prose::one_line(note)));
    text.push('\n');
}

fn write_change(
    text: &mut String,
    change: &ResourceChange,
    (width, names): (usize, &BTreeSet<String>),
    palette: Palette,
) {
    let word = changes::word(change);
    let blanks = WORD_WIDTH.saturating_sub(word.len());
    let painted = match change.is_loss() {
        true => palette.bad(word),
        false => word.to_owned(),
    };
    let resource = prose::one_line(&change.resource);
    let of_type = prose::one_line(&change.resource_type);
    let line = format!("    {painted}{:blanks$}  {resource:width$}  {of_type}", "");
    let mut properties: Vec<&PropertyChange> = change.properties.iter().collect();
    properties.sort_by_key(|property| std::cmp::Reverse(property.replacement));
    let has_values = properties.iter().any(|property| property.has_values());
    let told: Vec<String> = properties.into_iter().map(planned_values::property).collect();
    let joined = told.join(", ");
    let room = WIDTH.saturating_sub(console::measure_text_width(&line) + 2);
    let is_short = names.is_empty() && (told.len() == 1 || !has_values);
    match is_short && console::measure_text_width(&joined) <= room {
        true if joined.is_empty() => drop(writeln!(text, "{line}")),
        true => drop(writeln!(text, "{line}: {joined}")),
        false => {
            let _ = writeln!(text, "{line}");
            write_names(text, names);
            let lines = if has_values { told } else { vec![joined] };
            lines.iter().for_each(|line| write_wrapped(text, BENEATH, line));
        }
    }
}

/// Writes what AWS calls a resource that is lost.
fn write_names(text: &mut String, names: &BTreeSet<String>) {
    let mut shown: Vec<String> = names.iter().take(NAMES).map(|it| prose::visible(it)).collect();
    if names.len() > NAMES {
        shown.push(format!("and {} more", names.len() - NAMES));
    }
    if !shown.is_empty() {
        write_wrapped(text, BENEATH, &shown.join(", "));
    }
}

/// Writes how many resources would be lost, in how many accounts, if any would.
pub(in crate::report) fn write_losses(text: &mut String, report: &Report, palette: Palette) {
    let mut lost: BTreeMap<&str, usize> = BTreeMap::new();
    let mut accounts = BTreeSet::new();
    for instance in &report.stack_instances {
        let changes = instance.preview.iter().flat_map(|preview| &preview.changes);
        for change in changes.filter(|change| change.is_loss()) {
            *lost.entry(changes::word(change)).or_default() += 1;
            accounts.insert(&instance.account_id);
        }
    }
    let words = [("REMOVE", "REMOVED"), ("REPLACE", "REPLACED"), ("REPLACE?", "perhaps REPLACED")];
    let found = words.iter().filter_map(|(word, said)| Some((*lost.get(word)?, said)));
    let part = |(position, (count, said)): (usize, (usize, &&str))| match position {
        0 => format!("{} would be {said}", prose::counted(count, "resource")),
        _ => format!("{count} {said}"),
    };
    let parts: Vec<String> = found.enumerate().map(part).collect();
    if parts.is_empty() {
        return;
    }
    let accounts = prose::counted(accounts.len(), "account");
    for line in prose::wrapped(&format!("In {accounts}, {}", parts.join(", ")), WIDTH) {
        let _ = writeln!(text, "{}", palette.bad(&line));
    }
    text.push('\n');
}

fn write_wrapped(text: &mut String, indent: &str, sentence: &str) {
    for line in prose::wrapped(sentence, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ChangeAction, EventKind, Failure, Operation, Replacement, RunResult};
    use crate::report::recorded::{Recording, announced, end};
    use crate::report::written::summary;
    use crate::report::{Lines, RunState};

    fn change(action: ChangeAction, resource: &str) -> ResourceChange {
        ResourceChange::new(action, resource, "AWS::SQS::Queue")
    }

    fn modified(resource: &str, properties: &[(&str, Replacement)]) -> ResourceChange {
        ResourceChange {
            replacement: properties.iter().map(|(_, replacement)| *replacement).max(),
            properties: properties
                .iter()
                .map(|(name, replacement)| PropertyChange::new(*name, *replacement))
                .collect(),
            ..change(ChangeAction::Modify, resource)
        }
    }

    fn foreseen(run: Recording, path: &str, outcome: Outcome, preview: Preview) -> Recording {
        let mut end = end(path, outcome);
        end.preview = Some(Box::new(preview));
        run.after_ms(40).say(EventKind::InstanceFinished { end })
    }

    /// A plan of four accounts, three of which change alike.
    fn planned() -> Recording {
        let accounts = ["acceptance", "dev", "prod", "test"];
        let stacks = ["network", "app"];
        let paths: Vec<String> = accounts
            .iter()
            .flat_map(|account| stacks.iter().map(move |stack| format!("{account}/{stack}")))
            .collect();
        let instances = paths.iter().map(|path| announced(path, 3)).collect();
        let mut run = Recording::started(Operation::Plan, instances);
        let update = Preview {
            changes: vec![
                change(ChangeAction::Add, "Alarms"),
                modified(
                    "Queue",
                    &[("DelaySeconds", Replacement::False), ("Tags", Replacement::False)],
                ),
                change(ChangeAction::Remove, "Documents"),
                modified("Work", &[("Tags", Replacement::False), ("QueueName", Replacement::True)]),
                modified("Reader", &[("Queues", Replacement::Conditional)]),
                ResourceChange { retained: true, ..change(ChangeAction::Remove, "Archive") },
            ],
            notes: vec![
                "RoleArn may differ: it comes from a stack that would change as well".into(),
            ],
            ..Preview::default()
        };
        for account in ["acceptance", "dev", "test"] {
            let network = format!("{account}/network");
            run = foreseen(run, &network, Outcome::Unchanged, Preview::default());
            run = foreseen(run, &format!("{account}/app"), Outcome::Updated, update.clone());
        }
        let creation = Preview {
            changes: vec![change(ChangeAction::Add, "Queue")],
            notes: vec!["RoleArn is known after apply".into()],
            ..Preview::default()
        };
        run = foreseen(run, "prod/network", Outcome::Created, creation);
        let failure = Failure::new(FailureKind::Refused, "no such parameter: Tier");
        run.fails("prod/app", Outcome::Failed, failure).finished(RunResult::Failed)
    }

    fn shown(run: &Recording) -> String {
        summary::text(&Report::new(&run.state()), Palette::Plain, summary::Destination::File)
    }

    #[test]
    fn identical_changes_are_told_once_and_what_is_lost_in_capitals() {
        insta::assert_snapshot!(shown(&planned()));
    }

    fn valued(name: &str, before: &str, after: &str, cause: &str) -> PropertyChange {
        PropertyChange {
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            cause: Some(cause.to_owned()),
            ..PropertyChange::new(name, Replacement::False)
        }
    }

    /// What would become of a stack with a queue that is replaced and one in a stack within it.
    fn with_values(account: &str) -> Preview {
        let name = format!("https://sqs.eu-central-1.amazonaws.com/{account}/work");
        let tag = PropertyChange {
            path: Some("/Properties/Tags/0/Value".to_owned()),
            ..valued("Tags", "a \u{1b}[2J\n::error::b", &"long ".repeat(30), "tags")
        };
        let renamed = PropertyChange {
            replacement: Replacement::True,
            ..valued("QueueName", &format!("work-{account}"), "jobs", "template")
        };
        let replaced = ResourceChange {
            physical_id: Some(name),
            properties: vec![tag, renamed],
            ..modified("Work", &[("QueueName", Replacement::True)])
        };
        let timeout = ResourceChange {
            properties: vec![valued("VisibilityTimeout", "60", "90", "parameter Timeout")],
            ..modified("Queue", &[("VisibilityTimeout", Replacement::False)])
        };
        let nested = ResourceChange {
            properties: vec![valued("DelaySeconds", "1", "2", "parameter Delay, template")],
            resource: "Inner/Queue".to_owned(),
            ..timeout.clone()
        };
        let removed = ResourceChange {
            physical_id: Some(format!("documents-{account}")),
            ..change(ChangeAction::Remove, "Documents")
        };
        Preview { changes: vec![timeout, replaced, nested, removed], ..Preview::default() }
    }

    #[test]
    fn values_that_differ_by_the_account_alone_are_told_once() {
        let paths: Vec<String> = (1..=3).map(|n| format!("dev{n}/app")).collect();
        let instances = paths.iter().map(|path| announced(path, 3)).collect();
        let run = Recording::started(Operation::Plan, instances);
        let run = paths.iter().fold(run, |run, path| {
            let account = announced(path, 3).account_id;
            foreseen(run, path, Outcome::Updated, with_values(account.as_str()))
        });
        insta::assert_snapshot!(shown(&run.finished(RunResult::Succeeded)));
    }

    #[test]
    fn values_that_all_differ_do_not_flood_the_screen() {
        let paths: Vec<String> = (1..=300).map(|n| format!("dev{n}/app")).collect();
        let instances = paths.iter().map(|path| announced(path, 3)).collect();
        let run = Recording::started(Operation::Plan, instances);
        let run = paths.iter().enumerate().fold(run, |run, (at, path)| {
            let property = valued("Value", &format!("old-{at}"), "new", "parameter Value");
            let change = ResourceChange {
                properties: vec![property],
                ..modified("Setting", &[("Value", Replacement::False)])
            };
            let preview = Preview { changes: vec![change], ..Preview::default() };
            foreseen(run, path, Outcome::Updated, preview)
        });
        insta::assert_snapshot!(shown(&run.finished(RunResult::Succeeded)));
    }

    #[test]
    fn a_plan_in_which_nothing_changes_is_one_line() {
        let run = Recording::started(Operation::Plan, vec![announced("dev/app", 3)]);
        let run = foreseen(run, "dev/app", Outcome::Unchanged, Preview::default());
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
        for event in &planned().events {
            state.on(event);
            text.extend(lines.on(event, &state));
        }
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn the_report_of_a_plan_holds_its_changes() {
        let report = Report::new(&planned().state());
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
