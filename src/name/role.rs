//! Roles and the names of the sessions in them.

use super::account::AccountId;
use super::text::{checked_text, is_made_of};

checked_text!(
    /// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
    RoleArn,
    "a role ARN",
    "a role ARN reads like `arn:aws:iam::123456789012:role/name`",
    "^arn:[a-z-]+:iam::[0-9]{12}:role/[!-~]+$",
    is_role_arn
);

fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else { return false };
    arn == "arn"
        && is_made_of(partition, 3, 16, |c| c.is_ascii_lowercase() || c == '-')
        && service == "iam"
        && region.is_empty()
        && account.parse::<AccountId>().is_ok()
        && resource.strip_prefix("role/").is_some_and(|path| {
            !path.is_empty() && path.chars().all(|c| c.is_ascii_graphic()) && !path.ends_with('/')
        })
}

impl RoleArn {
    /// Returns the account the role stands in.
    pub fn account(&self) -> AccountId {
        let account = self.as_str().split(':').nth(4).expect("a role ARN has six parts");
        account.parse().expect("a role ARN holds an account id")
    }

    /// Returns the partition the role stands in, such as `aws`.
    pub fn partition(&self) -> &str {
        self.as_str().split(':').nth(1).expect("a role ARN has six parts")
    }

    /// Returns the role's name, without its path.
    pub fn role_name(&self) -> &str {
        self.as_str().rsplit('/').next().expect("a role ARN holds a slash")
    }
}

/// What an external id is, said without showing one: it is shared between two parties only.
pub const EXTERNAL_ID_RULE: &str =
    "this is not an external id: 2 to 1224 letters, digits or `_+=,.@:/-` are allowed";

/// Whether STS takes a text as an external id.
///
/// Source: the STS API reference, `AssumeRole`, parameter `ExternalId`.
pub fn is_external_id(text: &str) -> bool {
    is_made_of(text, 2, 1224, |c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))
}

checked_text!(
    /// The name of a role session, as CloudTrail shows it: 2 to 64 of `A-Za-z0-9_+=,.@-`.
    ///
    /// Source: the STS API reference, `AssumeRole`, parameter `RoleSessionName`.
    SessionName,
    "a session name",
    "2 to 64 letters, digits or `_+=,.@-` are allowed",
    "^[A-Za-z0-9_+=,.@-]{2,64}$",
    |text| is_made_of(text, 2, 64, |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_arn_tells_account_and_name() {
        let arn: RoleArn = "arn:aws-cn:iam::000000000001:role/team/deployer".parse().expect("arn");
        assert_eq!(arn.account().as_str(), "000000000001");
        assert_eq!(arn.role_name(), "deployer");
    }

    #[test]
    fn what_is_not_a_role_is_refused() {
        for text in [
            "role/x",
            "arn:aws:iam::123:role/x",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:sts::123456789012:assumed-role/x/y",
        ] {
            text.parse::<RoleArn>().expect_err(text);
        }
    }
}
