//! What the conditions of a policy can ask about a request, by condition key.
//!
//! Source: the IAM user guide, "AWS global condition context keys" and "IAM and AWS STS condition
//! context keys". Keys are compared without regard to case.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::caller::{Caller, Identity, SecondFactor};

/// The organization every account of the sandbox belongs to.
pub const ORGANIZATION: &str = "o-sandbox0001";

/// Keys that a request may lack. What is neither here nor in the request is not known at all.
const KNOWN: [&str; 14] = [
    "aws:calledvia",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:tagkeys",
    "aws:username",
    "iam:passedtoservice",
    "sts:externalid",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:transitivetagkeys",
];

/// Beginnings of keys that a request may lack.
const KNOWN_FAMILIES: [&str; 2] = ["aws:principaltag/", "aws:requesttag/"];

/// The values of condition keys in one request.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<String, Vec<String>>);

/// What a request has under a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// These values.
    Values(&'a [String]),
    /// Nothing, which is as it should be.
    Absent,
    /// The sandbox does not know the key.
    Unknown,
}

impl Context {
    /// Returns what a request tells of its caller, who has these tags.
    pub fn of(caller: &Caller, tags: &BTreeMap<String, String>, now: Timestamp) -> Self {
        let mut context = Self::default();
        let principal_type = match &caller.identity {
            Identity::Root => "Account",
            Identity::User(_) => "User",
            Identity::Session(_) => "AssumedRole",
        };
        let mut put = |key: &str, value: String| context.put(key, value);
        put("aws:PrincipalArn", caller.principal_arn());
        put("aws:PrincipalAccount", caller.account.to_string());
        put("aws:PrincipalOrgID", ORGANIZATION.to_owned());
        put("aws:ResourceAccount", caller.account.to_string());
        put("aws:ResourceOrgID", ORGANIZATION.to_owned());
        put("aws:PrincipalType", principal_type.to_owned());
        put("aws:PrincipalIsAWSService", "false".to_owned());
        put("aws:ViaAWSService", "false".to_owned());
        put("aws:SecureTransport", "true".to_owned());
        put("aws:userid", caller.user_id());
        put("aws:RequestedRegion", caller.region.to_string());
        put("aws:CurrentTime", now.to_string());
        put("aws:EpochTime", now.as_second().to_string());
        if let Identity::User(user) = &caller.identity {
            put("aws:username", user.name.clone());
        }
        if let Identity::Session(session) = &caller.identity
            && let Some(source) = &session.source_identity
        {
            put("aws:SourceIdentity", source.clone());
        }
        for (key, value) in tags {
            put(&format!("aws:PrincipalTag/{key}"), value.clone());
        }
        context.second_factor(caller.second_factor, now);
        context
    }

    /// Says whether, and when, the caller proved a second factor.
    pub fn second_factor(&mut self, proven: SecondFactor, now: Timestamp) {
        let (is_present, age) = match proven {
            SecondFactor::NotAsked => return,
            SecondFactor::Missing => ("false", None),
            SecondFactor::Since(since) => ("true", Some(now.duration_since(since).as_secs())),
        };
        self.put("aws:MultiFactorAuthPresent", is_present);
        if let Some(age) = age {
            self.put("aws:MultiFactorAuthAge", age.to_string());
        }
    }

    /// Gives a key one value.
    pub fn put(&mut self, key: &str, value: impl Into<String>) {
        self.put_all(key, vec![value.into()]);
    }

    /// Gives a key its values.
    pub fn put_all(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// Says which tags come with the request.
    pub fn request_tags<'a>(&mut self, tags: impl IntoIterator<Item = (&'a String, &'a String)>) {
        let mut keys = Vec::new();
        for (key, value) in tags {
            self.put(&format!("aws:RequestTag/{key}"), value);
            keys.push(key.clone());
        }
        if !keys.is_empty() {
            self.put_all("aws:TagKeys", keys);
        }
    }

    /// Returns what the request has under a key, which is in lower case.
    pub fn find(&self, key: &str) -> Found<'_> {
        match self.0.get(key) {
            Some(values) => Found::Values(values),
            None if KNOWN.contains(&key) => Found::Absent,
            None if KNOWN_FAMILIES.iter().any(|family| key.starts_with(family)) => Found::Absent,
            None => Found::Unknown,
        }
    }

    /// Returns a pattern with its policy variables filled in, such as `${aws:username}`; nothing
    /// if the request has no value for one.
    pub fn fill<'a>(&self, pattern: &'a str) -> Option<Cow<'a, str>> {
        if !pattern.contains("${") {
            return Some(Cow::Borrowed(pattern));
        }
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            filled.push_str(before);
            filled.push_str(&self.variable(name)?);
            rest = after;
        }
        Some(Cow::Owned(filled + rest))
    }

    fn variable(&self, name: &str) -> Option<String> {
        // `${*}`, `${?}` and `${$}` are those characters themselves.
        if matches!(name, "*" | "?" | "$") {
            return Some(name.to_owned());
        }
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
            None => (name, None),
        };
        match self.find(&key.trim().to_ascii_lowercase()) {
            Found::Values([value]) => Some(value.clone()),
            _ => default.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_a_missing_one_fits_nothing() {
        let mut context = Context::default();
        context.put("aws:username", "ann");
        let fill = |pattern| context.fill(pattern).map(Cow::into_owned);
        assert_eq!(fill("home/${aws:username}/*").as_deref(), Some("home/ann/*"));
        assert_eq!(fill("${aws:PrincipalTag/team, 'none'}").as_deref(), Some("none"));
        assert_eq!(fill("${aws:PrincipalTag/team}"), None);
        assert_eq!(fill("${*}").as_deref(), Some("*"));
    }

    #[test]
    fn a_key_is_known_by_its_name_or_its_family() {
        let context = Context::default();
        assert_eq!(context.find("aws:principaltag/x"), Found::Absent);
        assert_eq!(context.find("aws:sourceip"), Found::Unknown);
    }
}
