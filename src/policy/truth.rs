//! Three-valued logic: true, false, or unknown (Kleene).

use std::ops::Not;

/// Whether something holds, as far as that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds, whatever the unknown values are.
    True,
    /// It does not hold.
    False,
    /// That depends on what is not known.
    Unknown,
}

impl Truth {
    /// Returns whether one of several holds: unknown only if none surely does.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::False;
        for truth in truths {
            match truth {
                Self::True => return Self::True,
                Self::Unknown => found = Self::Unknown,
                Self::False => {}
            }
        }
        found
    }

    /// Returns whether all of several hold: unknown only if none surely does not.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        !Self::any(truths.into_iter().map(Self::not))
    }

    /// Returns what it comes to if what is unknown counts as `unknown`.
    pub fn or(self, unknown: bool) -> bool {
        match self {
            Self::True => true,
            Self::False => false,
            Self::Unknown => unknown,
        }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(is_so: bool) -> Self {
        if is_so { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_counts_only_where_nothing_else_decides() {
        use Truth::{False, True, Unknown};
        assert_eq!(Truth::any([False, Unknown, True]), True);
        assert_eq!(Truth::any([False, Unknown]), Unknown);
        assert_eq!(Truth::any([]), False);
        assert_eq!(Truth::all([True, Unknown, False]), False);
        assert_eq!(Truth::all([True, Unknown]), Unknown);
        assert_eq!(Truth::all([]), True);
    }
}
