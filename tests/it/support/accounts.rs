//! Workload accounts at an endpoint, each with a role that the source account may assume.

use super::caller::Caller;
use super::world::SOURCE;

/// The accounts of `environments/all.yaml`, by name.
pub const FOUR: [(&str, &str); 4] = [
    ("dev", "100000000001"),
    ("test", "100000000002"),
    ("acceptance", "100000000003"),
    ("prod", "100000000004"),
];

/// The role that `environments/*.yaml` assume.
pub const DEPLOYER: &str = "xdeploy-deployer";

/// Puts a role into an account, with a stack as a person would, that the source account may assume
/// and that may do everything; with an external id only who knows it gets in.
pub async fn put_role(endpoint: &str, account: &str, role: &str, external_id: Option<&str>) {
    let condition = external_id
        .map(|id| format!(r#", "Condition": {{"StringEquals": {{"sts:ExternalId": "{id}"}}}}"#))
        .unwrap_or_default();
    let template = format!(
        r#"{{"Resources": {{"Role": {{"Type": "AWS::IAM::Role", "Properties": {{
            "RoleName": "{role}",
            "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [{{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {{"AWS": "arn:aws:iam::{SOURCE}:root"}}{condition}}}]}},
            "Policies": [{{"PolicyName": "everything", "PolicyDocument": {{
                "Version": "2012-10-17",
                "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "*"}}]}}}}]
        }}}}}}}}"#
    );
    Caller::root(endpoint, account).create(&format!("bootstrap-{role}"), &template).await;
}

/// Puts [`DEPLOYER`] into the four accounts.
pub async fn put_deployers(endpoint: &str) {
    for (_, account) in FOUR {
        put_role(endpoint, account, DEPLOYER, None).await;
    }
}
