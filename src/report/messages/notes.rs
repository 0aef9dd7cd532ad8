//! What there is to say of stack instances besides how they ended.

use std::collections::BTreeMap;

use crate::report::fold::instance_report::InstanceReport;
use crate::report::text::prose;

/// Returns the notes of stack instances as sentences, each once with how many it is said of.
pub fn sentences(instances: &[InstanceReport]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for instance in instances {
        for note in &instance.notes {
            *counts.entry((instance.stack.as_str(), note)).or_default() += 1;
        }
    }
    let sentence = |((stack, note), count): ((&str, &str), usize)| {
        let of = if count == 1 { String::new() } else { format!(" ({count} stack instances)") };
        format!("{stack}: {}{of}", prose::one_line(note))
    };
    counts.into_iter().map(sentence).collect()
}
