//! What a request to assume a role asks for, read off it and checked.
//!
//! Source: the STS API reference, `AssumeRole`.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::{check_duration, check_length};
use crate::name::{RoleArn, SessionName};
use crate::policy::Policy;
use crate::policy::grammar::PolicyUse;
use crate::sandbox::caller::AssumedRole;
use crate::sandbox::iam::policy_fault;
use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::form::Form;

/// The longest session of any role, 12 hours.
const LONGEST_SECONDS: u32 = 43_200;
/// The longest session policy, in characters.
const LONGEST_POLICY: usize = 2048;
/// The most managed policies that narrow a session.
const MOST_POLICY_ARNS: usize = 10;
/// The most tags of a session.
const MOST_TAGS: usize = 50;
/// How much policies and tags may come to. AWS packs them and does not say how.
const PACKED_BYTES: usize = 4096;

/// What a request to assume a role asks for.
#[derive(Clone, Debug)]
pub struct AssumeRoleRequest {
    pub role: RoleArn,
    /// What the session is to be called.
    pub name: String,
    /// How long it is to last.
    pub seconds: u32,
    /// What it is to be narrowed to.
    pub policy: Option<Policy>,
    /// The managed policies it is to be narrowed to.
    pub policy_arns: Vec<String>,
    pub tags: BTreeMap<String, String>,
    /// The keys of those tags that are to go on to further sessions.
    pub transitive: BTreeSet<String>,
    /// Who is to stand at its beginning.
    pub source_identity: Option<String>,
    /// How full policies and tags make it, in percent, if there are any.
    pub packed_percent: Option<usize>,
}

impl AssumeRoleRequest {
    /// Reads what a request asks for.
    ///
    /// # Errors
    /// If anything in it is not as STS wants it.
    pub fn read(form: &Form) -> Result<Self, Refusal> {
        let arn = form.required("RoleArn")?;
        check_length(arn, "roleArn", 20, 2048)?;
        if let Some(external_id) = form.optional("ExternalId") {
            check_length(external_id, "externalId", 2, 1224)?;
        }
        let name = form.required("RoleSessionName")?;
        check_name(name, "roleSessionName")?;
        let seconds = form.number("DurationSeconds")?.unwrap_or(3600);
        check_duration(seconds, LONGEST_SECONDS)?;
        let role = arn.parse().map_err(|_| Refusal::validation(format!("{arn} is invalid")))?;
        let source_identity = form.optional("SourceIdentity").map(str::to_owned);
        if let Some(source_identity) = &source_identity {
            check_name(source_identity, "sourceIdentity")?;
        }
        let arns: Vec<String> = form
            .list("PolicyArns")
            .iter()
            .filter_map(|member| member.optional("arn").map(str::to_owned))
            .collect();
        if arns.len() > MOST_POLICY_ARNS {
            let rule = format!("have length less than or equal to {MOST_POLICY_ARNS}");
            return Err(Refusal::constraint(&arns.join(", "), "policyArns", &rule));
        }
        let tags = tags(form)?;
        Ok(Self {
            role,
            name: name.to_owned(),
            seconds,
            policy: session_policy(form)?,
            transitive: transitive(form, &tags)?,
            source_identity,
            packed_percent: packed_percent(form, &arns, &tags)?,
            policy_arns: arns,
            tags,
        })
    }

    /// Takes over what the caller's own session hands on: transitive tags and the source identity.
    ///
    /// # Errors
    /// If the request wants it otherwise.
    pub fn inherit(&mut self, session: &AssumedRole) -> Result<(), Refusal> {
        for (key, value) in &session.tags {
            if !session.transitive.contains(key) {
                continue;
            }
            if self.tags.keys().any(|other| other.eq_ignore_ascii_case(key)) {
                return Err(Refusal::bad_request(
                    "InvalidParameterValue",
                    "One of the specified transitive tag keys can't be set because it conflicts \
                     with a transitive tag key from the calling session.",
                ));
            }
            self.tags.insert(key.clone(), value.clone());
            self.transitive.insert(key.clone());
        }
        if let Some(source) = &session.source_identity {
            self.source_identity.get_or_insert_with(|| source.clone());
        }
        Ok(())
    }

    /// Returns the permissions it takes.
    pub fn actions(&self) -> Vec<&'static str> {
        let tags = (!self.tags.is_empty()).then_some("sts:TagSession");
        let source = self.source_identity.as_ref().map(|_| "sts:SetSourceIdentity");
        std::iter::once("sts:AssumeRole").chain(tags).chain(source).collect()
    }
}

/// A source identity follows the rule for session names.
fn check_name(name: &str, member: &str) -> Result<(), Refusal> {
    if name.parse::<SessionName>().is_ok() {
        return Ok(());
    }
    check_length(name, member, 2, 64)?;
    let rule = "satisfy regular expression pattern: [\\w+=,.@-]*";
    Err(Refusal::constraint(name, member, rule))
}

fn session_policy(form: &Form) -> Result<Option<Policy>, Refusal> {
    let Some(text) = form.optional("Policy") else { return Ok(None) };
    check_length(text, "policy", 1, LONGEST_POLICY)?;
    let malformed = |message: &str| Refusal::bad_request("MalformedPolicyDocument", message);
    let document: serde_json::Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    match policy_fault(&document, PolicyUse::Inline) {
        Some(fault) => Err(malformed(&fault)),
        None => Ok(Some(document.into())),
    }
}

fn tags(form: &Form) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (at, tag) in form.list("Tags").iter().enumerate() {
        let key = tag.required("Key")?;
        let value = tag.as_sent("Value").unwrap_or_default();
        check_length(key, &format!("tags.{}.member.key", at + 1), 1, 128)?;
        check_length(value, &format!("tags.{}.member.value", at + 1), 0, 256)?;
        if tags.keys().any(|other| other.eq_ignore_ascii_case(key)) {
            return Err(Refusal::bad_request(
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MOST_TAGS {
        let rule = format!("have length less than or equal to {MOST_TAGS}");
        return Err(Refusal::constraint("tags", "tags", &rule));
    }
    Ok(tags)
}

fn transitive(form: &Form, tags: &BTreeMap<String, String>) -> Result<BTreeSet<String>, Refusal> {
    let keys = form.texts("TransitiveTagKeys");
    let named = |wanted: &String| tags.keys().find(|key| key.eq_ignore_ascii_case(wanted)).cloned();
    let known: Option<BTreeSet<String>> = keys.iter().map(named).collect();
    known.ok_or_else(|| {
        Refusal::bad_request(
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        )
    })
}

fn packed_percent(
    form: &Form,
    arns: &[String],
    tags: &BTreeMap<String, String>,
) -> Result<Option<usize>, Refusal> {
    let policy = form.optional("Policy").map_or(0, str::len);
    let arns: usize = arns.iter().map(String::len).sum();
    let tags: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    let bytes = policy + arns + tags;
    let percent = (bytes * 100).div_ceil(PACKED_BYTES);
    if percent > 100 {
        return Err(Refusal::bad_request(
            "PackedPolicyTooLarge",
            format!("Packed size of session tags/policies consumes {percent}% of allotted space."),
        ));
    }
    Ok((bytes > 0).then_some(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "RoleArn=arn:aws:iam::100000000001:role/r&RoleSessionName=run";

    fn read(rest: &str) -> Result<AssumeRoleRequest, String> {
        let asked = AssumeRoleRequest::read(&Form::parse(&format!("{ROLE}{rest}")));
        asked.map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn tags_and_policies_are_limited_as_sts_limits_them() {
        let duplicate = "&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=A";
        assert!(read(duplicate).unwrap_err().contains("Duplicate tag keys found"));
        let transitive = "&TransitiveTagKeys.member.1=a";
        assert!(read(transitive).unwrap_err().contains("must be included in the requested tags"));
        let long = format!("&Policy={}", "x".repeat(2049));
        assert!(read(&long).unwrap_err().contains("less than or equal to 2048"));
        assert!(read("&Policy=%7B").unwrap_err().starts_with("MalformedPolicyDocument: "));
        let tag = |n: usize| {
            format!("&Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value={}", "v".repeat(250))
        };
        let large: String = (1..=17).map(tag).collect();
        assert!(read(&large).unwrap_err().starts_with("PackedPolicyTooLarge: "));
        let fits = read(&(1..=8).map(tag).collect::<String>()).unwrap();
        assert_eq!(fits.packed_percent, Some(50));
        assert_eq!(fits.actions(), ["sts:AssumeRole", "sts:TagSession"]);
    }
}
