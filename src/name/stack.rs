//! Stacks: the key they stand under in the environment file and their name in CloudFormation.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// The name of a stack in CloudFormation: a letter, then letters, digits and `-`, at most 128.
    ///
    /// Source: the CloudFormation API reference, `CreateStack`, parameter `StackName`.
    StackName,
    "a stack name",
    "a letter, then letters, digits and `-` are allowed, at most 128",
    "^[A-Za-z][-A-Za-z0-9]{0,127}$",
    |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && is_made_of(text, 1, 128, |c| c.is_ascii_alphanumeric() || c == '-')
    }
);

checked_text!(
    /// The key of a stack in the environment file; it is the stack's name as well unless
    /// `stack-name` gives another.
    StackKey,
    "a stack key",
    "a letter, then letters, digits, `-` and `_` are allowed, at most 128",
    "^[A-Za-z][-_A-Za-z0-9]{0,127}$",
    |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && is_made_of(text, 1, 128, |c| c.is_ascii_alphanumeric() || "-_".contains(c))
    }
);
