//! What pages share that draw nothing: documents without any script.

use jiff::Timestamp;

use super::render::{BASE_STYLE, allowed, escaped, filled};
use crate::event::RunOrigin;
use crate::foreign;
use crate::report::clusters::Cluster;
use crate::report::text::prose;

const PAGE: &str = include_str!("page/still.html");

/// Up to so many names are shown at once; more can be opened.
const FEW: usize = 12;

/// Returns a page that needs nothing else and runs nothing.
pub fn page(title: &str, origin: &RunOrigin, facts: &str, sections: &str) -> String {
    let style = [BASE_STYLE, include_str!("page/still.css")].concat();
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {}; base-uri 'none'; form-action 'none'",
        allowed(&style)
    );
    let place = match (&origin.endpoint, origin.sandbox) {
        (_, true) => "in the sandbox".to_owned(),
        (Some(endpoint), false) => format!("at {endpoint}"),
        (None, false) => String::new(),
    };
    let parts = [
        ("policy", policy.as_str()),
        ("title", &text(title)),
        ("style", &style),
        ("place", &text(&place)),
        ("facts", facts),
        ("sections", sections),
    ];
    filled(PAGE, &parts)
}

/// Returns text from anywhere as it may stand in an element: on one line, as a text.
pub fn text(text: &str) -> String {
    escaped(&foreign::line(text))
}

/// The facts at the head of a page.
#[derive(Default)]
pub struct PageFacts(String);

impl PageFacts {
    /// Adds one fact with its word.
    pub fn add(&mut self, word: &str, fact: &str) {
        self.0.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>", text(word), text(fact)));
    }

    /// Adds when something was.
    pub fn add_moment(&mut self, word: &str, moment: Timestamp) {
        self.add(word, &moment.strftime("%Y-%m-%d %H:%MZ").to_string());
    }

    /// Returns all of them.
    pub fn into_html(self) -> String {
        self.0
    }
}

/// Returns an item of the list for so many accounts; what is bad stands out.
pub fn counted(accounts: usize, is_bad: bool, body: &str) -> String {
    let noun = if accounts == 1 { "account" } else { "accounts" };
    let look = if is_bad { "" } else { " class=\"calm\"" };
    format!(
        "<li{look}><span class=\"count\"><b>{accounts}</b>{noun}</span><div>{body}</div></li>\n"
    )
}

/// Returns failures as items of the list.
pub fn failures(clusters: &[Cluster], several: bool) -> String {
    let item = |cluster: &Cluster| {
        let help = cluster.help.as_deref();
        let help = help.map(|help| format!("<p class=\"help\">{}</p>", text(help)));
        let body = format!("<h3 class=\"bad\">{}</h3>", text(&cluster.cause()));
        let names = names(&cluster.names(several));
        counted(cluster.accounts, true, &(body + &help.unwrap_or_default() + &names))
    };
    clusters.iter().map(item).collect()
}

/// Returns a sentence from anywhere.
pub fn message(sentence: &str) -> String {
    format!("<p class=\"message\">{}</p>", text(sentence))
}

/// Returns a value, whole, or that there is none.
pub fn value(value: Option<&str>) -> String {
    match value {
        Some(value) => format!("<code>{}</code>", text(value)),
        None => "<span class=\"soft\">none</span>".to_owned(),
    }
}

/// Returns names, of which many have to be opened.
pub fn names(names: &[String]) -> String {
    let all = text(&names.join(", "));
    match names.len() {
        0..=FEW => format!("<p class=\"names\">{all}</p>"),
        count => format!(
            "<details><summary>{}</summary><p class=\"names\">{all}</p></details>",
            prose::counted(count, "stack instance")
        ),
    }
}
