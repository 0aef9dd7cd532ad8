//! What waits for itself.

use std::collections::{BTreeMap, BTreeSet};

/// What each name needs.
pub type Needs<'n> = BTreeMap<&'n str, BTreeSet<&'n str>>;

/// Returns the names that can never begin: those in circles, and those that need them.
pub fn stuck<'n>(needs: &Needs<'n>) -> BTreeSet<&'n str> {
    let mut left: BTreeSet<&str> = needs.keys().copied().collect();
    loop {
        let waits = |name: &&str| needs[name].iter().any(|need| left.contains(need));
        let waiting: BTreeSet<&str> = left.iter().copied().filter(waits).collect();
        if waiting.len() == left.len() {
            return left;
        }
        left = waiting;
    }
}

/// Returns the names on one circle, each needed by the one before it, if there is a circle.
pub fn circle<'n>(needs: &Needs<'n>) -> Option<Vec<&'n str>> {
    let stuck = stuck(needs);
    let mut path = vec![*stuck.first()?];
    loop {
        let last = path[path.len() - 1];
        let next = needs[last].iter().copied().find(|need| stuck.contains(need))?;
        if let Some(start) = path.iter().position(|name| *name == next) {
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
}
