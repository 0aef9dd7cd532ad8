//! Where two values of properties differ, down to the innermost place.

use serde_json::Value as Json;

/// A place in which one value is not as the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueDifference {
    /// The place, such as `/Tags/0/Value`.
    pub path: String,
    /// What stands there first; `Null` if nothing does.
    pub before: Json,
    /// What stands there then; `Null` if nothing does.
    pub after: Json,
}

/// Returns where two values differ; `path` is the place where both stand.
///
/// Lists are held against each other item by item.
pub fn differences(path: &str, before: &Json, after: &Json) -> Vec<ValueDifference> {
    let at = |key: &str, before: &Json, after: &Json| {
        differences(&format!("{path}/{key}"), before, after)
    };
    match (before, after) {
        (before, after) if before == after => Vec::new(),
        (Json::Object(old), Json::Object(new)) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().flat_map(|key| at(key, &before[key], &after[key])).collect()
        }
        (Json::Array(old), Json::Array(new)) => {
            let last = old.len().max(new.len());
            let item = |items: &[Json], index: usize| items.get(index).cloned().unwrap_or_default();
            (0..last)
                .flat_map(|index| at(&index.to_string(), &item(old, index), &item(new, index)))
                .collect()
        }
        _ => {
            let (path, before, after) = (path.to_owned(), before.clone(), after.clone());
            vec![ValueDifference { path, before, after }]
        }
    }
}

/// Returns a value as answers show it: text as it is, everything else as JSON.
pub fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_innermost_places_are_told() {
        let before = json!({ "A": "1", "B": { "C": ["x", "y"], "D": "d" }, "E": "gone" });
        let after = json!({ "A": "1", "B": { "C": ["x", "z", "w"], "D": "d" }, "F": ["new"] });
        let found = differences("", &before, &after);
        let places: Vec<&str> = found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(places, ["/B/C/1", "/B/C/2", "/E", "/F"]);
        assert_eq!(
            (shown(&found[0].after), shown(&found[3].after)),
            ("z".into(), "[\"new\"]".into())
        );
    }
}
