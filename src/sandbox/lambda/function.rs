//! Which function is meant: by its name, a part of its ARN or the whole, with a qualifier or without.

use crate::name::{AccountId, Region};
use crate::sandbox::wire::Refusal;

/// A function. It need not stand anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The account it is in.
    pub account: String,
    /// The Region it is in.
    region: Region,
    pub name: String,
    /// Its version or alias, if one is meant.
    qualifier: Option<String>,
}

impl Function {
    /// Returns the function that an account means in a Region.
    ///
    /// # Errors
    /// If this names none, or one in another Region.
    pub fn named(text: &str, account: &AccountId, region: &Region) -> Result<Self, Refusal> {
        let parts: Vec<&str> = text.split(':').collect();
        let (place, own, rest) = match &parts[..] {
            ["arn", _, "lambda", place, own, "function", rest @ ..] => (*place, *own, rest),
            [own, "function", rest @ ..] => (region.as_str(), *own, rest),
            ["function", rest @ ..] | rest => (region.as_str(), account.as_str(), rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return Err(no_name(text)),
        };
        let is_word = |word: &str| {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            !word.is_empty() && word.chars().all(is_letter)
        };
        let is_qualifier = |word: &str| word == "$LATEST" || is_word(word);
        let is_account = own.len() == 12 && own.bytes().all(|byte| byte.is_ascii_digit());
        if !is_word(name) || !is_account || !qualifier.is_none_or(is_qualifier) {
            return Err(no_name(text));
        }
        if place != region.as_str() {
            let message =
                format!("Functions from '{place}' are not reachable in this region ('{region}')");
            return Err(Refusal { status: 404, code: "ResourceNotFoundException", message });
        }
        Ok(Self {
            account: own.to_owned(),
            region: region.clone(),
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        })
    }

    /// Returns the same function with a qualifier, if one is meant besides.
    pub fn qualified(self, qualifier: Option<&str>) -> Self {
        let qualifier = qualifier.map(str::to_owned).or(self.qualifier);
        Self { qualifier, ..self }
    }

    /// Returns its ARN, with the qualifier if one is meant.
    pub fn arn(&self) -> String {
        let Self { account, region, name, qualifier } = self;
        let arn = format!("arn:{}:lambda:{region}:{account}:function:{name}", region.partition());
        match qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }
}

fn no_name(text: &str) -> Refusal {
    Refusal::bad_request(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: \
             (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\\d{{1}}:)?(\\d{{12}}:)?\
             (function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<String, &'static str> {
        let (account, region) = ("100000000001".parse().unwrap(), "eu-central-1".parse().unwrap());
        Function::named(text, &account, &region)
            .map(|function| function.arn())
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_function_is_named_by_its_name_or_its_arn() {
        let arn = "arn:aws:lambda:eu-central-1:100000000001:function:deploy";
        for text in ["deploy", "function:deploy", "100000000001:function:deploy", arn] {
            assert_eq!(named(text).as_deref(), Ok(arn), "{text}");
            let (text, arn) = (format!("{text}:live"), format!("{arn}:live"));
            assert_eq!(named(&text), Ok(arn), "{text}");
        }
        let elsewhere = "arn:aws:lambda:us-east-1:100000000001:function:deploy";
        assert_eq!(named(elsewhere), Err("ResourceNotFoundException"));
        for wrong in ["", "a b", "a:b:c", "1:function:deploy", "arn:aws:lambda:eu-central-1:1:f"] {
            assert_eq!(named(wrong), Err("ValidationException"), "{wrong}");
        }
    }
}
