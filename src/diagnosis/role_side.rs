//! Reads the role that is refused.

use aws_config::SdkConfig;

use super::evidence::{FoundRole, RoleSide};
use super::iam_reply::{document, why};
use crate::cloud::{Cloud, Iam, SourceSession};
use crate::name::RoleArn;
use crate::policy::Policy;

/// The longest session of a role that says nothing of it, in seconds.
const USUAL_SECONDS: i32 = 3600;

/// Reads a role with whoever sees its account through `iam`.
pub async fn read(iam: &Iam, role: &RoleArn) -> RoleSide {
    match iam.ask("iam:GetRole", || iam.client.get_role().role_name(role.role_name()).send()).await
    {
        Ok(reply) => {
            let Some(found) = reply.role else {
                return RoleSide::Unread("iam:GetRole tells of no role".to_owned());
            };
            let trust = found.assume_role_policy_document.unwrap_or_default();
            RoleSide::Read(FoundRole {
                arn: found.arn,
                trust: document(&trust).map(Policy::from).unwrap_or_default(),
                longest_session_seconds: found.max_session_duration.unwrap_or(USUAL_SECONDS),
            })
        }
        Err(error) if error.has_code("NoSuchEntity") => RoleSide::Missing,
        Err(error) => RoleSide::Unread(why(&error)),
    }
}

/// Opens a session in the role `read_with` of a role's account, from the source account.
///
/// # Errors
/// Why there is none, in a few words.
pub async fn reader(
    cloud: &Cloud,
    source: &SourceSession,
    role: &RoleArn,
    read_with: &str,
) -> Result<SdkConfig, String> {
    let (partition, _) = role.as_str()[4..].split_once(':').expect("an ARN has six parts");
    let arn = format!("arn:{partition}:iam::{}:role/{read_with}", role.account());
    let reading: RoleArn = arn.parse().map_err(|error| format!("{error}"))?;
    let assumed = cloud.assume_to_read(source, reading).await;
    assumed.map_err(|error| {
        let code = error.code.as_deref().unwrap_or("no answer");
        format!("{arn}, which --read-with names, cannot be assumed: {code}")
    })
}
