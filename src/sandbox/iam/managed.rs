//! The managed policies of AWS itself that the sandbox knows. Any other allows nothing.
//!
//! Source: the AWS managed policy reference. What they allow is kept for the services that stacks
//! and sessions here have to do with, as patterns.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::policy::Policy;
use serde_json::json;

/// The ARN of the policy that allows everything.
pub const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Policies that allow actions on everything, by path and name.
const ALLOWING: [(&str, &[&str]); 17] = [
    ("AdministratorAccess", &["*"]),
    (
        "ReadOnlyAccess",
        &[
            "cloudformation:Describe*",
            "cloudformation:Detect*",
            "cloudformation:Estimate*",
            "cloudformation:Get*",
            "cloudformation:List*",
            "cloudformation:ValidateTemplate",
            "cloudwatch:Describe*",
            "cloudwatch:Get*",
            "cloudwatch:List*",
            "codebuild:BatchGet*",
            "codebuild:List*",
            "codepipeline:Get*",
            "codepipeline:List*",
            "dynamodb:BatchGet*",
            "dynamodb:Describe*",
            "dynamodb:Get*",
            "dynamodb:List*",
            "dynamodb:Query",
            "dynamodb:Scan",
            "ec2:Describe*",
            "ec2:Get*",
            "ecr:BatchCheck*",
            "ecr:BatchGet*",
            "ecr:Describe*",
            "ecr:Get*",
            "ecr:List*",
            "events:Describe*",
            "events:List*",
            "iam:Generate*",
            "iam:Get*",
            "iam:List*",
            "iam:Simulate*",
            "kms:Describe*",
            "kms:Get*",
            "kms:List*",
            "lambda:Get*",
            "lambda:List*",
            "logs:Describe*",
            "logs:Get*",
            "logs:List*",
            "organizations:Describe*",
            "organizations:List*",
            "s3:Get*",
            "s3:List*",
            "secretsmanager:Describe*",
            "secretsmanager:List*",
            "sns:Get*",
            "sns:List*",
            "sqs:Get*",
            "sqs:List*",
            "ssm:Describe*",
            "ssm:Get*",
            "ssm:List*",
            "sts:GetAccessKeyInfo",
            "sts:GetCallerIdentity",
            "sts:GetSessionToken",
        ],
    ),
    (
        "job-function/ViewOnlyAccess",
        &[
            "cloudformation:Describe*",
            "cloudformation:List*",
            "ec2:Describe*",
            "iam:List*",
            "iam:GetAccountSummary",
            "iam:GetLoginProfile",
            "lambda:List*",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
            "sns:List*",
            "sqs:ListQueues",
            "ssm:DescribeParameters",
        ],
    ),
    (
        "SecurityAudit",
        &[
            "cloudformation:Describe*",
            "cloudformation:GetStackPolicy",
            "cloudformation:GetTemplate",
            "cloudformation:List*",
            "iam:GenerateCredentialReport",
            "iam:Get*",
            "iam:List*",
            "iam:SimulateCustomPolicy",
            "iam:SimulatePrincipalPolicy",
            "s3:GetBucket*",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
            "sts:GetAccessKeyInfo",
        ],
    ),
    ("IAMFullAccess", &["iam:*"]),
    (
        "IAMReadOnlyAccess",
        &["iam:GenerateCredentialReport", "iam:Get*", "iam:List*", "iam:Simulate*"],
    ),
    ("AWSCloudFormationFullAccess", &["cloudformation:*"]),
    (
        "AWSCloudFormationReadOnlyAccess",
        &[
            "cloudformation:Describe*",
            "cloudformation:EstimateTemplateCost",
            "cloudformation:Get*",
            "cloudformation:List*",
            "cloudformation:ValidateTemplate",
            "cloudformation:Detect*",
        ],
    ),
    ("AmazonS3FullAccess", &["s3:*", "s3-object-lambda:*"]),
    (
        "AmazonS3ReadOnlyAccess",
        &["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
    ),
    ("AmazonSSMFullAccess", &["ssm:*", "cloudwatch:PutMetricData", "ec2:DescribeInstanceStatus"]),
    ("AmazonSSMReadOnlyAccess", &["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
    (
        "AmazonEC2ContainerRegistryReadOnly",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy",
            "ecr:DescribeRepositories",
            "ecr:ListImages",
            "ecr:DescribeImages",
            "ecr:BatchGetImage",
            "ecr:List*",
        ],
    ),
    ("AmazonEC2ContainerRegistryFullAccess", &["ecr:*"]),
    (
        "service-role/AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    (
        "AWSCodeBuildDeveloperAccess",
        &[
            "codebuild:BatchGet*",
            "codebuild:Get*",
            "codebuild:List*",
            "codebuild:StartBuild",
            "codebuild:StopBuild",
        ],
    ),
    ("IAMUserChangePassword", &["iam:ChangePassword", "iam:GetAccountPasswordPolicy"]),
];

static POLICIES: LazyLock<BTreeMap<&'static str, Policy>> = LazyLock::new(|| {
    let allow = |actions: &[&str]| {
        Policy::from(json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        }))
    };
    let mut policies: BTreeMap<&str, Policy> =
        ALLOWING.iter().map(|(name, actions)| (*name, allow(actions))).collect();
    let power_user = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "NotAction": ["iam:*", "organizations:*", "account:*"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": [
                    "account:GetAccountInformation", "account:GetPrimaryEmail",
                    "account:ListRegions", "iam:CreateServiceLinkedRole",
                    "iam:DeleteServiceLinkedRole", "iam:ListRoles",
                    "organizations:DescribeOrganization",
                ],
                "Resource": "*",
            },
        ],
    });
    policies.insert("PowerUserAccess", Policy::from(power_user));
    policies
});

/// Whether an ARN is that of a policy of AWS itself, known or not.
pub fn is_of_aws(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
}

/// Returns a policy of AWS itself, if the sandbox knows it.
pub fn find(arn: &str) -> Option<&'static Policy> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    POLICIES.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Effect;
    use crate::sandbox::iam::context;
    use crate::sandbox::iam::statements::{AccessRequest, Doubt, says};

    #[test]
    fn managed_policies_of_aws_allow_what_their_names_say() {
        for (name, action, is_allowed) in [
            ("AdministratorAccess", "iam:CreateRole", true),
            ("PowerUserAccess", "cloudformation:CreateStack", true),
            ("PowerUserAccess", "sts:AssumeRole", true),
            ("PowerUserAccess", "iam:CreateRole", false),
            ("ReadOnlyAccess", "cloudformation:DescribeStacks", true),
            ("ReadOnlyAccess", "sts:AssumeRole", false),
            ("IAMReadOnlyAccess", "iam:GetRole", true),
        ] {
            let context = context::empty();
            let request =
                AccessRequest { action, resource: "*", context: &context, doubt: Doubt::Refuses };
            let policy = find(&format!("arn:aws-cn:iam::aws:policy/{name}")).unwrap();
            assert_eq!(says(policy, Effect::Allow, &request), is_allowed, "{name} {action}");
        }
        assert!(find("arn:aws:iam::aws:policy/Unknown").is_none());
    }
}
