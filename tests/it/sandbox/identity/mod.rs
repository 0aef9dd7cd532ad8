//! Who may do what: users, roles and their policies, and both sides of entering a role.

mod api;
mod both_sides;
mod container;
mod permissions;
mod propagation;
mod reads;
mod resources;
mod sessions;
mod users;

use serde_json::json;
use xdeploy::name::AccountId;
use xdeploy::sandbox::SeededRole;

use crate::support::embedded::{Embedded, Keys, part, words};

const HUB: &str = "999999999999";
const DEV: &str = "100000000001";
const DEPLOYER: &str = "arn:aws:iam::100000000001:role/deployer";

fn id(text: &str) -> AccountId {
    text.parse().expect("an account id")
}

/// Returns a sandbox in which the hub may assume `deployer` in dev.
fn seeded(change: impl FnOnce(SeededRole) -> SeededRole) -> Embedded {
    let cloud = Embedded::new();
    let role = change(SeededRole::new(&id(DEV), "deployer", &id(HUB)));
    cloud.sandbox.seed(&[role]).expect("an empty sandbox takes roles");
    cloud
}

/// Returns a policy that allows an action on a resource.
fn allow(action: &str, resource: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": action, "Resource": resource }
    ] })
    .to_string()
}

/// Returns a trust policy that names a principal under a condition.
fn trust(principal: &str, condition: &serde_json::Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": principal }, "Condition": condition,
    }] })
    .to_string()
}

/// Makes a role that everything is allowed, with this trust policy; returns its ARN.
async fn make_role(cloud: &Embedded, account: &str, name: &str, trust: &str) -> String {
    let root = Keys::root(account);
    let create = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
    let made = cloud.iam(&root, "CreateRole", &create).await.expect("a root may");
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = [("RoleName", name), ("PolicyArn", policy)];
    cloud.iam(&root, "AttachRolePolicy", &attach).await.expect("a root may");
    part(&made, "Arn")
}

/// Makes a user with an inline policy and returns its keys.
async fn make_user(cloud: &Embedded, account: &str, name: &str, policy: &str) -> Keys {
    let root = Keys::root(account);
    cloud.iam(&root, "CreateUser", &[("UserName", name)]).await.expect("a root may");
    let put = [("UserName", name), ("PolicyName", "own"), ("PolicyDocument", policy)];
    cloud.iam(&root, "PutUserPolicy", &put).await.expect("a root may");
    let key = cloud.iam(&root, "CreateAccessKey", &[("UserName", name)]).await.expect("a root may");
    Keys { id: part(&key, "AccessKeyId"), token: None }
}

/// Returns a request to assume a role.
fn assume(
    cloud: &Embedded,
    keys: &Keys,
    role: &str,
) -> aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder {
    cloud.sts(keys).assume_role().role_arn(role).role_session_name("run")
}

/// Sends a request to assume a role; returns the session's keys or what STS said.
async fn entered(
    request: aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder,
) -> Result<Keys, String> {
    let entered = request.send().await.map_err(|error| words(&error))?;
    let credentials = entered.credentials.expect("a session has keys");
    Ok(Keys { id: credentials.access_key_id, token: Some(credentials.session_token) })
}

async fn enter(cloud: &Embedded, keys: &Keys, role: &str) -> Result<Keys, String> {
    entered(assume(cloud, keys, role)).await
}

/// Returns who STS says the keys are.
async fn whoami(cloud: &Embedded, keys: &Keys) -> Result<String, String> {
    let asked = cloud.sts(keys).get_caller_identity().send().await;
    asked.map(|identity| identity.arn.unwrap_or_default()).map_err(|error| words(&error))
}

/// Returns what CloudFormation says to a caller who asks for all stacks.
async fn describe(cloud: &Embedded, keys: &Keys) -> Result<(), String> {
    let client = aws_sdk_cloudformation::Client::new(&cloud.config(keys));
    client.describe_stacks().send().await.map(|_| ()).map_err(|error| words(&error))
}
