//! A call that CloudFormation makes for a resource, and the permission that it needs.

use std::borrow::Cow;

use crate::sandbox::cloudformation::service_refusal::ServiceRefusal;
use crate::sandbox::iam::NeededPermission;
use crate::sandbox::world::SandboxAccount;

/// A call that CloudFormation makes for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerCall {
    /// Its action, such as `iam:CreateRole`; of several, one must be allowed.
    pub actions: Vec<String>,
    /// The ARN of what it is done to, with `*` for what is not known.
    pub resource: String,
    /// What a refusal calls that.
    pub shown: String,
    /// The values of condition keys; without any, the call is known to lack the key.
    pub keys: Vec<(&'static str, Vec<String>)>,
    /// Whether it only tags.
    pub is_tagging: bool,
}

/// How reasons name a service, and the HTTP status of its refusals; those that speak JSON answer with 400.
const SERVICES: [(&str, &str, u16); 17] = [
    ("cloudformation", "CloudFormation", 403),
    ("cloudwatch", "CloudWatch", 403),
    ("codebuild", "CodeBuild", 400),
    ("codepipeline", "CodePipeline", 400),
    ("dynamodb", "DynamoDb", 400),
    ("ec2", "Ec2", 403),
    ("ecr", "Ecr", 400),
    ("events", "EventBridge", 400),
    ("iam", "Iam", 403),
    ("kms", "Kms", 400),
    ("lambda", "Lambda", 403),
    ("logs", "CloudWatchLogs", 400),
    ("s3", "S3", 403),
    ("secretsmanager", "SecretsManager", 400),
    ("sns", "Sns", 403),
    ("sqs", "Sqs", 403),
    ("ssm", "Ssm", 400),
];

/// What stands before a refusal to tag.
const TAGGING: &str = "Encountered a permissions error performing a tagging operation, please add required tag \
                       permissions. See \
                       https://repost.aws/knowledge-center/cloudformation-tagging-permission-error for how to \
                       resolve.";

impl HandlerCall {
    /// Returns a call on something.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let (action, resource) = (action.into(), resource.into());
        Self {
            actions: vec![action],
            shown: resource.clone(),
            resource,
            keys: Vec::new(),
            is_tagging: false,
        }
    }

    /// Returns the call that passes a role to a service.
    pub fn pass_role(role: &str, service: &str) -> Self {
        let call = Self::new("iam:PassRole", role);
        call.with("iam:PassedToService", Some(service.to_owned()))
    }

    /// Returns the call on something that a refusal calls by other words.
    pub fn shown_as(self, shown: impl Into<String>) -> Self {
        Self { shown: shown.into(), ..self }
    }

    /// Returns the call with the value of a condition key, or lacking it.
    pub fn with(mut self, key: &'static str, value: Option<String>) -> Self {
        self.keys.push((key, value.into_iter().collect()));
        self
    }

    /// Returns the call as one that only tags.
    pub fn tagging(self) -> Self {
        Self { is_tagging: true, ..self }
    }

    /// Returns the permissions one of which it needs; SNS and SQS name actions in their own way.
    pub fn needed(&self) -> impl Iterator<Item = NeededPermission> {
        self.actions.iter().map(|action| {
            let action = match action.split_once(':') {
                Some(("sqs", name)) => format!("sqs:{}", name.to_lowercase()),
                Some(("sns", name)) => format!("SNS:{name}"),
                _ => action.clone(),
            };
            NeededPermission::new(action, &self.resource).shown_as(&self.shown)
        })
    }

    /// Returns the reason of a resource whose call is refused with a message.
    pub fn refused(&self, message: String, account: &mut SandboxAccount) -> String {
        let action = self.actions.first().map(String::as_str).unwrap_or_default();
        let prefix = action.split(':').next().unwrap_or_default();
        // IAM judges the passing of a role within the call of the service that gets it.
        let prefix = if action == "iam:PassRole" { self.passed_to() } else { prefix };
        let known = SERVICES.iter().find(|(of_service, ..)| *of_service == prefix);
        let (service, status) = match known {
            Some((_, name, status)) => (Cow::Borrowed(*name), *status),
            None => (Cow::Owned(capitalized(prefix)), 403),
        };
        let message = match prefix {
            "ec2" => format!("You are not authorized to perform this operation. {message}."),
            _ => message,
        };
        let refusal = ServiceRefusal { service, status, message, code: "AccessDenied" };
        if !self.is_tagging {
            return refusal.reason(account);
        }
        let said = refusal.said(account);
        let token = account.fresh_uuid();
        format!(
            "Resource handler returned message: \"{TAGGING} Resource handler returned message: \"{said}\"\" \
             (RequestToken: {token}, HandlerErrorCode: UnauthorizedTaggingOperation)"
        )
    }

    fn passed_to(&self) -> &str {
        let service = self.keys.iter().find(|(key, _)| *key == "iam:PassedToService");
        let service = service.and_then(|(_, values)| values.first());
        service.and_then(|service| service.split('.').next()).unwrap_or_default()
    }
}

/// Returns a word with its first letter as a capital.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
