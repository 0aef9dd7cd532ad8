//! Accounts that profiles of the AWS config file lead into: by a role, or by IAM Identity Center.

use std::collections::BTreeMap;

use super::ini::{key_of, profile_of, section_of};
use crate::name::{AccountId, RoleArn};

/// An account that a profile leads into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAccount {
    /// The profile's name.
    pub profile: String,
    /// The account that it leads into.
    pub id: AccountId,
    /// The role that is assumed there; none of Identity Center, whose roles no other account assumes.
    pub role: Option<RoleArn>,
}

/// Returns the accounts that the profiles of a config file lead into, each once, in the order of the file.
pub fn found_accounts(text: &str) -> Vec<FoundAccount> {
    let mut found: Vec<FoundAccount> = Vec::new();
    for (profile, keys) in profiles(text) {
        let role: Option<RoleArn> = keys.get("role_arn").and_then(|arn| arn.parse().ok());
        let of_sso = keys.get("sso_account_id").and_then(|id| id.parse().ok());
        let Some(id) = role.as_ref().map(RoleArn::account).or(of_sso) else { continue };
        if found.iter().all(|other| other.id != id) {
            found.push(FoundAccount { profile, id, role });
        }
    }
    found
}

/// Returns the profiles of a file and their keys, in small letters.
fn profiles(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut profiles = Vec::new();
    for line in text.lines() {
        if let Some(section) = section_of(line) {
            let profile = profile_of(section);
            let is_profile = profile.is_some();
            profiles.push((is_profile, profile.unwrap_or_default(), BTreeMap::new()));
        } else if let (Some((_, _, keys)), Some((key, value))) = (profiles.last_mut(), key_of(line))
        {
            keys.insert(key.to_ascii_lowercase(), value.to_owned());
        }
    }
    let is_profile = |(is_profile, _, _): &(bool, String, _)| *is_profile;
    profiles.into_iter().filter(is_profile).map(|(_, name, keys)| (name, keys)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_that_name_a_role_or_an_account_of_identity_center_lead_into_accounts() {
        let text = "[default]\nregion = eu-central-1\n[profile dev]\nrole_arn = arn:aws:iam::100000000001:role/deployer\n\
                    source_profile = default\n[profile 'the prod']\nSSO_Account_Id=100000000002\nsso_role_name = Admin\n\
                    [sso-session one]\nsso_account_id = 100000000009\n[profile again]\nrole_arn: arn:aws:iam::100000000001:role/x\n\
                    [profile odd]\nrole_arn = ${nonsense}\ns3 =\n  role_arn = arn:aws:iam::100000000008:role/x\n";
        let found: Vec<String> = found_accounts(text)
            .into_iter()
            .map(|it| {
                format!(
                    "{} {} {:?}",
                    it.profile,
                    it.id,
                    it.role.map(|role| role.role_name().to_owned())
                )
            })
            .collect();
        assert_eq!(found, ["dev 100000000001 Some(\"deployer\")", "the prod 100000000002 None"]);
    }
}
