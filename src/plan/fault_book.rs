//! Faults of a plan: one that many accounts share is told once.

use std::collections::HashMap;

use crate::document::{Fault, Faults, Place, Severity};

/// How many different faults are told; nobody mends more at once.
const MOST_FAULTS: usize = 50;

/// The faults found so far.
#[derive(Default)]
pub(super) struct FaultBook {
    entries: Vec<FaultEntry>,
    /// Where each fault is entered; nowhere if there were too many before it.
    known: HashMap<Key, Option<usize>>,
    /// How many of the entries are errors.
    errors: usize,
    left_out: usize,
}

/// A file, a spot in it, and what distinguishes the faults there.
type Key = (String, usize, String);

struct FaultEntry {
    fault: Fault,
    /// The accounts that share it: the first's name, the last's position, and how many.
    accounts: Option<(String, usize, usize)>,
}

impl FaultBook {
    /// Whether nothing is wrong so far, but for what is only a warning.
    pub fn has_no_errors(&self) -> bool {
        self.errors == 0
    }

    /// Enters a fault of a file as such; said once, however often it is met.
    pub fn enter(&mut self, fault: Fault) {
        let key = Self::key(&fault, false);
        self.add(key, fault, None);
    }

    /// Enters a fault that was met for the account `name` at position `target`.
    ///
    /// The accounts that meet the same fault at the same place are counted.
    pub fn enter_for(&mut self, name: &str, target: usize, fault: Fault) {
        let key = Self::key(&fault, true);
        self.add(key, fault, Some((name, target)));
    }

    /// Enters a fault of the account `name` itself: accounts with the same one are counted,
    /// although each has a place of its own.
    pub fn enter_once_for(&mut self, name: &str, target: usize, fault: Fault) {
        let key = (String::new(), 0, fault.message.clone());
        self.add(key, fault, Some((name, target)));
    }

    fn add(&mut self, key: Key, fault: Fault, account: Option<(&str, usize)>) {
        if let Some(&at) = self.known.get(&key) {
            if let Some(at) = at
                && let (Some((_, last, count)), Some((_, target))) =
                    (&mut self.entries[at].accounts, account)
                && *last != target
            {
                *last = target;
                *count += 1;
            }
            return;
        }
        // No number of warnings keeps an error from being told.
        let is_full = match fault.severity {
            Severity::Error => self.errors == MOST_FAULTS,
            Severity::Warning => self.entries.len() - self.errors == MOST_FAULTS,
        };
        if is_full {
            self.known.insert(key, None);
            self.left_out += 1;
            return;
        }
        self.errors += usize::from(!fault.is_warning());
        self.known.insert(key, Some(self.entries.len()));
        let accounts = account.map(|(name, target)| (name.to_owned(), target, 1));
        self.entries.push(FaultEntry { fault, accounts });
    }

    /// Faults at one place are the same if they say the same; those of accounts also if they only
    /// name another value, which stands in quotes.
    fn key(fault: &Fault, is_of_account: bool) -> Key {
        let mut words = fault.message.clone();
        if is_of_account {
            words = words.split('`').step_by(2).collect();
        }
        match &fault.place {
            Some(Place { file, span }) => (file.path.display().to_string(), span.start, words),
            None => (String::new(), 0, words),
        }
    }

    /// Returns all faults, those of one file together and in its order.
    pub fn into_faults(self) -> Faults {
        let mut faults: Vec<Fault> = self.entries.into_iter().map(FaultEntry::told).collect();
        faults.sort_by(|a, b| Self::position(a).cmp(&Self::position(b)));
        if self.left_out > 0 {
            let more = Fault::placeless(format!("and {} more", self.left_out));
            faults.push(if self.errors == 0 { more.into_warning() } else { more });
        }
        Faults(faults)
    }

    fn position(fault: &Fault) -> Option<(&std::path::Path, usize)> {
        fault.place.as_ref().map(|place| (place.file.path.as_path(), place.span.start))
    }
}

impl FaultEntry {
    fn told(self) -> Fault {
        let Self { mut fault, accounts } = self;
        match accounts {
            None => {}
            Some((name, _, 1)) => fault.message.push_str(&format!(" (in `{name}`)")),
            Some((name, _, 2)) => {
                fault.message.push_str(&format!(" (in `{name}` and 1 more account)"));
            }
            Some((name, _, count)) => {
                let more = count - 1;
                fault.message.push_str(&format!(" (in `{name}` and {more} more accounts)"));
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    #[test]
    fn a_fault_of_many_accounts_is_told_once() {
        let file = Arc::new(SourceFile { path: "x.yaml".into(), text: "abc".to_owned() });
        let place = Place { file, span: 1..2 };
        let mut book = FaultBook::default();
        for target in 0..1000 {
            for _region in 0..2 {
                let fault = Fault::at(&place, format!("`app_{target}` is not a stack name"));
                book.enter_for(&format!("a{target}"), target, fault);
            }
        }
        book.enter(Fault::at(&place, "another"));
        book.enter(Fault::at(&place, "another"));
        let says: Vec<String> =
            book.into_faults().0.into_iter().map(|fault| fault.message).collect();
        assert_eq!(
            says,
            ["`app_0` is not a stack name (in `a0` and 999 more accounts)", "another"]
        );
    }

    #[test]
    fn different_faults_over_the_limit_are_counted() {
        let mut book = FaultBook::default();
        for number in 0..60 {
            for target in 0..3 {
                book.enter_for("a", target, Fault::placeless(format!("fault {number}")));
            }
        }
        let faults = book.into_faults().0;
        assert_eq!(faults.len(), 51);
        assert!(faults.iter().any(|fault| fault.message == "and 10 more"));
    }
}
