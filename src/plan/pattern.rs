//! Names and patterns of accounts, each with a number: of its wave, or of nothing but a list.

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::fault_book::FaultBook;
use crate::document::Fault;
use crate::environment::Placed;

/// What only patterns hold: names are looked up, of which there may be thousands.
const PATTERN_LETTERS: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Names and patterns of accounts, ready to be asked.
#[derive(Default)]
pub(super) struct NumberedPatterns<'e> {
    names: BTreeMap<&'e str, usize>,
    globs: GlobSet,
    /// The number of each glob.
    number_of: Vec<usize>,
}

impl<'e> NumberedPatterns<'e> {
    /// Returns the patterns `written` with their numbers; what is no pattern is a fault.
    pub fn of(
        written: impl IntoIterator<Item = (usize, &'e Placed<String>)>,
        faults: &mut FaultBook,
    ) -> Self {
        let mut names = BTreeMap::new();
        let (mut globs, mut number_of) = (GlobSetBuilder::new(), Vec::new());
        for (number, Placed { value, place }) in written {
            if !value.contains(PATTERN_LETTERS) {
                names.entry(value.as_str()).or_insert(number);
                continue;
            }
            match Glob::new(value) {
                Ok(glob) => {
                    globs.add(glob);
                    number_of.push(number);
                }
                Err(error) => {
                    let message = format!("this is not a pattern: {}", error.kind());
                    faults.enter(Fault::at(place, message));
                }
            }
        }
        let globs = globs.build().unwrap_or_else(|_| GlobSet::empty());
        Self { names, globs, number_of }
    }

    /// Returns the lowest number whose name or pattern matches `account`.
    pub fn lowest(&self, account: &str) -> Option<usize> {
        let by_name = self.names.get(account).copied();
        let by_glob = self.globs.matches(account).into_iter().map(|at| self.number_of[at]);
        by_glob.chain(by_name).min()
    }
}
