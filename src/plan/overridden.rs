//! What stacks have where their overrides apply, as comments beneath what a file means.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::placements::{Placement, Placements};
use super::resolve::lay_out;
use crate::document::Place;
use crate::environment::{Beside, Environment, Text};
use crate::foreign;

/// How many places are named that have the same.
const MOST_NAMED: usize = 8;

/// Returns the parameters and tags that stacks have in the places where overrides apply, as comments of YAML;
/// nothing if there are none.
pub fn overridden(
    environment: &Environment,
    beside: Beside,
    variables: &EnvVariables<'_>,
) -> String {
    let environments = std::slice::from_ref(environment);
    let (placements, _) = lay_out(environments, variables, &mut FaultBook::default());
    let mut described: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for placement in &placements.all {
        if placements.values_of(placement).overrides.is_empty() {
            continue;
        }
        let next = described.len();
        let (_, places) = described
            .entry(description(&placements, placement, beside))
            .or_insert_with(|| (next, Vec::new()));
        places.push(placements.place_of(placement));
    }
    let mut all: Vec<(String, (usize, Vec<String>))> = described.into_iter().collect();
    all.sort_by_key(|(_, (number, _))| *number);
    all.into_iter().map(|(description, (_, places))| comment(&description, &places)).collect()
}

/// Returns a stack's key and what it has at a placement, each on a line of its own.
fn description(placements: &Placements<'_>, placement: &Placement<'_>, beside: Beside) -> String {
    let mut lines = format!("`{}`", placement.stack.key.value);
    let values = placements.values_of(placement);
    let parameters = values.parameters.iter();
    let parameters = parameters.map(|(name, text)| (name.value.as_str(), *text));
    append(&mut lines, "parameters", parameters, beside);
    let tags = placements.tags(placement, values).into_iter().flatten();
    append(&mut lines, "tags", tags, beside);
    lines
}

fn append<'e>(
    lines: &mut String,
    title: &str,
    texts: impl Iterator<Item = (&'e str, &'e Text)>,
    beside: Beside,
) {
    let mut texts = texts.peekable();
    if texts.peek().is_some() {
        let _ = write!(lines, "\n  {title}:");
    }
    for (name, text) in texts {
        let Place { file, span } = &text.place;
        let written = file.text.get(span.clone()).unwrap_or_default();
        let _ = write!(lines, "\n    {name}: {}", foreign::one_line(written));
        if beside == Beside::Places {
            let (line, _) = file.line_and_column(span.start);
            let _ = write!(lines, "  # {}:{line}", foreign::path(&file.path));
        }
    }
}

/// Returns what a stack has in some places as a comment.
fn comment(description: &str, places: &[String]) -> String {
    let (stack, values) = description.split_once('\n').unwrap_or((description, ""));
    let more = match places.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = places[..places.len().min(MOST_NAMED)].join(", ");
    let mut comment = format!("# {stack} in {named}{more}\n");
    for line in values.lines() {
        let _ = writeln!(comment, "# {line}");
    }
    comment
}
