//! The address at which the AWS console switches into a role.

use crate::name::{Partition, RoleArn};
use crate::plan::{AccountEntry, PlannedEnvironment, TargetAccount};

/// The longest name that the console shows for a role it switched into, in characters.
///
/// Source: the IAM user guide, "Switch from a user to an IAM role (console)", display name.
const MOST_DISPLAY_NAME: usize = 64;

/// Where a role is switched into, and what to know before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchRole {
    /// The address to open, which holds no secret.
    pub address: String,
    /// What the console cannot do that the file asks for.
    pub cautions: Vec<String>,
}

/// An account into which the console cannot switch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSwitch {
    /// It is the source account itself.
    #[error("`{0}` is the source account: sign in there, no role is switched into")]
    Source(String),
    /// It is entered with a profile.
    #[error("`{account}` is entered with the profile `{profile}`: the file names no role of it")]
    Profile {
        /// The name of the account.
        account: String,
        /// The name of the profile.
        profile: String,
    },
}

/// Returns the address at which a person who is signed in to the source account switches into the
/// role of `target`.
///
/// # Errors
/// If the account is not entered by a role.
pub fn switch_role(
    target: &TargetAccount,
    environment: &PlannedEnvironment,
) -> Result<SwitchRole, NoSwitch> {
    let account = target.name.to_string();
    let entry = match &target.entry {
        AccountEntry::Source => return Err(NoSwitch::Source(account)),
        AccountEntry::Profile(profile) => {
            return Err(NoSwitch::Profile { account, profile: profile.clone() });
        }
        AccountEntry::AssumeRole(entry) => entry,
    };
    let display: String =
        format!("{}-{}", environment.name, target.name).chars().take(MOST_DISPLAY_NAME).collect();
    let address = format!(
        "https://{}/switchrole?account={}&roleName={}&displayName={}",
        host(target.region.partition()),
        entry.role.account(),
        escaped(name_with_path(&entry.role)),
        escaped(&display),
    );
    let mut cautions = Vec::new();
    if entry.external_id.is_some() {
        cautions.push(
            "the console sends no external id: a role that asks for one cannot be switched into"
                .to_owned(),
        );
    }
    if let Some(last) = entry.via.last() {
        cautions.push(format!(
            "the role is reached through {last}, but the console switches from the user or role that \
             signed in: its trust policy must name that one as well"
        ));
    }
    Ok(SwitchRole { address, cautions })
}

/// Source: the IAM user guide, "Grant permission to switch roles", and the sign-in endpoints of the
/// other partitions.
fn host(partition: Partition) -> String {
    match partition.to_string().as_str() {
        "aws-cn" => "signin.amazonaws.cn".to_owned(),
        "aws-us-gov" => "signin.amazonaws-us-gov.com".to_owned(),
        _ => "signin.aws.amazon.com".to_owned(),
    }
}

/// Returns a role's name after its path, as the console wants it.
fn name_with_path(role: &RoleArn) -> &str {
    role.as_str().split_once(":role/").map_or("", |(_, name)| name)
}

/// Returns text as it may stand in a query.
fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| match is_plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_address_is_escaped() {
        assert_eq!(escaped("team/a+b=c@d,e"), "team/a%2Bb%3Dc%40d%2Ce");
    }

    #[test]
    fn a_role_is_named_with_its_path() {
        let role: RoleArn = "arn:aws:iam::100000000001:role/team/deployer".parse().expect("an ARN");
        assert_eq!(name_with_path(&role), "team/deployer");
    }
}
