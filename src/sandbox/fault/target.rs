//! The targets of faults: a call, or a step of a resource.

use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::kind::StepKind;
use crate::name::AccountId;
use crate::sandbox::caller::Signature;
use crate::sandbox::wire::form::Form;
use crate::sandbox::wire::json;

/// A call on its way, as far as its request tells.
#[derive(Clone, Debug)]
pub struct TargetCall {
    /// The account it is about: the role's for `AssumeRole`, else the caller's.
    pub account: String,
    /// The account whose keys it was signed with.
    pub caller: String,
    /// The Region it was signed for.
    pub region: String,
    /// The service it was signed for, such as `cloudformation`.
    pub service: String,
    /// The action, such as `CreateStack`.
    pub action: String,
    /// The name of the stack it names.
    pub stack: Option<String>,
    /// The ARN of the role it asks to enter.
    pub role: Option<String>,
    /// The access key id it was signed with.
    pub key: String,
    /// When the caller's clock says it was signed.
    pub signed: Option<Timestamp>,
}

/// A step of a resource that is about to end or begin.
#[derive(Clone, Copy, Debug)]
pub struct TargetStep<'a> {
    pub account: &'a AccountId,
    pub region: &'a str,
    /// The name of the stack.
    pub stack: &'a str,
    /// The logical id of the resource.
    pub resource: &'a str,
    /// The step, and any that counts as one with it.
    pub steps: &'a [StepKind],
}

/// A call that CloudFormation is about to make for a resource of a stack.
#[derive(Clone, Copy, Debug)]
pub struct TargetHandlerCall<'a> {
    pub account: &'a AccountId,
    pub region: &'a str,
    /// The name of the stack.
    pub stack: &'a str,
    /// The logical id of the resource.
    pub resource: &'a str,
    /// The action with its service, as policies write it.
    pub action: &'a str,
}

impl TargetCall {
    /// Reads a request that arrives at `now`; an unsigned one is no target.
    pub fn of(request: &Request<Bytes>, now: Timestamp) -> Option<Self> {
        let signature = Signature::of(request.headers(), now).ok()?;
        let signed = request.headers().get("x-amz-date").and_then(|date| {
            let date = DateTime::strptime("%Y%m%dT%H%M%SZ", date.to_str().ok()?).ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(date).ok()
        });
        let mut call = Self {
            account: signature.account.to_string(),
            caller: signature.account.to_string(),
            region: signature.region.to_string(),
            key: signature.key_id().to_owned(),
            service: signature.service,
            action: String::new(),
            stack: None,
            role: None,
            signed,
        };
        if call.service == "s3" {
            call.action = s3_action(request.method()).to_owned();
            return Some(call);
        }
        if let Some(action) = json::action(request) {
            call.action = action.to_owned();
            return Some(call);
        }
        let form = match *request.method() {
            Method::GET => Form::parse(request.uri().query().unwrap_or_default()),
            _ => Form::parse(&String::from_utf8_lossy(request.body())),
        };
        call.action = form.optional("Action")?.to_owned();
        call.stack = form.optional("StackName").map(|name| stack_name(name).to_owned());
        if let Some(role) = form.optional("RoleArn").filter(|_| call.action == "AssumeRole") {
            call.account = role.split(':').nth(4).unwrap_or_default().to_owned();
            call.role = Some(role.to_owned());
        }
        Some(call)
    }

    /// Returns the action with its service, as policies write it.
    pub fn full_action(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// Whether it only looks at stacks, which an old state can answer.
    pub fn is_look_at_stacks(&self) -> bool {
        let looks =
            ["DescribeStacks", "DescribeStackEvents", "DescribeStackResources", "ListStacks"];
        self.service == "cloudformation" && looks.contains(&self.action.as_str())
    }
}

/// Returns the name of a stack that is named by its name or by its ARN.
fn stack_name(name_or_arn: &str) -> &str {
    match name_or_arn.split_once(":stack/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => name_or_arn,
    }
}

fn s3_action(method: &Method) -> &'static str {
    match *method {
        Method::PUT => "PutObject",
        Method::HEAD => "HeadObject",
        Method::DELETE => "DeleteObject",
        _ => "GetObject",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, body: &str) -> TargetCall {
        TargetCall::of(&request(service, body), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn request(service: &str, body: &str) -> Request<Bytes> {
        Request::post("https://example.com/")
            .header("x-amz-date", "20261123T120000Z")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential=999999999999/20261123/eu-central-1/{service}\
                     /aws4_request, SignedHeaders=host, Signature=0"
                ),
            )
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    #[test]
    fn entering_is_about_the_account_that_is_entered() {
        let role = "arn%3Aaws%3Aiam%3A%3A100000000003%3Arole%2Fdeployer";
        let entering = call("sts", &format!("Action=AssumeRole&RoleArn={role}"));
        assert_eq!(entering.account, "100000000003");
        assert_eq!(entering.caller, "999999999999");
        assert_eq!(entering.full_action(), "sts:AssumeRole");
        assert_eq!(call("sts", "Action=GetCallerIdentity").account, "999999999999");
    }

    #[test]
    fn a_call_in_json_is_known_by_its_target() {
        let mut request = request("codepipeline", "{}");
        let target = "CodePipeline_20150709.PollForJobs".parse().unwrap();
        request.headers_mut().insert("x-amz-target", target);
        let call = TargetCall::of(&request, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(call.full_action(), "codepipeline:PollForJobs");
    }

    #[test]
    fn a_stack_is_known_by_its_name_and_by_its_arn() {
        for name in ["app", "arn:aws:cloudformation:eu-central-1:999999999999:stack/app/0-1"] {
            let body = format!("Action=DescribeStacks&StackName={name}");
            assert_eq!(call("cloudformation", &body).stack.as_deref(), Some("app"));
        }
        let listing = call("cloudformation", "Action=DescribeStacks");
        assert_eq!(listing.stack, None);
        assert_eq!(listing.signed.unwrap().to_string(), "2026-11-23T12:00:00Z");
    }
}
