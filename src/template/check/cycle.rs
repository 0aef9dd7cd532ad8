//! What waits for itself.

use std::collections::{BTreeMap, BTreeSet};

/// What each name needs.
pub type Needs<'n> = BTreeMap<&'n str, BTreeSet<&'n str>>;

/// Returns the names that can never begin: those in circles, and those that need them.
pub fn stuck<'n>(needs: &Needs<'n>) -> BTreeSet<&'n str> {
    // Kahn's algorithm: each name and each need is looked at once, however long a chain is.
    let mut waits_for: BTreeMap<&str, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (&name, needed) in needs {
        let known = needed.iter().filter(|need| needs.contains_key(*need));
        waits_for.insert(name, known.clone().count());
        known.for_each(|&need| dependents.entry(need).or_default().push(name));
    }
    let is_free = |(_, count): &(&&str, &usize)| **count == 0;
    let mut free: Vec<&str> = waits_for.iter().filter(is_free).map(|(name, _)| *name).collect();
    while let Some(name) = free.pop() {
        waits_for.remove(name);
        for dependent in dependents.remove(name).unwrap_or_default() {
            let count = waits_for.get_mut(dependent).expect("it waits for this one");
            *count -= 1;
            if *count == 0 {
                free.push(dependent);
            }
        }
    }
    waits_for.into_keys().collect()
}

/// Returns the names on one circle, each needed by the one before it, if there is a circle.
pub fn circle<'n>(needs: &Needs<'n>) -> Option<Vec<&'n str>> {
    let stuck = stuck(needs);
    let first = *stuck.first()?;
    let mut path = vec![first];
    let mut positions = BTreeMap::from([(first, 0)]);
    loop {
        let last = path[path.len() - 1];
        let next = needs[last].iter().copied().find(|need| stuck.contains(need))?;
        if let Some(start) = positions.insert(next, path.len()) {
            path.drain(..start);
            return Some(path);
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_circle_itself_is_named() {
        let needs: Needs<'_> = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "e"), ("e", "f")]
            .into_iter()
            .map(|(name, need)| (name, BTreeSet::from([need])))
            .collect();
        assert_eq!(stuck(&needs), BTreeSet::from(["a", "b", "c"]));
        assert_eq!(circle(&needs), Some(vec!["b", "c"]));
        let itself = Needs::from([("a", BTreeSet::from(["a"]))]);
        assert_eq!(circle(&itself), Some(vec!["a"]));
        assert_eq!(circle(&Needs::from([("a", BTreeSet::new())])), None);
    }

    #[test]
    fn a_long_chain_ends_at_once_with_and_without_a_circle_at_its_end() {
        let names: Vec<String> = (0..20_000).map(|number| format!("R{number:05}")).collect();
        let pairs = names.iter().zip(names.iter().skip(1));
        let mut needs: Needs<'_> =
            pairs.map(|(name, need)| (name.as_str(), BTreeSet::from([need.as_str()]))).collect();
        let (last, before) = (names[19_999].as_str(), names[19_998].as_str());
        needs.insert(last, BTreeSet::from(["elsewhere"]));
        assert_eq!(stuck(&needs), BTreeSet::new());
        needs.insert(last, BTreeSet::from([before]));
        assert_eq!(stuck(&needs).len(), 20_000);
        assert_eq!(circle(&needs), Some(vec![before, last]));
    }
}
