//! The page about drift.

use super::still::{PageFacts, counted, failures, message, names, page, text, value};
use crate::event::{DriftedKind, DriftedProperty, DriftedResource};
use crate::report::written::drift::folded::{SharedDrift, ToldDrift, folded, unsupported};
use crate::report::written::drift::view::{DriftRow, DriftView};

/// Returns what was found as one HTML page that needs nothing else and runs nothing.
pub fn drift_html(view: &DriftView) -> String {
    let environments: Vec<&str> = view.environments.iter().map(|name| name.as_str()).collect();
    let title = format!("drift of {}", environments.join(", "));
    page(&title, &view.origin, &facts(view), &sections(view))
}

fn facts(view: &DriftView) -> String {
    let summary = &view.summary;
    let mut facts = PageFacts::default();
    for (word, count) in [
        ("in sync", summary.in_sync),
        ("drifted", summary.drifted),
        ("absent", summary.absent),
        ("not checked", summary.not_checked),
        ("failed", summary.failed),
    ] {
        facts.add(word, &count.to_string());
    }
    facts.add_moment("checked at", view.started);
    facts.into_html()
}

fn sections(view: &DriftView) -> String {
    let entries = folded(&view.stack_instances);
    let told: String = entries.iter().map(|entry| item(view, entry)).collect();
    let failed = failures(&view.failures, view.environments.len() > 1);
    let types = unsupported(&view.stack_instances);
    let types: Vec<String> = types.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let types = match types.is_empty() {
        true => String::new(),
        false => format!(
            "<p class=\"soft\">CloudFormation detects no drift of {}</p>",
            text(&types.join(", "))
        ),
    };
    let nothing = match entries.is_empty() && view.failures.is_empty() {
        true => "<p>Everything that was checked is as its template wants it.</p>",
        false => "",
    };
    format!("{nothing}<ol id=\"clusters\" class=\"told\">{told}{failed}</ol>{types}")
}

/// Returns what stack instances share, as an item of the list.
fn item(view: &DriftView, entry: &SharedDrift<'_>) -> String {
    let several = view.environments.len() > 1;
    let stack = match several {
        true => format!("{}: {}", entry.environment, entry.stack),
        false => entry.stack.to_string(),
    };
    let body = match &entry.told {
        ToldDrift::Absent => head(&stack, "", "does not stand"),
        ToldDrift::Unchecked(sentence) => head(&stack, "", "not checked") + &message(sentence),
        ToldDrift::Resource(resource) => {
            let DriftedResource { kind, properties, reason, .. } = resource;
            let word = match kind {
                DriftedKind::Deleted => "deleted",
                DriftedKind::Modified => "differs",
                DriftedKind::NotChecked => "not checked",
            };
            let subject = format!("{stack} {}", resource.resource);
            head(&subject, &resource.resource_type, word)
                + &table(properties)
                + &reason.as_deref().map(message).unwrap_or_default()
        }
    };
    let name = |row: &&DriftRow| format!("{}/{}", row.instance.account, row.instance.region);
    let members: Vec<String> = entry.members.iter().map(name).collect();
    counted(entry.accounts(), true, &(body + &names(&members)))
}

fn head(subject: &str, resource_type: &str, word: &str) -> String {
    let look = if word == "not checked" { "soft" } else { "bad" };
    format!(
        "<h3>{} <span class=\"{look}\">{word}</span> <small>{}</small></h3>",
        text(subject),
        text(resource_type)
    )
}

fn table(properties: &[DriftedProperty]) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let row = |it: &DriftedProperty| {
        format!(
            "<tr><td>{}</td><td><del>{}</del></td><td><ins>{}</ins></td></tr>",
            text(&it.name),
            value(it.expected.as_deref()),
            value(it.actual.as_deref())
        )
    };
    let rows: String = properties.iter().map(row).collect();
    format!("<table><tr><th>property</th><th>expected</th><th>actual</th></tr>{rows}</table>")
}
