//! The shared body of names that are checked text.

/// Defines a newtype over `String` that only `FromStr` builds, with the check, kind and rule given.
///
/// The type reads and writes itself as plain text with serde, and prints as the text alone.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $pattern:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::name::rule::NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let is_valid: fn(&str) -> bool = $check;
                if is_valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::name::rule::NameError { kind: $kind, found: text.to_owned(), rule: $rule })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::name::rule::NameError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl $crate::name::rule::Name for $name {
            const KIND: &'static str = $kind;
            const RULE: &'static str = $rule;
            const PATTERN: &'static str = $pattern;
        }
    };
}

pub(crate) use checked_text;

/// Whether `text` has between `least` and `most` characters, all accepted by `accepts`.
pub(super) fn is_made_of(text: &str, least: usize, most: usize, accepts: fn(char) -> bool) -> bool {
    let count = text.chars().count();
    (least..=most).contains(&count) && text.chars().all(accepts)
}
