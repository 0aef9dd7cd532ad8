//! Accounts that are left out: by a pattern for their name, or by their id.

use std::str::FromStr;

use globset::{Glob, GlobMatcher};

use super::known::KnownAccount;
use crate::name::AccountName;

/// The longest pattern, in bytes: a larger one could grow into a machine that globset refuses.
const MOST_BYTES: usize = 256;

/// A pattern for accounts that are left out.
#[derive(Clone, Debug)]
pub struct Exception {
    written: String,
    pattern: GlobMatcher,
}

/// A text that is no pattern, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnException(String);

impl FromStr for Exception {
    type Err = NotAnException;

    fn from_str(text: &str) -> Result<Self, NotAnException> {
        if text.is_empty() || text.len() > MOST_BYTES {
            return Err(NotAnException(format!("it has 1 to {MOST_BYTES} bytes")));
        }
        let glob = Glob::new(text).map_err(|error| NotAnException(error.kind().to_string()))?;
        Ok(Self { written: text.to_owned(), pattern: glob.compile_matcher() })
    }
}

impl PartialEq for Exception {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Exception {
    /// Returns it as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it means an account: by its name in Organizations, by the name made from that, or by its id.
    pub fn matches(&self, account: &KnownAccount, fitted: Option<&AccountName>) -> bool {
        self.pattern.is_match(&account.name)
            || fitted.is_some_and(|name| self.pattern.is_match(name.as_str()))
            || self.pattern.is_match(account.id.as_str())
    }
}
