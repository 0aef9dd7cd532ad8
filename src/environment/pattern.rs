//! Patterns for account names.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;

use super::fault_list::FaultList;
use crate::document::{Fault, Place, quoted};

/// The most different patterns of a file that are tried: each is compiled and tried on every
/// account, and no file that a person reads has as many.
const MOST: usize = 1000;

/// The longest pattern that is tried: globset panics where a pattern's machine grows too large.
pub(super) const MOST_BYTES: usize = 256;

/// Whether `text` holds a character that only patterns have.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '{', '}', '\\', '!'])
}

/// Tries patterns on the accounts of a file, each once.
pub(super) struct Patterns<'n> {
    accounts: &'n BTreeSet<&'n str>,
    tried: BTreeMap<String, Tried>,
}

/// What came of trying a pattern.
#[derive(Clone)]
enum Tried {
    Matches,
    MatchesNothing,
    /// It is no pattern, and why.
    Refused(String),
}

impl<'n> Patterns<'n> {
    /// Returns patterns to be tried on `accounts`.
    pub fn over(accounts: &'n BTreeSet<&'n str>) -> Self {
        Self { accounts, tried: BTreeMap::new() }
    }

    /// Refuses the pattern `text` at `place` if it is none, or if it must match an account and none does.
    pub fn check(&mut self, text: &str, must_match: bool, place: &Place, faults: &mut FaultList) {
        let tried = match self.tried.get(text) {
            Some(tried) => tried.clone(),
            None if self.tried.len() == MOST => {
                faults.push(|| Fault::at(place, format!("more than {MOST} different patterns")));
                return;
            }
            None => {
                let tried = self.attempt(text);
                self.tried.insert(text.to_owned(), tried.clone());
                tried
            }
        };
        match tried {
            Tried::Matches => {}
            Tried::MatchesNothing if !must_match => {}
            Tried::MatchesNothing => faults.push(|| {
                Fault::at(place, format!("no account matches {}", quoted(text)))
                    .with_label("matches nothing")
                    .with_help("the source account is called `source` and matches no pattern")
            }),
            Tried::Refused(why) => faults.push(|| {
                Fault::at(place, format!("{} is not a pattern: {why}", quoted(text)))
                    .with_label("a pattern for account names is needed here")
            }),
        }
    }

    fn attempt(&self, text: &str) -> Tried {
        if text.len() > MOST_BYTES {
            return Tried::Refused(format!("it is longer than {MOST_BYTES} bytes"));
        }
        match Glob::new(text) {
            Err(error) => Tried::Refused(error.kind().to_string()),
            Ok(glob) => {
                let matcher = glob.compile_matcher();
                let matches = self.accounts.iter().any(|account| matcher.is_match(account));
                if matches { Tried::Matches } else { Tried::MatchesNothing }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    #[test]
    fn beyond_a_thousand_different_patterns_none_is_tried() {
        let known: Vec<String> = (0..MOST).map(|number| format!("d*{{v,{number}}}")).collect();
        let mut all: Vec<&str> = known.iter().map(String::as_str).collect();
        assert_eq!(messages(&all), [""; 0]);
        all.extend(["d*", &known[0]]);
        assert_eq!(messages(&all), ["more than 1000 different patterns"]);
    }

    #[test]
    fn a_pattern_that_would_need_a_large_machine_is_refused() {
        for text in ["x*".repeat(1_000_000), "{a,b}".repeat(100_000), "{a,".repeat(100_000)] {
            let message = &messages(&[&text])[0];
            assert!(
                message.ends_with("is not a pattern: it is longer than 256 bytes"),
                "{message}"
            );
        }
        for text in ["{".repeat(256), "[!a-".repeat(64), "{a*,b*}".repeat(36), "**/".repeat(85)] {
            messages(&[&text]);
        }
    }

    /// Returns the faults of patterns for the account `dev`.
    fn messages(texts: &[&str]) -> Vec<String> {
        let file = Arc::new(SourceFile { path: "x.yaml".into(), text: String::new() });
        let place = Place { file, span: 0..0 };
        let accounts = BTreeSet::from(["dev"]);
        let mut patterns = Patterns::over(&accounts);
        let mut faults = FaultList::default();
        for text in texts {
            patterns.check(text, true, &place, &mut faults);
        }
        let faults = faults.into_faults().map(|faults| faults.0).unwrap_or_default();
        faults.into_iter().map(|fault| fault.message).collect()
    }
}
