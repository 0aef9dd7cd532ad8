//! Propagation (eventual consistency): a change that does not count everywhere yet.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A value that counts some time after it was set; until then, the one before it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written<T>")]
pub struct Propagating<T> {
    value: T,
    since: Timestamp,
    before: Option<T>,
}

/// How a value may stand in a file: older ones hold the value alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Whole { value: T, since: Timestamp, before: Option<T> },
    Alone(T),
}

impl<T> From<Written<T>> for Propagating<T> {
    fn from(written: Written<T>) -> Self {
        match written {
            Written::Whole { value, since, before } => Self { value, since, before },
            Written::Alone(value) => Self::new(value, Timestamp::MIN),
        }
    }
}

impl<T: PartialEq> Propagating<T> {
    /// Sets another value; the same one again changes nothing.
    pub fn change(&mut self, value: T, at: Timestamp) {
        if self.value != value {
            self.before = Some(std::mem::replace(&mut self.value, value));
            self.since = at;
        }
    }
}

impl<T> Propagating<T> {
    /// Returns a value that was not there before `since`.
    pub fn new(value: T, since: Timestamp) -> Self {
        Self { value, since, before: None }
    }

    /// Returns the value as it was set last.
    pub fn latest(&self) -> &T {
        &self.value
    }

    /// Returns when it was set last.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Returns the value that counts if all that was set until `until` does.
    pub fn counting(&self, until: Timestamp) -> Option<&T> {
        if self.since <= until { Some(&self.value) } else { self.before.as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_before_counts_until_the_new_one_does() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut value = Propagating::new(1, at(10));
        assert_eq!(value.counting(at(9)), None);
        value.change(2, at(20));
        value.change(2, at(30));
        assert_eq!(value.counting(at(19)), Some(&1));
        assert_eq!(value.counting(at(20)), Some(&2));
    }

    #[test]
    fn a_value_of_an_older_file_counts_at_once() {
        let read: Propagating<u32> = serde_json::from_str("7").unwrap();
        assert_eq!(read.counting(Timestamp::UNIX_EPOCH), Some(&7));
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Propagating<u32>>(&written).unwrap(), read);
    }
}
