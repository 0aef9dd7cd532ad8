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

/// Returns the knots: the largest groups of names of which each waits for all, by themselves or through
/// others, in the order of their first names.
pub fn knots<'n>(needs: &Needs<'n>) -> Vec<BTreeSet<&'n str>> {
    // Kosaraju's algorithm: with the last to be left first, what leads back to a name is its knot.
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (&name, needed) in needs {
        needed.iter().for_each(|&need| dependents.entry(need).or_default().push(name));
    }
    let mut knotted = BTreeSet::new();
    let mut knots = Vec::new();
    for name in by_their_end(needs).into_iter().rev() {
        let mut knot = BTreeSet::new();
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if needs.contains_key(name) && knotted.insert(name) {
                knot.insert(name);
                open.extend(dependents.get(name).into_iter().flatten());
            }
        }
        let waits_for_itself = |name: &&str| needs[name].contains(name);
        if knot.len() > 1 || knot.first().is_some_and(waits_for_itself) {
            knots.push(knot);
        }
    }
    knots.sort();
    knots
}

/// Returns the names in the order in which a walk along the needs, depth first, has seen all beyond them.
fn by_their_end<'n>(needs: &Needs<'n>) -> Vec<&'n str> {
    let mut seen = BTreeSet::new();
    let mut ended = Vec::new();
    for &start in needs.keys() {
        // No recursion: a chain may be as long as a template holds.
        let mut path = Vec::from_iter(seen.insert(start).then(|| (start, needs[start].iter())));
        while let Some((name, rest)) = path.last_mut() {
            match rest.next() {
                Some(&next) if needs.contains_key(next) && seen.insert(next) => {
                    path.push((next, needs[next].iter()));
                }
                Some(_) => {}
                None => {
                    ended.push(*name);
                    path.pop();
                }
            }
        }
    }
    ended
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
    fn names_that_wait_for_each_other_are_one_knot() {
        let pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")];
        let mut needs = Needs::new();
        for (name, need) in
            pairs.into_iter().chain([("d", "c"), ("f", "f"), ("g", "f"), ("h", "i")])
        {
            needs.entry(name).or_default().insert(need);
        }
        let knot = |names: &[&'static str]| BTreeSet::from_iter(names.iter().copied());
        assert_eq!(knots(&needs), [knot(&["a", "b"]), knot(&["c", "d", "e"]), knot(&["f"])]);
        assert!(knots(&Needs::from([("a", BTreeSet::from(["b"]))])).is_empty());
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
        assert_eq!(knots(&needs), [BTreeSet::from([before, last])]);
    }
}
