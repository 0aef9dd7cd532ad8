//! Drift for people: identical drift of many accounts once, then what was not checked, what failed, and one line.

use std::fmt::Write;

use super::folded::{SharedDrift, ToldDrift, folded, unsupported};
use super::view::{DriftCounts, DriftRow, DriftView};
use super::words::difference;
use crate::clock::spoken;
use crate::event::{DriftedKind, DriftedResource};
use crate::name::Region;
use crate::report::clusters::Cluster;
use crate::report::messages::failures;
use crate::report::messages::origin::sentence;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// So many stack instances that share drift are named; of the others, how many there are.
const NAMES: usize = 12;

impl DriftView {
    /// Returns the view as text, ending with a line break.
    pub fn text(&self, palette: Palette) -> String {
        let mut text = String::new();
        let entries = folded(&self.stack_instances);
        for environment in &self.environments {
            let of_it = |entry: &&SharedDrift<'_>| entry.environment == environment;
            let mut drifted =
                entries.iter().filter(of_it).filter(|it| it.told.is_drift()).peekable();
            if self.environments.len() > 1 && drifted.peek().is_some() {
                let _ = writeln!(text, "{}\n", palette.heading(&format!("== {environment} ==")));
            }
            drifted.for_each(|entry| self.write_entry(&mut text, entry, palette));
        }
        self.write_unchecked(&mut text, &entries, palette);
        let clusters: Vec<&Cluster> = self.failures.iter().collect();
        let lines = failures::lines(&clusters, self.environments.len() > 1, None, palette);
        for line in &lines {
            let _ = writeln!(text, "{line}");
        }
        if !lines.is_empty() {
            text.push('\n');
        }
        if let Some(sentence) = sentence(&self.origin) {
            write_wrapped(&mut text, "", &sentence);
        }
        let _ = writeln!(text, "{}", self.line());
        text
    }

    fn write_entry(&self, text: &mut String, entry: &SharedDrift<'_>, palette: Palette) {
        let who = self.who(entry);
        let heading = |what: &str| palette.heading(&format!("{who}: {}{what}", entry.stack));
        match &entry.told {
            ToldDrift::Absent => {
                let _ = writeln!(text, "{} {}", heading(""), palette.bad("DOES NOT STAND"));
            }
            ToldDrift::Resource(it) if it.kind == DriftedKind::Deleted => {
                let what = format!(" {} ({})", prose::one_line(&it.resource), type_of(it));
                let _ = writeln!(text, "{} {}", heading(&what), palette.bad("DELETED"));
            }
            ToldDrift::Resource(it) => {
                let resource = prose::one_line(&it.resource);
                let differences: Vec<String> = it.properties.iter().map(difference).collect();
                let plain = format!("{who}: {} {resource} ", entry.stack);
                let fits =
                    |one: &String| console::measure_text_width(&(plain.clone() + one)) <= WIDTH;
                match &differences[..] {
                    [one] if fits(one) => {
                        let _ = writeln!(text, "{} {one}", heading(&format!(" {resource}")));
                    }
                    [] => {
                        let _ = writeln!(text, "{} differs", heading(&format!(" {resource}")));
                    }
                    _ => {
                        let what = format!(" {resource} ({})", type_of(it));
                        let _ = writeln!(text, "{}", heading(&what));
                        differences.iter().for_each(|one| write_wrapped(text, "    ", one));
                    }
                }
            }
            ToldDrift::Unchecked(_) => {}
        }
        self.write_names(text, "  ", entry);
        text.push('\n');
    }

    /// Writes what could not be checked, and which types CloudFormation does not check.
    fn write_unchecked(&self, text: &mut String, entries: &[SharedDrift<'_>], palette: Palette) {
        let mut unread = entries.iter().filter(|entry| !entry.told.is_drift()).peekable();
        let types = unsupported(&self.stack_instances);
        if unread.peek().is_none() && types.is_empty() {
            return;
        }
        let _ = writeln!(text, "{}", palette.caution("Not checked"));
        for entry in unread {
            let what = match &entry.told {
                ToldDrift::Unchecked(sentence) => sentence.clone(),
                ToldDrift::Resource(DriftedResource { resource, reason, .. }) => {
                    format!("{resource}: {}", reason.as_deref().unwrap_or_default())
                }
                ToldDrift::Absent => continue,
            };
            let what = prose::one_line(&what);
            write_wrapped(text, "  ", &format!("{}: {}: {what}", self.who(entry), entry.stack));
            self.write_names(text, "    ", entry);
        }
        if !types.is_empty() {
            let of = |(name, count): (&&str, &usize)| format!("{count} {}", prose::one_line(name));
            let types: Vec<String> = types.iter().map(of).collect();
            let sentence = format!("CloudFormation detects no drift of {}", types.join(", "));
            write_wrapped(text, "  ", &sentence);
        }
        text.push('\n');
    }

    /// Returns who shares an entry: the one stack instance, or how many accounts.
    fn who(&self, entry: &SharedDrift<'_>) -> String {
        let environment =
            |row: &DriftRow| match self.environments.len() > 1 && !entry.told.is_drift() {
                true => format!("{}/", row.instance.environment),
                false => String::new(),
            };
        match &entry.members[..] {
            [only] => format!("{}{}", environment(only), self.place(only)),
            _ => prose::counted(entry.accounts(), "account"),
        }
    }

    fn write_names(&self, text: &mut String, indent: &str, entry: &SharedDrift<'_>) {
        if entry.members.len() < 2 {
            return;
        }
        let mut names: Vec<String> =
            entry.members.iter().take(NAMES).map(|row| self.place(row)).collect();
        if entry.members.len() > NAMES {
            names.push(format!("and {} more", entry.members.len() - NAMES));
        }
        write_wrapped(text, indent, &names.join(", "));
    }

    /// Returns the account of a stack instance, with its Region where there are several.
    fn place(&self, row: &DriftRow) -> String {
        let of = |row: &DriftRow| -> Region { row.instance.region.clone() };
        let has_regions = self.stack_instances.windows(2).any(|two| of(&two[0]) != of(&two[1]));
        match has_regions {
            true => format!("{}/{}", row.instance.account, row.instance.region),
            false => row.instance.account.to_string(),
        }
    }

    fn line(&self) -> String {
        let DriftCounts { in_sync, drifted, absent, not_checked, failed } = self.summary;
        let counts = [
            (in_sync, "in sync"),
            (drifted, "drifted"),
            (absent, "absent"),
            (not_checked, "not checked"),
            (failed, "failed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        let instances = prose::counted(self.stack_instances.len(), "stack instance");
        let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
        format!("Checked {instances} in {}: {counts}", spoken(self.duration))
    }
}

fn type_of(resource: &DriftedResource) -> String {
    prose::one_line(&resource.resource_type)
}

fn write_wrapped(text: &mut String, indent: &str, sentence: &str) {
    for line in prose::wrapped(sentence, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{line}");
    }
}
