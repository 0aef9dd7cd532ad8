//! Accounts: the id AWS gave them and the name the environment file gives them.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// A 12-digit AWS account id; leading zeros are part of it.
    AccountId,
    "an account id",
    "an account id has exactly 12 digits",
    "^[0-9]{12}$",
    |text| is_made_of(text, 12, 12, |c| c.is_ascii_digit())
);

checked_text!(
    /// The name an environment file gives an account: letters, digits, `-`, `_` and `.`, at most 64.
    ///
    /// `source` is the source account's own name and is not free for another.
    AccountName,
    "an account name",
    "letters, digits, `-`, `_` and `.` are allowed, starting with a letter or digit, at most 64",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
    |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && is_made_of(text, 1, 64, |c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    }
);

checked_text!(
    /// The name of a group of accounts, of the same letters as an account's: a list may name either.
    GroupName,
    "a group's name",
    "letters, digits, `-`, `_` and `.` are allowed, starting with a letter or digit, at most 64",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
    |text| text.parse::<AccountName>().is_ok()
);

impl AccountId {
    /// Returns the account in an ARN, if there is one in it.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        if parts.next() != Some("arn") {
            return None;
        }
        parts.nth(3)?.parse().ok()
    }
}

impl AccountName {
    /// Returns the name under which stacks are sent to the source account itself.
    pub fn source() -> Self {
        "source".parse().expect("`source` keeps the rule for account names")
    }

    /// Whether this is the source account's own name.
    pub fn is_source(&self) -> bool {
        self.as_str() == "source"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_keeps_its_leading_zeros() {
        let id: AccountId = "000000000012".parse().expect("12 digits");
        assert_eq!(id.to_string(), "000000000012");
    }

    #[test]
    fn an_account_id_of_another_length_is_refused_with_the_rule() {
        let error = "12345".parse::<AccountId>().expect_err("five digits");
        assert_eq!(
            error.to_string(),
            "`12345` is not an account id: an account id has exactly 12 digits"
        );
    }
}
