//! The page about a plan: what would become of stacks and their resources, from what to what.

use super::still::{PageFacts, counted, failures, message, names, page, text, value};
use crate::event::{PropertyChange, Replacement, ResourceChange};
use crate::report::fold::report::Report;
use crate::report::messages::left_behind::{each, heading};
use crate::report::messages::{changes, guards, notes};
use crate::report::text::words;
use crate::report::written::plan::groups::{PlannedGroup, groups};
use crate::report::written::plan::losses;

/// Returns a plan as one HTML page that needs nothing else and runs nothing.
pub fn plan_html(report: &Report) -> String {
    let environments: Vec<&str> = report.environments.iter().map(|name| name.as_str()).collect();
    let title = format!("plan of {}", environments.join(", "));
    page(&title, &report.origin, &facts(report), &sections(report))
}

fn facts(report: &Report) -> String {
    let mut facts = PageFacts::default();
    for (outcome, count) in report.summary.each().filter(|(_, count)| *count > 0) {
        facts.add(words::foreseen(outcome), &count.to_string());
    }
    if let Some(started) = report.started {
        facts.add_moment("planned at", started);
    }
    facts.into_html()
}

fn sections(report: &Report) -> String {
    let losses = losses::sentence(report);
    let losses = losses.map(|it| format!("<p class=\"bad\">{}</p>", text(&it))).unwrap_or_default();
    let mut items = String::new();
    for environment in &report.environments {
        let instances = report.stack_instances.iter().filter(|it| it.environment == *environment);
        let instances: Vec<_> = instances.collect();
        let prefix = match report.environments.len() {
            1 => String::new(),
            _ => format!("{environment}: "),
        };
        items.extend(groups(&instances).iter().map(|group| item(&prefix, group)));
    }
    items.push_str(&failures(&report.failures, report.environments.len() > 1));
    let nothing = match items.is_empty() {
        true => "<p>Nothing would change.</p>",
        false => "",
    };
    format!(
        "{}{losses}{nothing}<ol id=\"clusters\" class=\"told\">{items}</ol>{}{}",
        forbidden(report),
        noted(report),
        left_behind(report)
    )
}

/// Returns why the plan is refused, if it is.
fn forbidden(report: &Report) -> String {
    let Some(refusal) = &report.refusal else { return String::new() };
    let lines = guards::lines(&refusal.losses);
    let lines: String = lines.iter().map(|line| format!("{}\n", text(line))).collect();
    let help = refusal.help.as_deref().map(message).unwrap_or_default();
    format!("<p class=\"bad\">{}</p><pre>{lines}</pre>{help}", text(&refusal.message))
}

fn noted(report: &Report) -> String {
    notes::sentences(&report.stack_instances).iter().map(|it| message(it)).collect()
}

fn left_behind(report: &Report) -> String {
    if report.left_behind.is_empty() {
        return String::new();
    }
    let each: String = each(&report.left_behind).map(|it| message(&it)).collect();
    format!("<section><h2>{}</h2>{each}</section>", text(&heading(&report.left_behind)))
}

/// Returns stack instances of which the same would become, as an item of the list.
fn item(prefix: &str, group: &PlannedGroup<'_>) -> String {
    let shared = &group.end;
    let is_bad = shared.changes.iter().any(ResourceChange::is_loss) || !shared.outcome.is_good();
    let subject = format!("{prefix}{}", shared.stack);
    let mut body = format!(
        "<h3>{} <span class=\"soft\">{}</span></h3>{}",
        text(&subject),
        words::foreseen(shared.outcome),
        names(&group.names())
    );
    shared.changes.iter().for_each(|change| body.push_str(&resource(group, change)));
    shared.notes.iter().for_each(|note| body.push_str(&message(note)));
    counted(group.accounts(), is_bad, &body)
}

fn resource(group: &PlannedGroup<'_>, change: &ResourceChange) -> String {
    let look = if change.is_loss() { "bad" } else { "soft" };
    let ids: Vec<String> = match change.is_loss() {
        true => group.physical_names(&change.resource).into_iter().collect(),
        false => Vec::new(),
    };
    let ids = if ids.is_empty() { String::new() } else { names(&ids) };
    format!(
        "<h4><span class=\"{look}\">{}</span> {} <small>{}</small></h4>{ids}{}",
        changes::word(change),
        text(&change.resource),
        text(&change.resource_type),
        table(&change.properties)
    )
}

fn table(properties: &[PropertyChange]) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let rows: String = properties.iter().map(row).collect();
    format!(
        "<table><tr><th>property</th><th>before</th><th>after</th><th>cause</th></tr>{rows}</table>"
    )
}

fn row(change: &PropertyChange) -> String {
    let values = match change.has_values() {
        true => format!(
            "<td><del>{}</del></td><td><ins>{}</ins></td>",
            value(change.before.as_deref()),
            value(change.after.as_deref())
        ),
        false => "<td colspan=\"2\"><span class=\"soft\">not told</span></td>".to_owned(),
    };
    let replaces = match change.replacement {
        Replacement::True => " <span class=\"bad\">replaces it</span>",
        Replacement::Conditional => " <span class=\"bad\">may replace it</span>",
        Replacement::False => "",
    };
    let cause = text(change.cause.as_deref().unwrap_or_default());
    format!("<tr><td>{}{replaces}</td>{values}<td>{cause}</td></tr>", text(change.place()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::plans;

    #[test]
    fn a_page_has_every_change_and_value() {
        let page = plan_html(&Report::new(&plans::planned_values().state()));
        let (_, main) = page.split_once("<main class=\"wide\">").expect("it has one");
        insta::assert_snapshot!(main.replace("<h", "\n<h").replace("<tr", "\n<tr"));
        assert!(!page.contains("<script"), "{page}");
    }
}
