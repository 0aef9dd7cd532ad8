//! `${ssm:/name}`, `${secret:id#key}` and `${external:stack-name.Key}`: values that AWS keeps and no stack of the file
//! yields, and in which account and Region.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::refused_reference::RefusedReference;
use crate::document::quoted;
use crate::name::{AccountId, AccountName, OutputKey, Region, StackName};

/// Who keeps a value that a file refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupKind {
    /// `${ssm:…}`: Parameter Store of Systems Manager.
    Parameter,
    /// `${secret:…}`: Secrets Manager.
    Secret,
    /// `${external:…}`: a stack that is not in the file.
    StackOutput,
}

/// A value that is read when a stack instance starts that needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What is read.
    pub what: LookedUp,
    /// In which account; the target account if absent.
    pub account: Option<LookupAccount>,
    /// In which Region; the stack instance's if absent.
    pub region: Option<Region>,
}

/// What is read of an account and Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookedUp {
    /// A parameter of Parameter Store, by its name or ARN.
    Parameter(String),
    /// A secret of Secrets Manager.
    Secret {
        /// Its name or ARN.
        id: String,
        /// The member of its JSON object; the whole text if absent.
        key: Option<String>,
    },
    /// An output of a stack.
    StackOutput {
        /// The stack's name in CloudFormation.
        stack: StackName,
        /// The output's name.
        key: String,
    },
}

/// An account in which something is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupAccount {
    /// By its name in the file.
    Name(AccountName),
    /// By its 12 digits.
    Id(AccountId),
}

/// As it is written in a file.
impl fmt::Display for LookedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "${{ssm:{name}}}"),
            Self::Secret { id, key: None } => write!(f, "${{secret:{id}}}"),
            Self::Secret { id, key: Some(key) } => write!(f, "${{secret:{id}#{key}}}"),
            Self::StackOutput { stack, key } => write!(f, "${{external:{stack}.{key}}}"),
        }
    }
}

impl LookupKind {
    /// Returns the kind that `word` before the colon stands for.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word {
            "ssm" => Some(Self::Parameter),
            "secret" => Some(Self::Secret),
            "external" => Some(Self::StackOutput),
            _ => None,
        }
    }

    /// How such a reference is written.
    pub(super) fn form(self) -> &'static str {
        match self {
            Self::Parameter => {
                "it reads `${ssm:/name}`, with `@account` or `@account/region` after it"
            }
            Self::Secret => {
                "it reads `${secret:id}` or `${secret:id#key}`, with `@account` or `@account/region` after it; `@/region` \
                 ends a name that holds `@`"
            }
            Self::StackOutput => {
                "it reads `${external:stack-name.Key}`, with `@account` or `@account/region` after it"
            }
        }
    }

    /// Reads what follows the colon of a reference, in which no other is left.
    ///
    /// # Errors
    /// With what is wrong with it, and what to do.
    pub fn of_known(self, text: &str) -> Result<Lookup, (String, Option<String>)> {
        self.parse(text).map_err(|RefusedReference { message, help, .. }| (message, help))
    }

    pub(super) fn parse(self, text: &str) -> Result<Lookup, RefusedReference> {
        let refused =
            |message: String| RefusedReference::new(message, "in this reference", self.form());
        let (name, place) = match text.rsplit_once('@') {
            Some((name, place)) => (name, Some(place)),
            None => (text, None),
        };
        let (account, region) = match place {
            None => (None, None),
            Some(place) => place_of(place, refused)?,
        };
        if name.is_empty() {
            return Err(refused("the name of what is read is missing".to_owned()));
        }
        Ok(Lookup { what: self.named(name, refused)?, account, region })
    }

    fn named(
        self,
        name: &str,
        refused: impl Fn(String) -> RefusedReference,
    ) -> Result<LookedUp, RefusedReference> {
        match self {
            Self::Parameter if is_parameter(name) => Ok(LookedUp::Parameter(name.to_owned())),
            Self::Parameter => {
                let rule = "letters, digits and `_.-/` are allowed, a path begins with `/`";
                Err(refused(format!("{} is not the name of a parameter: {rule}", quoted(name))))
            }
            Self::Secret => {
                let (id, key) = match name.split_once('#') {
                    Some((id, key)) => (id, Some(key)),
                    None => (name, None),
                };
                if !is_secret(id) {
                    return Err(refused(format!("{} is not the name of a secret", quoted(id))));
                }
                if key.is_some_and(str::is_empty) {
                    return Err(refused("after `#` no key follows".to_owned()));
                }
                Ok(LookedUp::Secret { id: id.to_owned(), key: key.map(str::to_owned) })
            }
            Self::StackOutput => {
                let Some((stack, key)) = name.split_once('.') else {
                    let message = "an output needs its stack and its name".to_owned();
                    return Err(refused(message));
                };
                let stack =
                    stack.parse().map_err(|_| RefusedReference::name::<StackName>(stack))?;
                let key: OutputKey =
                    key.parse().map_err(|_| RefusedReference::name::<OutputKey>(key))?;
                Ok(LookedUp::StackOutput { stack, key: key.into() })
            }
        }
    }
}

/// Whether Parameter Store may have a parameter of this name, or behind this ARN; a version or label may follow.
///
/// Source: the Systems Manager API reference, `GetParameter`, parameter `Name`.
fn is_parameter(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/:".contains(c);
    let is_path = name.starts_with('/') || name.starts_with("arn:") || !name.contains('/');
    is_path && name.len() <= 2048 && name.chars().all(is_allowed)
}

/// Whether Secrets Manager may have a secret of this name, or behind this ARN. Names of what other services keep there hold
/// `!`, such as `rds!db-…`.
///
/// Source: the Secrets Manager API reference, `CreateSecret`, parameter `Name`, and the user guide, "Secrets managed by
/// other services".
fn is_secret(id: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-:!".contains(c);
    (1..=2048).contains(&id.len()) && id.chars().all(is_allowed)
}

fn place_of(
    place: &str,
    refused: impl Fn(String) -> RefusedReference,
) -> Result<(Option<LookupAccount>, Option<Region>), RefusedReference> {
    let (account, region) = match place.split_once('/') {
        Some((account, region)) => (account, Some(region)),
        None => (place, None),
    };
    let region = region
        .map(|region| region.parse().map_err(|_| RefusedReference::name::<Region>(region)))
        .transpose()?;
    if account.is_empty() {
        // `@/region` is the same account, as with outputs.
        return match region {
            Some(region) => Ok((None, Some(region))),
            None => Err(refused("after `@` nothing follows".to_owned())),
        };
    }
    if account.contains('*') {
        let message = "a value is read in one account, and `*` stands for several".to_owned();
        return Err(refused(message));
    }
    if let Ok(id) = account.parse() {
        return Ok((Some(LookupAccount::Id(id)), region));
    }
    match account.parse() {
        Ok(name) => Ok((Some(LookupAccount::Name(name)), region)),
        Err(_) => Err(refused(format!("{} is not an account name", quoted(account)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_says_what_it_is_and_where() {
        let parameter = |name: &str| LookedUp::Parameter(name.to_owned());
        let secret = |id: &str, key: Option<&str>| LookedUp::Secret {
            id: id.to_owned(),
            key: key.map(str::to_owned),
        };
        for (kind, text, what, account, region) in [
            (LookupKind::Parameter, "/a/b", parameter("/a/b"), None, None),
            (LookupKind::Parameter, "plain:3", parameter("plain:3"), None, None),
            (LookupKind::Secret, "db/x#user", secret("db/x", Some("user")), None, None),
            (
                LookupKind::Secret,
                "rds!db-0a1b#password",
                secret("rds!db-0a1b", Some("password")),
                None,
                None,
            ),
            (
                LookupKind::Secret,
                "me@db@/eu-west-1",
                secret("me@db", None),
                None,
                Some("eu-west-1"),
            ),
            (LookupKind::Secret, "me@db@hub", secret("me@db", None), Some("hub"), None),
            (LookupKind::Parameter, "/a@/eu-west-1", parameter("/a"), None, Some("eu-west-1")),
            (
                LookupKind::StackOutput,
                "net.Vpc@100000000001/eu-west-1",
                LookedUp::StackOutput {
                    stack: "net".parse().expect("a name"),
                    key: "Vpc".to_owned(),
                },
                Some("100000000001"),
                Some("eu-west-1"),
            ),
        ] {
            let lookup = kind.of_known(text).expect(text);
            assert_eq!(lookup.what, what, "{text}");
            let named = lookup.account.map(|account| match account {
                LookupAccount::Name(name) => name.to_string(),
                LookupAccount::Id(id) => id.to_string(),
            });
            assert_eq!(named.as_deref(), account, "{text}");
            assert_eq!(lookup.region.map(|region| region.to_string()).as_deref(), region, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_is_wrong() {
        for (kind, text, says) in [
            (LookupKind::Parameter, "", "is missing"),
            (LookupKind::Parameter, "a/b", "is not the name of a parameter"),
            (LookupKind::Parameter, "/a b", "is not the name of a parameter"),
            (LookupKind::Parameter, "/a@", "after `@` nothing follows"),
            (LookupKind::Parameter, "/a@*", "`*` stands for several"),
            (LookupKind::Parameter, "/a@dev/nowhere", "Region"),
            (LookupKind::Secret, "x#", "after `#` no key follows"),
            (LookupKind::Secret, "x y", "is not the name of a secret"),
            (LookupKind::StackOutput, "net", "an output needs its stack and its name"),
            (LookupKind::StackOutput, "net.a-b", "a-b"),
        ] {
            let (message, _) = kind.of_known(text).expect_err(text);
            assert!(message.contains(says), "{text}: {message}");
        }
    }
}
