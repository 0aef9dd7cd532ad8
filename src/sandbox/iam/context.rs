//! The request context: what the conditions of a policy can ask about a request, by condition key.
//!
//! Source: the IAM user guide, "AWS global condition context keys" and "IAM and AWS STS condition
//! context keys". Keys are compared without regard to case.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::name::Partition;
use crate::policy::RequestContext;
use crate::sandbox::caller::{Identity, SecondFactor, SignedCaller};

/// The organization every account of the sandbox belongs to.
pub const ORGANIZATION: &str = "o-sandbox0001";

/// Keys, and beginnings of keys, that a request may lack. What is neither here nor in the request is
/// not known at all.
const KNOWN: [&str; 16] = [
    "aws:calledvia",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalservicename",
    "aws:principaltag/",
    "aws:requesttag/",
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

/// The same of a call that a service makes on somebody's behalf, of which less is known.
const KNOWN_OF_FORWARDED: [&str; 5] = [
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principaltag/",
    "aws:sourceidentity",
    "aws:username",
];

/// Returns the context of a request of which nothing is told.
pub fn empty() -> RequestContext {
    RequestContext::lacking(&KNOWN)
}

/// Returns what a request tells of its caller, who has these tags.
pub fn of(
    caller: &SignedCaller,
    tags: &BTreeMap<String, String>,
    now: Timestamp,
) -> RequestContext {
    let mut context = empty();
    put_caller(&mut context, caller, tags, now);
    context.put("aws:ViaAWSService", "false");
    context
}

/// Returns what is told of the caller on whose behalf CloudFormation makes a call; in a session of
/// CloudFormation's own, in a service role, nothing was forwarded.
pub fn of_forwarded(
    caller: &SignedCaller,
    tags: &BTreeMap<String, String>,
    now: Timestamp,
) -> RequestContext {
    const VIA: &str = "cloudformation.amazonaws.com";
    let mut context = RequestContext::lacking(&KNOWN_OF_FORWARDED);
    put_caller(&mut context, caller, tags, now);
    let is_forwarded = !caller.is_cloudformation();
    context.put("aws:ViaAWSService", is_forwarded.to_string());
    for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        context.put_all(key, if is_forwarded { vec![VIA.to_owned()] } else { Vec::new() });
    }
    context
}

/// Tells to which Region a call goes that a service makes: those of global services to their one endpoint.
///
/// Source: the IAM user guide, "AWS: Denies access to AWS based on the requested Region".
pub fn put_region_of_service(context: &mut RequestContext, action: &str, caller: &SignedCaller) {
    const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];
    let service = action.split(':').next().unwrap_or_default();
    if GLOBAL.contains(&service) {
        let region = match caller.region.partition() {
            Partition::China => "cn-northwest-1",
            Partition::UsGov => "us-gov-west-1",
            _ => "us-east-1",
        };
        context.put("aws:RequestedRegion", region);
    }
}

fn put_caller(
    context: &mut RequestContext,
    caller: &SignedCaller,
    tags: &BTreeMap<String, String>,
    now: Timestamp,
) {
    let principal_type = match &caller.identity {
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::AssumedRole(_) => "AssumedRole",
    };
    let mut put = |key: &str, value: String| context.put(key, value);
    put("aws:PrincipalArn", caller.principal_arn());
    put("aws:PrincipalAccount", caller.account.to_string());
    put("aws:PrincipalOrgID", ORGANIZATION.to_owned());
    put("aws:ResourceAccount", caller.account.to_string());
    put("aws:ResourceOrgID", ORGANIZATION.to_owned());
    put("aws:PrincipalType", principal_type.to_owned());
    put("aws:PrincipalIsAWSService", "false".to_owned());
    put("aws:SecureTransport", "true".to_owned());
    put("aws:userid", caller.user_id());
    put("aws:RequestedRegion", caller.region.to_string());
    put("aws:CurrentTime", now.to_string());
    put("aws:EpochTime", now.as_second().to_string());
    if let Identity::User(user) = &caller.identity {
        put("aws:username", user.name.clone());
    }
    if let Identity::AssumedRole(session) = &caller.identity
        && let Some(source) = &session.source_identity
    {
        put("aws:SourceIdentity", source.clone());
    }
    for (key, value) in tags {
        put(&format!("aws:PrincipalTag/{key}"), value.clone());
    }
    put_second_factor(context, caller.second_factor, now);
}

/// Says whether, and when, the caller proved a second factor.
pub fn put_second_factor(context: &mut RequestContext, proven: SecondFactor, now: Timestamp) {
    let (is_present, age) = match proven {
        SecondFactor::NotAsked => return,
        SecondFactor::Missing => ("false", None),
        SecondFactor::Since(since) => ("true", Some(now.duration_since(since).as_secs())),
    };
    context.put("aws:MultiFactorAuthPresent", is_present);
    if let Some(age) = age {
        context.put("aws:MultiFactorAuthAge", age.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::ContextValues;

    #[test]
    fn a_key_is_known_by_its_name_or_its_family() {
        assert_eq!(empty().find("aws:principaltag/x"), ContextValues::Absent);
        assert_eq!(empty().find("aws:sourceip"), ContextValues::Unknown);
    }
}
