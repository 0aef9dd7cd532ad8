//! The rule that a name keeps, and what is wrong with a text that breaks it.

use crate::foreign::visible;

/// A name that is checked where it is read, with its rule in words and as a regular expression.
pub trait Name: std::str::FromStr<Err = NameError> {
    /// What it is, with its article: "an account id".
    const KIND: &'static str;
    /// The rule it keeps, as a fragment: "an account id has exactly 12 digits".
    const RULE: &'static str;
    /// The rule as a regular expression that JSON Schema understands as well.
    const PATTERN: &'static str;
}

/// Says what is wrong with a name: what it is meant to be, what was read, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {kind}: {rule}", visible(found))]
pub struct NameError {
    /// What the text should have been, with its article: "an account id".
    pub kind: &'static str,
    /// The text as it was read.
    pub found: String,
    /// The rule it breaks, as a fragment: "12 digits are needed".
    pub rule: &'static str,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::name::{
        AccountId, AccountName, EnvironmentName, GroupName, JobId, OutputKey, ParameterName,
        Region, SessionName, StackKey, StackName, VariableName,
    };

    /// Checks that a name's pattern accepts what the name accepts.
    fn check<N: Name>(text: &str) {
        let pattern = Regex::new(N::PATTERN).expect("a pattern");
        assert_eq!(text.parse::<N>().is_ok(), pattern.is_match(text), "{text:?} as {}", N::KIND);
    }

    proptest! {
        #[test]
        fn a_names_pattern_says_what_its_check_does(
            text in prop_oneof!["[a-z0-9A-Z_.-]{0,14}", "[0-9]{11,13}", "[a-z]{2,5}-[a-z]{0,3}-[0-9]{0,3}", "\\PC{0,6}"]
        ) {
            check::<AccountId>(&text);
            check::<AccountName>(&text);
            check::<EnvironmentName>(&text);
            check::<GroupName>(&text);
            check::<JobId>(&text);
            check::<OutputKey>(&text);
            check::<ParameterName>(&text);
            check::<Region>(&text);
            check::<SessionName>(&text);
            check::<StackKey>(&text);
            check::<StackName>(&text);
            check::<VariableName>(&text);
        }
    }
}
