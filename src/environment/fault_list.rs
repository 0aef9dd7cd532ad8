//! The faults of a file while they are being found.

use crate::document::{Fault, Faults, Place};

/// The most faults of a file that are described, with one more to count the rest: a file of
/// nonsense has thousands.
const MOST: usize = 49;

/// The first faults that were found, and how many there were in all.
#[derive(Default)]
pub(super) struct FaultList {
    kept: Vec<Fault>,
    count: usize,
}

impl FaultList {
    /// Adds the fault that `describe` returns, which is asked only while there is room.
    pub fn push(&mut self, describe: impl FnOnce() -> Fault) {
        self.count += 1;
        if self.kept.len() < MOST {
            self.kept.push(describe());
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Forgets those that were added after there were `count`.
    pub fn truncate(&mut self, count: usize) {
        self.kept.truncate(count);
        self.count = self.count.min(count);
    }

    /// Returns the faults in their files' order, or nothing if there are none.
    pub fn into_faults(self) -> Option<Faults> {
        let mut faults = self.kept;
        let more = self.count - faults.len();
        faults.sort_by(|a, b| {
            let [a, b] = [a, b].map(|fault| fault.place.as_ref());
            let position = |place: &Place| (place.file.path.clone(), place.span.start);
            a.map(position).cmp(&b.map(position))
        });
        // A value that aliases repeat is faulty in each of its places, and stands in one.
        faults.dedup();
        if more > 0 {
            faults.push(Fault::placeless(format!("and {more} more")));
        }
        (!faults.is_empty()).then_some(Faults(faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_is_found_twice_is_told_once() {
        let mut list = FaultList::default();
        list.push(|| Fault::placeless("a"));
        list.push(|| Fault::placeless("a"));
        assert_eq!(list.into_faults(), Some(Faults(vec![Fault::placeless("a")])));
    }

    #[test]
    fn what_is_over_the_limit_is_counted_and_not_described() {
        let mut list = FaultList::default();
        for number in 0..MOST {
            list.push(|| Fault::placeless(number.to_string()));
        }
        list.push(|| panic!("described"));
        let faults = list.into_faults().expect("faults").0;
        assert_eq!(faults.len(), MOST + 1);
        assert_eq!(faults[MOST].message, "and 1 more");
    }
}
