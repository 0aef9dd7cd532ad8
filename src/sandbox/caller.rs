//! Who calls: read off the signature's scope and the session token, with nothing looked up.
//!
//! A 12-digit access key id is the root of that account. Keys of a role session carry everything in
//! their session token, so that sessions need no stored state and outlive a restart. Signatures
//! themselves are not verified.

use aws_smithy_types::base64;
use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::name::{AccountId, Partition, Region};

/// What every session token begins with.
const TOKEN_PREFIX: &str = "xdeploy-sandbox.";

/// The one who sent a request, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account the keys belong to.
    pub account: AccountId,
    /// As whom.
    pub identity: Identity,
    /// The Region the request was signed for.
    pub region: Region,
    /// The service the request was signed for, such as `sts`.
    pub service: String,
}

/// As whom a request was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The account's root.
    Root,
    /// A session in a role.
    Session(Session),
}

/// A session in a role, as its token carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The access key id the token belongs to.
    pub key: String,
    /// The role's account.
    pub account: AccountId,
    /// The role's ARN.
    pub role_arn: String,
    /// The role's unique id, `AROA…`.
    pub role_id: String,
    /// The session's name.
    pub name: String,
    /// When it ends.
    pub expires: Timestamp,
}

impl Session {
    /// Returns the session token that carries this session.
    pub fn token(&self) -> String {
        let text = serde_json::to_string(self).expect("a session is plain data");
        format!("{TOKEN_PREFIX}{}", base64::encode(text))
    }

    fn from_token(token: &str) -> Option<Self> {
        let bytes = base64::decode(token.strip_prefix(TOKEN_PREFIX)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Returns the session's own ARN.
    pub fn arn(&self) -> String {
        let role = self.role_arn.rsplit('/').next().unwrap_or_default();
        let partition = self.role_arn.split(':').nth(1).unwrap_or("aws");
        format!("arn:{partition}:sts::{}:assumed-role/{role}/{}", self.account, self.name)
    }
}

impl Caller {
    /// Reads who sent a request with these headers at `now`.
    ///
    /// # Errors
    /// If the request is not signed, the key is nobody's, or the session ended.
    pub fn of(headers: &HeaderMap, now: Timestamp) -> Result<Self, Refusal> {
        let credential = header(headers, "authorization")
            .and_then(|text| text.split_once("Credential="))
            .and_then(|(_, rest)| rest.split([',', ' ']).next());
        let Some(credential) = credential else {
            return Err(Refusal::forbidden(
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ));
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [key, _date, region, service, _] = scope[..] else {
            return Err(Refusal::bad_request(
                "IncompleteSignature",
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term",
            ));
        };
        let region = region.parse().map_err(|_| unknown_key())?;
        let service = service.to_owned();
        let identity = match header(headers, "x-amz-security-token") {
            None if key.parse::<AccountId>().is_ok() => Identity::Root,
            None => return Err(unknown_key()),
            Some(token) => {
                let session = Session::from_token(token).filter(|session| session.key == key);
                Identity::Session(session.ok_or_else(unknown_key)?)
            }
        };
        let account = match &identity {
            Identity::Root => key.parse().map_err(|_| unknown_key())?,
            Identity::Session(session) if session.expires <= now => return Err(expired()),
            Identity::Session(session) => session.account.clone(),
        };
        Ok(Self { account, identity, region, service })
    }

    /// Returns the partition the request was sent to.
    pub fn partition(&self) -> Partition {
        self.region.partition()
    }

    /// Returns the caller's ARN, as `GetCallerIdentity` says it.
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::Root => format!("arn:{}:iam::{}:root", self.partition(), self.account),
            Identity::Session(session) => session.arn(),
        }
    }

    /// Returns the caller's unique id, as `GetCallerIdentity` says it.
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::Session(session) => format!("{}:{}", session.role_id, session.name),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unknown_key() -> Refusal {
    Refusal::forbidden(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
}

fn expired() -> Refusal {
    Refusal::forbidden("ExpiredToken", "The security token included in the request is expired")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            key: "ASIA1".into(),
            account: "100000000001".parse().unwrap(),
            role_arn: "arn:aws:iam::100000000001:role/team/deployer".into(),
            role_id: "AROA1".into(),
            name: "run".into(),
            expires: Timestamp::from_second(100).unwrap(),
        }
    }

    fn headers(key: &str, token: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-central-1/sts/aws4_request, Signature=0"
        );
        headers.insert("authorization", text.parse().unwrap());
        if let Some(token) = token {
            headers.insert("x-amz-security-token", token.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_token_carries_its_session() {
        let now = Timestamp::UNIX_EPOCH;
        let caller = Caller::of(&headers("ASIA1", Some(&session().token())), now).unwrap();
        assert_eq!(caller.arn(), "arn:aws:sts::100000000001:assumed-role/deployer/run");
        assert_eq!(caller.user_id(), "AROA1:run");
    }

    #[test]
    fn a_token_of_another_key_is_nobodys() {
        let refusal =
            Caller::of(&headers("ASIA2", Some(&session().token())), Timestamp::UNIX_EPOCH);
        assert_eq!(refusal.unwrap_err().code, "InvalidClientTokenId");
    }

    #[test]
    fn a_session_ends_at_its_time() {
        let headers = headers("ASIA1", Some(&session().token()));
        let refusal = Caller::of(&headers, Timestamp::from_second(100).unwrap());
        assert_eq!(refusal.unwrap_err().code, "ExpiredToken");
    }
}
