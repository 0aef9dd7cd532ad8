//! The page put together: style, scripts and data, and the policy that allows these only.

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

use super::data;
use crate::event::RunResult;
use crate::foreign;
use crate::report::fold::report::Report;
use crate::report::fold::state::RunState;

const PAGE: &str = include_str!("page/page.html");

/// The look of every page.
pub(super) const BASE_STYLE: &str =
    concat!(include_str!("page/base.css"), include_str!("page/head.css"));

const STYLE: &str = concat!(
    include_str!("page/base.css"),
    include_str!("page/head.css"),
    include_str!("page/chart.css"),
    include_str!("page/table.css"),
);

/// One module: each file uses what the ones before it define.
const SCRIPT: &str = concat!(
    include_str!("page/model.js"),
    include_str!("page/dom.js"),
    include_str!("page/view.js"),
    include_str!("page/scale.js"),
    include_str!("page/overview.js"),
    include_str!("page/layout.js"),
    include_str!("page/chart.js"),
    include_str!("page/pointer.js"),
    include_str!("page/table.js"),
    include_str!("page/outputs.js"),
    include_str!("page/head.js"),
    include_str!("page/failures.js"),
    include_str!("page/left_behind.js"),
    include_str!("page/path.js"),
    include_str!("page/calls.js"),
    include_str!("page/start.js"),
);

/// Returns the run as one HTML page that needs nothing else.
///
/// `report` is the report of `state`: its stack instances stand at the same positions. A run that
/// is unfinished is shown as far as it is known, and says so.
pub fn html(state: &RunState, report: &Report) -> String {
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'; \
         form-action 'none'",
        allowed(STYLE),
        allowed(SCRIPT)
    );
    let parts = [
        ("policy", policy.as_str()),
        ("title", &escaped(&title(report))),
        ("style", STYLE),
        (
            "data",
            &foreign::json(&data::json(state, report).replace(foreign::turns_around, ""))
                .replace('<', "\\u003c"),
        ),
        ("script", SCRIPT),
    ];
    filled(PAGE, &parts)
}

/// Returns the source expression of a policy that allows exactly this inline text.
pub(super) fn allowed(text: &str) -> String {
    format!("'sha256-{}'", base64::encode(Sha256::digest(text)))
}

/// Returns what a browser's tab says: `apply prod: failed`.
fn title(report: &Report) -> String {
    let operation = report.operation.map_or("run", |operation| operation.as_str());
    let environments: Vec<&str> = report.environments.iter().map(|name| name.as_str()).collect();
    let result = match report.result {
        _ if report.goes_on => "running",
        _ if !report.complete => "unfinished",
        RunResult::Succeeded => "succeeded",
        RunResult::Failed => "failed",
        RunResult::RolledBack => "rolled back",
        RunResult::Cancelled => "cancelled",
        RunResult::Refused if report.waits_for_approval() => "waits for approval",
        RunResult::Refused => "refused",
    };
    format!("{operation} {}: {result}", environments.join(", "))
}

/// Returns a page with each `{{name}}` replaced; what is put in is not looked at again.
pub(super) fn filled(page: &str, parts: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (at, piece) in page.split("{{").enumerate() {
        let (name, rest) = piece.split_once("}}").filter(|_| at > 0).unwrap_or(("", piece));
        let part = parts.iter().find(|(part, _)| *part == name);
        text.push_str(part.map_or("", |(_, content)| content));
        text.push_str(rest);
    }
    text
}

/// Returns text as it may stand in an element or a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
