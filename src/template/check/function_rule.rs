//! The rules for functions: which there are, where they may stand, and what they take.

use std::borrow::Cow;
use std::fmt;

use crate::document::quoted;

/// A rule for a function, with what breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionRule {
    /// A function is one that there is.
    Unknown { name: String },
    /// Functions of the language extensions need their macro.
    NeedsLanguageExtensions { function: String },
    /// What becomes of a resource is written in letters, without the language extensions.
    NotInPolicies { attribute: &'static str },
    /// What is made of resources cannot be asked for in a condition.
    NotInConditions { function: &'static str },
    /// A function gets the arguments it takes.
    Arguments { function: String, takes: Cow<'static, str> },
    /// A name in the text of `Fn::Sub` is made of letters, digits, `_`, `.` and `:`.
    SubstitutionName { name: String },
    /// What a name in the text of `Fn::Sub` stands for is text.
    SubstitutedList { name: String },
}

impl fmt::Display for FunctionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "{} is not a known function", quoted(name)),
            Self::NeedsLanguageExtensions { function } => {
                write!(f, "`{function}` needs the transform of the language extensions")
            }
            Self::NotInPolicies { attribute } => {
                write!(
                    f,
                    "a function in `{attribute}` needs the transform of the language extensions"
                )
            }
            Self::NotInConditions { function } => {
                write!(f, "`{function}` cannot stand in `Conditions`")
            }
            Self::Arguments { function, takes } => write!(f, "`{function}` takes {takes}"),
            Self::SubstitutionName { name } => {
                write!(f, "{} cannot be the name of a variable in `Fn::Sub`", quoted(name))
            }
            Self::SubstitutedList { name } => {
                write!(f, "{} is no text, and `Fn::Sub` puts texts together", quoted(name))
            }
        }
    }
}
