//! Change sets that stand in the sandbox.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Returns how many change sets that no run executed stand in a sandbox, by its folder.
pub fn count_change_sets(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count += count_change_sets(&path);
        } else if let Ok(text) = fs::read_to_string(&path) {
            count +=
                text.lines().map(|line| serde_json::from_str(line).map_or(0, open)).sum::<usize>();
        }
    }
    count
}

/// Returns how many change sets that were not executed a part of the sandbox's state holds.
fn open(value: Value) -> usize {
    match value {
        Value::Array(all) => all.into_iter().map(open).sum(),
        Value::Object(all) => all
            .into_iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("change_sets", Value::Object(sets)) => {
                    sets.values().filter(|set| set["is_executed"] != true).count()
                }
                (_, value) => open(value),
            })
            .sum(),
        _ => 0,
    }
}
