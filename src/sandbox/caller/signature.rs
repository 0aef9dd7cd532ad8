//! The signature of a request: its scope and session token tell who calls, and its account who that
//! is.
//!
//! A 12-digit access key id is the root of that account; a user's key tells its account in its
//! letters. Keys of a session carry everything in their session token, so that sessions need no
//! stored state of their own. Signatures themselves are not verified.

use http::HeaderMap;
use jiff::Timestamp;

use super::identity::{Identity, SecondFactor, SignedCaller, UserIdentity};
use super::key_id::account_of;
use super::session::{AssumedRole, Token, UserSession};
use crate::name::{AccountId, Region};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::SandboxAccount;

/// What a request says of its sender, and where to it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The account the keys belong to.
    pub account: AccountId,
    /// The Region the request was signed for.
    pub region: Region,
    /// The service the request was signed for, such as `sts`.
    pub service: String,
    key: Key,
}

/// The keys a request was signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Root,
    OfUser(String),
    AssumedRole(Box<AssumedRole>),
    UserSession(UserSession),
}

impl Signature {
    /// Reads who sent a request with these headers at `now`.
    ///
    /// # Errors
    /// If the request is not signed, the key can be nobody's, or the session ended.
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
        let token = header(headers, "x-amz-security-token").map(Token::read);
        let (account, key) = keys(key, token, now)?;
        Ok(Self { account, region, service: service.to_owned(), key })
    }

    /// Returns the id of the access key.
    pub fn key_id(&self) -> &str {
        match &self.key {
            Key::Root => self.account.as_str(),
            Key::OfUser(id) => id,
            Key::AssumedRole(session) => &session.key,
            Key::UserSession(session) => &session.key,
        }
    }

    /// Looks up in the keys' account who sent the request.
    ///
    /// # Errors
    /// If the key is nobody's, or nobody's any more.
    pub fn caller(self, account: &SandboxAccount) -> Result<SignedCaller, Refusal> {
        let user_named = |name: &str| {
            let user = account.users.get(name).ok_or_else(unknown_key)?;
            let (arn, id) = (user.arn.clone(), user.id.clone());
            Ok(Identity::User(UserIdentity { name: name.to_owned(), arn, id }))
        };
        let (identity, second_factor) = match self.key {
            Key::Root => (Identity::Root, SecondFactor::NotAsked),
            Key::OfUser(key) => {
                let holder = account
                    .users
                    .iter()
                    .find(|(_, user)| user.keys.get(&key).is_some_and(|key| key.is_active));
                let (name, _) = holder.ok_or_else(unknown_key)?;
                (user_named(name)?, SecondFactor::NotAsked)
            }
            Key::UserSession(session) => {
                let identity = session.user.map_or(Ok(Identity::Root), |name| user_named(&name))?;
                (identity, session.second_factor.map_or(SecondFactor::Missing, SecondFactor::Since))
            }
            Key::AssumedRole(session) => {
                let role = account.roles.get(session.role_name());
                let is_same = role.is_some_and(|role| role.id == session.role_id);
                let session = Some(session).filter(|_| is_same).ok_or_else(unknown_key)?;
                (Identity::AssumedRole(session), SecondFactor::Missing)
            }
        };
        let (region, service) = (self.region, self.service);
        Ok(SignedCaller { account: self.account, identity, region, service, second_factor })
    }
}

/// Returns the account of a key and of the token that came with it, if one did.
fn keys(
    key: &str,
    token: Option<Option<Token>>,
    now: Timestamp,
) -> Result<(AccountId, Key), Refusal> {
    let (account, owner, expires, keys) = match token {
        None => {
            let root = key.parse::<AccountId>().ok().map(|account| (account, Key::Root));
            let of_user = || Some((account_of(key)?, Key::OfUser(key.to_owned())));
            return root.or_else(of_user).ok_or_else(unknown_key);
        }
        Some(None) => return Err(unknown_key()),
        Some(Some(Token::Role(session))) => (
            session.account.clone(),
            session.key.clone(),
            session.expires,
            Key::AssumedRole(session),
        ),
        Some(Some(Token::User(session))) => {
            let keys = (session.account.clone(), session.key.clone(), session.expires);
            (keys.0, keys.1, keys.2, Key::UserSession(session))
        }
    };
    if owner != key {
        return Err(unknown_key());
    }
    if expires <= now { Err(expired()) } else { Ok((account, keys)) }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns the answer to a key that is nobody's.
pub fn unknown_key() -> Refusal {
    Refusal::forbidden(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
}

/// Returns the answer to keys whose time is over.
pub fn expired() -> Refusal {
    Refusal::forbidden("ExpiredToken", "The security token included in the request is expired")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    use crate::sandbox::iam::{Permissions, Propagating, Role};

    fn session() -> AssumedRole {
        AssumedRole {
            key: "ASIA1".into(),
            account: "100000000001".parse().unwrap(),
            role_arn: "arn:aws:iam::100000000001:role/team/deployer".into(),
            role_id: "AROA1".into(),
            name: "run".into(),
            expires: Timestamp::from_second(100).unwrap(),
            policy: None,
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive: BTreeSet::new(),
            source_identity: None,
        }
    }

    /// An account in which the session's role stands, with this id.
    fn account(role_id: &str) -> SandboxAccount {
        let mut account = SandboxAccount::empty(session().account);
        let role = Role {
            arn: session().role_arn,
            id: role_id.into(),
            trust: Propagating::new(serde_json::Value::Null.into(), Timestamp::MIN),
            longest_session_seconds: 3600,
            permissions: Permissions::default(),
            tags: BTreeMap::new(),
            description: None,
            created: Timestamp::MIN,
            pinned: BTreeMap::new(),
        };
        account.roles.insert("deployer".into(), role);
        account
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
        let headers = headers("ASIA1", Some(&session().token()));
        let signature = Signature::of(&headers, Timestamp::UNIX_EPOCH).unwrap();
        let caller = signature.clone().caller(&account("AROA1")).unwrap();
        assert_eq!(caller.arn(), "arn:aws:sts::100000000001:assumed-role/deployer/run");
        assert_eq!(caller.user_id(), "AROA1:run");
        // A role of the same name that was made anew is another role.
        let refusal = signature.caller(&account("AROA2")).unwrap_err();
        assert_eq!(refusal.code, "InvalidClientTokenId");
    }

    #[test]
    fn a_token_of_another_key_is_nobodys() {
        let headers = headers("ASIA2", Some(&session().token()));
        let refusal = Signature::of(&headers, Timestamp::UNIX_EPOCH);
        assert_eq!(refusal.unwrap_err().code, "InvalidClientTokenId");
    }

    #[test]
    fn a_session_ends_at_its_time() {
        let headers = headers("ASIA1", Some(&session().token()));
        let refusal = Signature::of(&headers, Timestamp::from_second(100).unwrap());
        assert_eq!(refusal.unwrap_err().code, "ExpiredToken");
    }
}
