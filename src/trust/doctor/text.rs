//! What the doctor found, for people: a line for each account that is well, and what is wrong with
//! the others, each with what mends it. Accounts that are ill alike are told once.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::examination::{Examination, Examined};
use crate::event::{Certainty, Finding, Fix};
use crate::foreign;
use crate::plan::AccountEntry;
use crate::report::{Palette, counted, wrapped};

/// How wide the text is.
const WIDTH: usize = 80;
/// The most accounts that are told one by one; more are counted.
const MOST_LINES: usize = 20;
/// The most accounts named of those that are ill alike.
const MOST_NAMES: usize = 8;
/// Stands for the names of the accounts in a note that several share.
const NAMES: &str = "{accounts}";

impl Examination {
    /// Returns what was found as text.
    pub fn text(&self, palette: Palette) -> String {
        let mut text = String::new();
        for source in &self.sources {
            let line = format!(
                "{}: source account {} as {}",
                source.environment, source.account_id, source.caller
            );
            write_wrapped(&mut text, 0, &palette.heading(&line));
        }
        self.well(&mut text, palette);
        for (alike, first) in ill(&self.accounts) {
            write_ill(&mut text, &alike, first, palette);
        }
        self.noted(&mut text, palette);
        text.push_str(&self.conclusion());
        text
    }

    fn well(&self, text: &mut String, palette: Palette) {
        let well: Vec<&Examined> = self
            .accounts
            .iter()
            .filter(|one| one.findings.is_empty() && one.is_entered())
            .collect();
        let mark = palette.good("ok");
        if well.len() > MOST_LINES {
            let _ = writeln!(text, "{mark}  {}", counted(well.len(), "account"));
            return;
        }
        let name = |one: &Examined| format!("{}/{}", one.environment, one.account);
        let width = well.iter().map(|one| name(one).len()).max().unwrap_or_default();
        for one in well {
            let entrance = match &one.entry {
                AccountEntry::Source => "the source account itself".to_owned(),
                AccountEntry::Profile(profile) => format!("profile `{profile}`"),
                AccountEntry::AssumeRole(entry) => format!("role {}", entry.role.role_name()),
            };
            let _ = writeln!(text, "{mark}  {:width$}  {}  {entrance}", name(one), one.account_id);
        }
    }

    /// Says where it could not be read what the session may do, and what it lacks at times.
    fn noted(&self, text: &mut String, palette: Palette) {
        let mut by_note: BTreeMap<String, Vec<&Examined>> = BTreeMap::new();
        for account in &self.accounts {
            let unread = account.permissions_unread.iter();
            let unread = unread
                .map(|why| format!("what the session may do could not be read in {NAMES}: {why}"));
            let notes = account.notes.iter().map(|note| format!("in {NAMES}, {note}"));
            for note in unread.chain(notes) {
                by_note.entry(note).or_default().push(account);
            }
        }
        for (note, accounts) in by_note {
            let line = format!("note: {}", note.replacen(NAMES, &named(&accounts), 1));
            write_wrapped(text, 0, &palette.faint(&line));
        }
    }

    fn conclusion(&self) -> String {
        let all = self.accounts.len();
        let refused = self.accounts.iter().filter(|one| !one.is_entered()).count();
        let ill = self.accounts.iter().filter(|one| one.is_entered() && !one.findings.is_empty());
        match (refused, ill.count()) {
            (0, 0) => format!("{} can be entered\n", counted(all, "account")),
            (0, ill) => format!(
                "{} can be entered, but `apply` would fail in {ill}\n",
                counted(all, "account")
            ),
            (1, 0) if all == 1 => "1 account cannot be entered\n".to_owned(),
            (refused, 0) => format!("{refused} of {} cannot be entered\n", counted(all, "account")),
            (refused, ill) => format!(
                "{refused} of {} cannot be entered, and `apply` would fail in {ill} more\n",
                counted(all, "account")
            ),
        }
    }
}

/// Returns the accounts with something wrong, those that are ill alike together, each with the first
/// of them.
fn ill(accounts: &[Examined]) -> Vec<(Vec<&Examined>, &Examined)> {
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Examined>> = Vec::new();
    for account in accounts.iter().filter(|one| !one.findings.is_empty() || !one.is_entered()) {
        let told: Vec<String> = account.findings.iter().map(Finding::in_short).collect();
        let name = format!("`{}`", account.account);
        let told = told.join("\n").replace(account.account_id.as_str(), "*").replace(&name, "*");
        let key = format!("{} {told}", account.is_entered());
        let position = *positions.entry(key).or_insert(groups.len());
        if position == groups.len() {
            groups.push(Vec::new());
        }
        groups[position].push(account);
    }
    let with_first = |group: Vec<_>| {
        let first = group[0];
        (group, first)
    };
    groups.into_iter().map(with_first).collect()
}

fn write_ill(text: &mut String, alike: &[&Examined], first: &Examined, palette: Palette) {
    let what = if first.is_entered() { "entered, but" } else { "cannot be entered" };
    let mark = if first.is_entered() { palette.caution("! ") } else { palette.bad("no") };
    let mut who = String::new();
    write_wrapped(&mut who, 4, &format!("{} {what}", named(alike)));
    let _ = write!(text, "\n{mark}  {}", who.trim_start());
    for finding in &first.findings {
        write_finding(text, finding, palette);
    }
    if alike.len() > 1 {
        let note = format!("What mends it is shown for {}; `--output json` has all", name(first));
        write_wrapped(text, 4, &palette.faint(&note));
    }
    text.push('\n');
}

fn write_finding(text: &mut String, finding: &Finding, palette: Palette) {
    let certainty = match finding.certainty {
        Certainty::Known => "",
        Certainty::Likely => "likely: ",
        Certainty::Unread => "not read: ",
    };
    let head = format!("{certainty}{} side, {}", word(finding.side), word(finding.cause));
    write_wrapped(text, 4, &palette.heading(&head));
    write_wrapped(text, 6, &finding.message);
    let Some(remedy) = &finding.remedy else { return };
    write_wrapped(text, 6, &format!("help: {}", remedy.text));
    if let Some(content) = remedy.change.content() {
        let pretty = serde_json::to_string_pretty(content).expect("a statement is JSON");
        for line in foreign::json(&pretty).lines() {
            let _ = writeln!(text, "        {line}");
        }
    }
    if let Fix::EnvironmentFile { path, value: Some(value) } = &remedy.change {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = writeln!(text, "        {}: {}", path.join("."), foreign::visible(&value));
    }
}

/// Returns the word that JSON has for a side or a cause.
fn word(value: impl Serialize) -> String {
    serde_json::json!(value).as_str().unwrap_or_default().to_owned()
}

fn name(examined: &Examined) -> String {
    format!("{}/{} ({})", examined.environment, examined.account, examined.account_id)
}

fn named(accounts: &[&Examined]) -> String {
    let names: Vec<String> = accounts.iter().take(MOST_NAMES).map(|one| name(one)).collect();
    let rest = accounts.len().saturating_sub(MOST_NAMES);
    match rest {
        0 => names.join(", "),
        rest => format!("{} and {rest} more", names.join(", ")),
    }
}

fn write_wrapped(text: &mut String, indent: usize, line: &str) {
    for line in wrapped(line, WIDTH - indent) {
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}
