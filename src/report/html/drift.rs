//! The page about drift: a document without any script, for it has nothing to draw.

use super::render::{BASE_STYLE, allowed, escaped, filled};
use crate::event::{DriftedKind, DriftedProperty, DriftedResource};
use crate::foreign;
use crate::report::text::prose;
use crate::report::written::drift::folded::{SharedDrift, ToldDrift, folded, unsupported};
use crate::report::written::drift::view::{DriftRow, DriftView};

const PAGE: &str = include_str!("page/drift.html");

/// Up to so many names are shown at once; more can be opened.
const FEW: usize = 12;

/// Returns what was found as one HTML page that needs nothing else and runs nothing.
pub fn drift_html(view: &DriftView) -> String {
    let style = [BASE_STYLE, include_str!("page/drift.css")].concat();
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {}; base-uri 'none'; form-action 'none'",
        allowed(&style)
    );
    let environments: Vec<&str> = view.environments.iter().map(|name| name.as_str()).collect();
    let title = format!("drift of {}", environments.join(", "));
    let place = match (&view.origin.endpoint, view.origin.sandbox) {
        (_, true) => "in the sandbox".to_owned(),
        (Some(endpoint), false) => format!("at {endpoint}"),
        (None, false) => String::new(),
    };
    let parts = [
        ("policy", policy.as_str()),
        ("title", &text(&title)),
        ("style", &style),
        ("place", &text(&place)),
        ("facts", &facts(view)),
        ("sections", &sections(view)),
    ];
    filled(PAGE, &parts)
}

/// Returns text from anywhere as it may stand in an element: on one line, as a text.
fn text(text: &str) -> String {
    escaped(&foreign::line(text))
}

fn facts(view: &DriftView) -> String {
    let summary = &view.summary;
    let started = view.started.strftime("%Y-%m-%d %H:%MZ").to_string();
    let counts = [
        ("in sync", summary.in_sync),
        ("drifted", summary.drifted),
        ("absent", summary.absent),
        ("not checked", summary.not_checked),
        ("failed", summary.failed),
    ];
    let counts = counts.iter().map(|(word, count)| (*word, count.to_string()));
    let all = counts.chain([("checked at", started)]);
    all.map(|(word, fact)| format!("<div><dt>{word}</dt><dd>{}</dd></div>", text(&fact))).collect()
}

fn sections(view: &DriftView) -> String {
    let entries = folded(&view.stack_instances);
    let told: String = entries.iter().map(|entry| item(view, entry)).collect();
    let failed = view.failures.iter().map(|cluster| {
        let names = names(&cluster.names(view.environments.len() > 1));
        let help =
            cluster.help.as_deref().map(|help| format!("<p class=\"help\">{}</p>", text(help)));
        let body = format!("<h3 class=\"bad\">{}</h3>", text(&cluster.cause()));
        counted(cluster.accounts, &(body + &help.unwrap_or_default() + &names))
    });
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
    let items = told + &failed.collect::<String>();
    format!("{nothing}<ol id=\"clusters\" class=\"told\">{items}</ol>{types}")
}

fn counted(accounts: usize, body: &str) -> String {
    let noun = if accounts == 1 { "account" } else { "accounts" };
    format!("<li><span class=\"count\"><b>{accounts}</b>{noun}</span><div>{body}</div></li>\n")
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
    counted(entry.accounts(), &(body + &names(&members)))
}

fn head(subject: &str, resource_type: &str, word: &str) -> String {
    let look = if word == "not checked" { "soft" } else { "bad" };
    format!(
        "<h3>{} <span class=\"{look}\">{word}</span> <small>{}</small></h3>",
        text(subject),
        text(resource_type)
    )
}

fn message(sentence: &str) -> String {
    format!("<p class=\"message\">{}</p>", text(sentence))
}

fn table(properties: &[DriftedProperty]) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let value = |value: &Option<String>| match value {
        Some(value) => format!("<code>{}</code>", text(value)),
        None => "<span class=\"soft\">none</span>".to_owned(),
    };
    let row = |it: &DriftedProperty| {
        format!(
            "<tr><td>{}</td><td><del>{}</del></td><td><ins>{}</ins></td></tr>",
            text(&it.name),
            value(&it.expected),
            value(&it.actual)
        )
    };
    let rows: String = properties.iter().map(row).collect();
    format!("<table><tr><th>property</th><th>expected</th><th>actual</th></tr>{rows}</table>")
}

fn names(names: &[String]) -> String {
    let all = text(&names.join(", "));
    match names.len() {
        0..=FEW => format!("<p class=\"names\">{all}</p>"),
        count => format!(
            "<details><summary>{}</summary><p class=\"names\">{all}</p></details>",
            prose::counted(count, "stack instance")
        ),
    }
}
