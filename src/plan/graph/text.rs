//! The order as text: a line for each stack and level, accounts alike folded into one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use super::super::model::{Plan, StackInstance};
use super::summary::{Summary, counted, levels};

/// How wide a line is meant to be, in columns.
const WIDTH: usize = 80;

/// The narrowest list of accounts, in columns, however long the names before it are.
const LEAST_ACCOUNTS: usize = 20;

/// The widest list of Regions, in columns: two of them fit.
const MOST_REGIONS: usize = 30;

/// Returns the order as text, for a person: what comes first stands first, with what each stack
/// comes after. Accounts in which a stack stands alike share a line.
pub fn text(plan: &Plan) -> String {
    let mut text = Summary::of(plan).to_string();
    text.push('\n');
    let rows = rows(plan);
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (stacks, regions) = (widest(|row| row.stack.len()), widest(|row| row.regions.len()));
    let mut part = None;
    for row in &rows {
        if part.replace((row.environment, row.wave)) != Some((row.environment, row.wave)) {
            text.push('\n');
            if let Some(title) = title(plan, row) {
                writeln!(text, "{title}").expect("a String takes all");
            }
        }
        let (level, stack, on) = (row.level, &row.stack, &row.regions);
        let line = format!("{level:>3}  {stack:stacks$}  {on:regions$}  ");
        let accounts = list(&row.accounts, WIDTH.saturating_sub(line.len()).max(LEAST_ACCOUNTS));
        writeln!(text, "{line}{accounts}").expect("a String takes all");
        if row.is_only_read {
            text.push_str("       only read\n");
        }
        if !row.after.is_empty() {
            writeln!(text, "       after {}", row.after).expect("a String takes all");
        }
    }
    text
}

/// Returns what stands above the first row of an environment or a wave, if there are several.
fn title(plan: &Plan, row: &Row<'_>) -> Option<String> {
    let environment = &plan.environments[row.environment];
    let name = (plan.environments.len() > 1).then(|| environment.name.to_string());
    let wave = row.wave.map(|wave| format!("wave {} of {}", wave + 1, environment.waves));
    let parts: Vec<String> = name.into_iter().chain(wave).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A stack in all the accounts where it stands alike.
struct Row<'p> {
    environment: usize,
    wave: Option<usize>,
    level: usize,
    stack: String,
    is_only_read: bool,
    regions: String,
    after: String,
    accounts: Vec<&'p str>,
}

/// What stack instances of one line have in common, but for their account and Region.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Shape<'p> {
    environment: usize,
    /// Its wave, if there are several and it is not only read.
    wave: Option<usize>,
    level: usize,
    stack: &'p str,
    is_only_read: bool,
    after: String,
}

/// The Regions of each account, both in the order of their first stack instance.
type Places<'p> = Vec<(usize, Vec<&'p str>)>;

/// Returns the rows by environment, wave and level, otherwise in the plan's order.
fn rows(plan: &Plan) -> Vec<Row<'_>> {
    let levels = levels(plan);
    let mut shapes: Vec<(Shape<'_>, Places<'_>)> = Vec::new();
    let mut shape_at: HashMap<Shape<'_>, usize> = HashMap::new();
    let mut account_at: HashMap<(usize, usize), usize> = HashMap::new();
    for (instance, &level) in plan.instances.iter().zip(&levels) {
        let shape = Shape {
            environment: plan.accounts[instance.account].environment,
            wave: plan.wave_of(instance),
            level,
            stack: instance.id.stack.as_str(),
            is_only_read: instance.is_only_read(),
            after: after(plan, instance),
        };
        let at = *shape_at.entry(shape.clone()).or_insert_with(|| {
            shapes.push((shape, Vec::new()));
            shapes.len() - 1
        });
        let accounts = &mut shapes[at].1;
        let account = *account_at.entry((at, instance.account)).or_insert_with(|| {
            accounts.push((instance.account, Vec::new()));
            accounts.len() - 1
        });
        accounts[account].1.push(instance.id.region.as_str());
    }
    let mut rows: Vec<Row<'_>> =
        shapes.iter().flat_map(|(shape, accounts)| by_regions(plan, shape, accounts)).collect();
    rows.sort_by_key(|row| (row.environment, row.wave, row.level));
    rows
}

/// Returns a row for each different list of Regions.
fn by_regions<'p>(
    plan: &'p Plan,
    shape: &Shape<'p>,
    accounts: &[(usize, Vec<&'p str>)],
) -> Vec<Row<'p>> {
    let mut rows: Vec<Row<'p>> = Vec::new();
    let mut row_at: BTreeMap<&[&str], usize> = BTreeMap::new();
    for (account, regions) in accounts {
        let at = *row_at.entry(regions).or_insert_with(|| {
            rows.push(Row {
                environment: shape.environment,
                wave: shape.wave,
                level: shape.level,
                stack: shape.stack.to_owned(),
                is_only_read: shape.is_only_read,
                regions: list(regions, MOST_REGIONS),
                after: shape.after.clone(),
                accounts: Vec::new(),
            });
            rows.len() - 1
        });
        rows[at].accounts.push(plan.accounts[*account].name.as_str());
    }
    rows
}

/// Says what comes before a stack instance, from where it stands: a stack beside it by its name,
/// one elsewhere with its account and Region, several by their number.
fn after(plan: &Plan, instance: &StackInstance) -> String {
    let mut elsewhere: BTreeMap<&str, Vec<&StackInstance>> = BTreeMap::new();
    let mut named: Vec<String> = Vec::new();
    for &need in &instance.needs {
        let need = &plan.instances[need];
        let is_beside = need.account == instance.account && need.id.region == instance.id.region;
        if is_beside {
            named.push(need.id.stack.to_string());
        } else {
            elsewhere.entry(need.id.stack.as_str()).or_default().push(need);
        }
    }
    for (stack, needs) in elsewhere {
        named.push(match &needs[..] {
            [one] if one.account == instance.account => format!("{stack} in {}", one.id.region),
            [one] => format!("{stack} in {}/{}", one.id.account, one.id.region),
            several => {
                let accounts: BTreeSet<usize> = several.iter().map(|need| need.account).collect();
                let regions: BTreeSet<&str> =
                    several.iter().map(|need| need.id.region.as_str()).collect();
                let regions = match regions.len() {
                    1 => String::new(),
                    more => format!(" and {}", counted(more, "Region")),
                };
                format!("{stack} in {}{regions}", counted(accounts.len(), "account"))
            }
        });
    }
    named.join(", ")
}

/// Returns names joined with commas, as many as fit into `width` columns, and how many are left.
fn list(names: &[&str], width: usize) -> String {
    let whole = names.join(", ");
    if whole.len() <= width {
        return whole;
    }
    let mut shown = String::new();
    for (count, name) in names.iter().enumerate() {
        let rest = format!("and {} more", names.len() - count);
        if count > 0 && shown.len() + name.len() + 2 + rest.len() > width {
            return format!("{}{rest}", shown.trim_end_matches(", ").to_owned() + " ");
        }
        shown.push_str(name);
        shown.push_str(", ");
    }
    whole
}
