//! Short-lived credentials, in the forms that other programs read.

use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde_json::json;

/// A text that is shown only where it is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("****")
    }
}

/// The keys of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCredentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The session token; long-term keys have none.
    pub session_token: Option<Secret>,
    /// Until when they are good; long-term keys have no end.
    pub expires: Option<Timestamp>,
}

impl From<Credentials> for AccountCredentials {
    fn from(found: Credentials) -> Self {
        Self {
            access_key_id: found.access_key_id().to_owned(),
            secret_access_key: Secret::new(found.secret_access_key()),
            session_token: found.session_token().map(Secret::new),
            expires: found.expiry().and_then(|end| Timestamp::try_from(end).ok()),
        }
    }
}

impl AccountCredentials {
    /// Returns the environment variables that the AWS CLI and SDKs read.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.reveal().to_owned()),
        ];
        variables.extend(
            self.session_token.as_ref().map(|t| ("AWS_SESSION_TOKEN", t.reveal().to_owned())),
        );
        variables.extend(self.expires.map(|end| ("AWS_CREDENTIAL_EXPIRATION", end.to_string())));
        variables
    }

    /// Returns lines that a POSIX shell takes with `eval`: what is not set is taken back.
    pub fn as_shell(&self, region: &str) -> String {
        let unset = self.session_token.is_none().then_some("unset AWS_SESSION_TOKEN\n");
        let region = [("AWS_REGION", region.to_owned()), ("AWS_DEFAULT_REGION", region.to_owned())];
        let lines = self.variables().into_iter().chain(region);
        let export = |(name, value): (&str, String)| {
            format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
        };
        lines.map(export).chain(unset.map(str::to_owned)).collect()
    }

    /// Returns what a program that is named under `credential_process` prints.
    ///
    /// Source: the AWS SDKs and tools reference guide, "Process credential provider".
    pub fn as_credential_process(&self) -> String {
        let mut json = self.json();
        json["Version"] = json!(1);
        json.to_string()
    }

    /// Returns the keys as `aws sts assume-role` names them.
    pub fn json(&self) -> serde_json::Value {
        let mut json = json!({
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key.reveal(),
        });
        if let Some(token) = &self.session_token {
            json["SessionToken"] = json!(token.reveal());
        }
        if let Some(expires) = self.expires {
            json["Expiration"] = json!(expires.to_string());
        }
        json
    }

    /// Returns the keys as they stand in a section of the credentials file.
    ///
    /// An empty token takes back the one of a session that stood there before.
    pub fn for_file(&self) -> Vec<(&'static str, Secret)> {
        vec![
            ("aws_access_key_id", Secret::new(&self.access_key_id)),
            ("aws_secret_access_key", self.secret_access_key.clone()),
            ("aws_session_token", self.session_token.clone().unwrap_or_else(|| Secret::new(""))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> AccountCredentials {
        AccountCredentials {
            access_key_id: "ASIA1".to_owned(),
            secret_access_key: Secret::new("it's"),
            session_token: Some(Secret::new("token")),
            expires: Some("2026-11-23T16:00:00Z".parse().expect("a time")),
        }
    }

    #[test]
    fn a_shell_takes_every_character_as_it_is() {
        insta::assert_snapshot!(keys().as_shell("eu-central-1"));
    }

    #[test]
    fn a_credential_process_says_its_version_and_when_the_keys_end() {
        assert_eq!(
            keys().as_credential_process(),
            r#"{"AccessKeyId":"ASIA1","SecretAccessKey":"it's","SessionToken":"token","Expiration":"2026-11-23T16:00:00Z","Version":1}"#
        );
    }

    #[test]
    fn secrets_are_not_shown_by_accident() {
        let shown = format!("{:?}", keys());
        assert!(!shown.contains("it's") && !shown.contains("token\""), "{shown}");
    }
}
