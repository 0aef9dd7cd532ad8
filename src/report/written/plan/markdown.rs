//! A plan as Markdown, for a comment on a pull request.
//!
//! Whatever came from elsewhere stands in code: nothing in it is markup, a link, a mention or an issue's number. Blocks
//! are diffs, which pages show in colours.

use std::fmt::Write;

use super::groups::{PlannedGroup, groups};
use super::losses;
use super::text::{Layout, write_changes};
use crate::foreign;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::Report;
use crate::report::messages::origin;
use crate::report::text::palette::Palette;
use crate::report::text::{prose, words};
use crate::report::written::summary;

/// The columns of a block: about as wide as a comment is shown.
const LAYOUT: Layout = Layout { width: 100, palette: Palette::Plain, is_diff: true };

/// Up to so many accounts are named at once; more can be opened.
const FEW: usize = 12;

/// The most bytes of what changes: GitHub takes comments of 65,536 characters, and something must stand around it.
const LONGEST: usize = 50_000;

/// Returns what a plan tells as Markdown, ending with a line break.
pub fn plan_markdown(report: &Report) -> String {
    let environments: Vec<String> =
        report.environments.iter().map(|name| code(name.as_str())).collect();
    let mut text = format!("## xdeploy plan of {}\n\n", environments.join(", "));
    let _ = writeln!(text, "{}\n", summary::line(report, Palette::Plain));
    let mut forbidden = String::new();
    summary::write_forbidden(&mut forbidden, report, Palette::Plain);
    if !forbidden.is_empty() {
        text.push_str(&fenced("text", &shortened(forbidden)));
    }
    if let Some(sentence) = losses::sentence(report) {
        let _ = writeln!(text, "**{sentence}**\n");
    }
    write_groups(&mut text, report);
    let mut besides = String::new();
    summary::write_besides(&mut besides, report, Palette::Plain);
    summary::write_left_behind(&mut besides, report, Palette::Plain);
    if !besides.trim().is_empty() {
        text.push_str(&fenced("text", &shortened(besides)));
    }
    if let Some(sentence) = origin::sentence(&report.origin) {
        let _ = writeln!(text, "{}", code(&sentence));
    }
    foreign::screen(text.trim_end()) + "\n"
}

fn write_groups(text: &mut String, report: &Report) {
    let mut left_out = 0;
    let several = report.environments.len() > 1;
    for environment in &report.environments {
        let of_it = |instance: &&InstanceReport| instance.environment == *environment;
        let instances: Vec<_> = report.stack_instances.iter().filter(of_it).collect();
        for group in groups(&instances) {
            let mut section = String::new();
            let prefix = if several { format!("{environment}: ") } else { String::new() };
            write_group(&mut section, &prefix, &group);
            match text.len() + section.len() <= LONGEST {
                true => text.push_str(&section),
                false => left_out += 1,
            }
        }
    }
    if left_out > 0 {
        let groups = prose::counted(left_out, "more group");
        let _ = writeln!(
            text,
            "**{groups} of changes would make this too long: `--html` and `--output json` have all.**\n"
        );
    }
}

fn write_group(text: &mut String, prefix: &str, group: &PlannedGroup<'_>) {
    let what = format!("{prefix}{}: {}", group.subject(), group.end.stack);
    let _ = writeln!(text, "### {} {}\n", code(&what), words::foreseen(group.end.outcome));
    let names = group.names();
    let all: Vec<String> = names.iter().map(|name| code(name)).collect();
    match names.len() {
        1 => {}
        2..=FEW => drop(writeln!(text, "{}\n", all.join(", "))),
        count => {
            let summary = prose::counted(count, "stack instance");
            let _ = writeln!(text, "<details><summary>{summary}</summary>\n");
            let _ = writeln!(text, "{}\n\n</details>\n", all.join(", "));
        }
    }
    let mut changes = String::new();
    write_changes(&mut changes, group, LAYOUT);
    if !changes.is_empty() {
        text.push_str(&fenced("diff", &changes));
    }
}

/// Returns text as a span of code on one line.
///
/// Source: CommonMark, "Code spans": the run of backticks around it is longer than any in it.
fn code(text: &str) -> String {
    let text = prose::one_line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// Returns lines as a block of code, which nothing in them ends.
///
/// Source: CommonMark, "Fenced code blocks".
fn fenced(language: &str, lines: &str) -> String {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n\n", lines.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Returns so much of a text as fits beside what changes.
fn shortened(mut text: String) -> String {
    const ROOM: usize = 12_000;
    if text.len() > ROOM {
        text.truncate(text.floor_char_boundary(ROOM));
        text.push_str("\n…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::plans;

    #[test]
    fn a_comment_has_what_is_lost_and_every_value_in_blocks() {
        let markdown =
            |run: crate::report::recorded::Recording| plan_markdown(&Report::new(&run.state()));
        insta::assert_snapshot!(markdown(plans::planned()));
        insta::assert_snapshot!(markdown(plans::planned_values()));
    }

    #[test]
    fn many_accounts_are_opened_and_none_is_left_out() {
        let text = plan_markdown(&Report::new(&plans::planned_variety().state()));
        assert!(text.contains("<details><summary>300 stack instances</summary>"), "{text}");
        assert!(text.contains("`dev1`") && text.contains("`dev300`"), "{text}");
    }

    #[test]
    fn a_comment_is_never_too_long_for_one_and_says_what_it_leaves_out() {
        let text = plan_markdown(&Report::new(&plans::planned_of_many_stacks(900).state()));
        assert!(text.chars().count() < 65_536, "{}", text.len());
        assert!(text.contains("more groups of changes would make this too long"), "{text}");
    }

    #[test]
    fn nothing_in_code_ends_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(fenced("diff", "a\n````\nb\n"), "`````diff\na\n````\nb\n`````\n\n");
    }
}
