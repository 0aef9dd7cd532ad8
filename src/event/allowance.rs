//! What a person allows although the files keep it from happening: `--allow replace:AWS::RDS::DBInstance`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::foreign::visible;
use crate::name::{Name, TypePattern};

/// How a resource is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Another one takes its place, for sure or perhaps.
    Replace,
    /// It is removed.
    Remove,
}

impl Loss {
    /// Both, each with its word.
    const WORDS: [(&'static str, Self); 2] = [("replace", Self::Replace), ("remove", Self::Remove)];

    /// Returns the word that stands for it on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// What a person allows to be lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowance {
    /// How it is lost.
    pub loss: Loss,
    /// The types of the resources.
    pub of: TypePattern,
}

/// A text that allows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceError {
    /// It does not say how.
    #[error("`{}` is neither replace:TYPE nor remove:TYPE", visible(.0))]
    Unknown(String),
    /// What follows is no type.
    #[error("`{}` names no resource type: {}", visible(.0), TypePattern::RULE)]
    NoType(String),
}

impl Allowance {
    /// Adds allowances to others, each once.
    pub fn add(to: &mut Vec<Self>, more: &[Self]) {
        for allowance in more {
            if !to.contains(allowance) {
                to.push(allowance.clone());
            }
        }
    }

    /// Whether it allows that a resource of a type is lost so.
    pub fn allows(&self, loss: Loss, resource_type: &str) -> bool {
        self.loss == loss && self.of.matches(resource_type)
    }
}

impl FromStr for Allowance {
    type Err = AllowanceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || AllowanceError::Unknown(text.to_owned());
        let (word, of) = text.split_once(':').ok_or_else(unknown)?;
        let known = Loss::WORDS.iter().find(|(known, _)| *known == word);
        let (_, loss) = known.ok_or_else(unknown)?;
        let of = of.parse().map_err(|_| AllowanceError::NoType(text.to_owned()))?;
        Ok(Self { loss: *loss, of })
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.loss.as_str(), self.of)
    }
}

impl Serialize for Allowance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_names_a_loss_and_a_type() {
        let allowance: Allowance = "replace:AWS::RDS::*".parse().expect("an allowance");
        assert_eq!(allowance.to_string(), "replace:AWS::RDS::*");
        assert!(allowance.allows(Loss::Replace, "AWS::RDS::DBInstance"));
        assert!(!allowance.allows(Loss::Remove, "AWS::RDS::DBInstance"));
        for text in ["", "replace", "delete:AWS::RDS::*", "replace:", "remove:Table", "Replace:*"] {
            text.parse::<Allowance>().expect_err(text);
        }
    }
}
