//! What a pipeline's role is used for: the keys of a job, and the invocation of a function.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::call::PipelineCall;
use super::declaration::Declaration;
use crate::policy::Policy;
use crate::sandbox::caller::{AssumedRole, Identity, SecondFactor, SignedCaller};
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::sts::{secret_key, session_key};
use crate::sandbox::wire::Refusal;

/// How long the keys of a job are good for.
pub const KEYS_LAST: Duration = Duration::from_secs(3600);

/// Returns the keys of a session in the pipeline's role that reaches its artifacts and nothing else.
pub fn keys(call: &PipelineCall<'_>, declared: &Declaration) -> Option<Json> {
    let (partition, bucket) = (call.caller.partition(), &declared.artifact_store.location);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            "Resource": format!("arn:{partition}:s3:::{bucket}/*"),
        }],
    });
    let session = session(call, declared, Some(policy.into()))?;
    Some(json!({
        "accessKeyId": session.key,
        "secretAccessKey": secret_key(),
        "sessionToken": session.token(),
    }))
}

/// Checks that the pipeline's role may do something.
///
/// # Errors
/// If it may not, or is gone, in AWS's words.
pub fn check(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    wanted: &NeededPermission,
) -> Result<(), Refusal> {
    let session = session(call, declared, None).ok_or_else(|| {
        let role = &declared.role_arn;
        Refusal::forbidden("AccessDenied", format!("the role {role} does not exist"))
    })?;
    let caller = SignedCaller {
        account: call.caller.account.clone(),
        identity: Identity::AssumedRole(Box::new(session)),
        region: call.caller.region.clone(),
        service: "lambda".to_owned(),
        second_factor: SecondFactor::Missing,
    };
    let account = call.store.account(&caller.account);
    Authorizer::new(&caller, account, call.now, call.settings).check(wanted, |_| {})
}

fn session(
    call: &PipelineCall<'_>,
    declared: &Declaration,
    policy: Option<Policy>,
) -> Option<AssumedRole> {
    let account = call.store.account(&call.caller.account);
    let role = account.roles.values().find(|role| role.arn == declared.role_arn)?;
    Some(AssumedRole {
        key: session_key(&call.caller.account),
        account: call.caller.account.clone(),
        role_arn: role.arn.clone(),
        role_id: role.id.clone(),
        name: "codepipeline".to_owned(),
        expires: call.now + KEYS_LAST,
        policy,
        policy_arns: Vec::new(),
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        source_identity: None,
    })
}
