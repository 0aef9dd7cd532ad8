//! How much a plan would lose.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::fold::report::Report;
use crate::report::messages::changes;
use crate::report::text::prose;

/// Returns how many resources would be lost, in how many accounts; nothing if none would.
pub fn sentence(report: &Report) -> Option<String> {
    let mut lost: BTreeMap<&str, usize> = BTreeMap::new();
    let mut accounts = BTreeSet::new();
    for instance in &report.stack_instances {
        let changes = instance.preview.iter().flat_map(|preview| &preview.changes);
        for change in changes.filter(|change| change.is_loss()) {
            *lost.entry(changes::word(change)).or_default() += 1;
            accounts.insert(&instance.account_id);
        }
    }
    let words = [("REMOVE", "REMOVED"), ("REPLACE", "REPLACED"), ("REPLACE?", "perhaps REPLACED")];
    let found = words.iter().filter_map(|(word, said)| Some((*lost.get(word)?, said)));
    let part = |(position, (count, said)): (usize, (usize, &&str))| match position {
        0 => format!("{} would be {said}", prose::counted(count, "resource")),
        _ => format!("{count} {said}"),
    };
    let parts: Vec<String> = found.enumerate().map(part).collect();
    let accounts = prose::counted(accounts.len(), "account");
    (!parts.is_empty()).then(|| format!("In {accounts}, {}", parts.join(", ")))
}
