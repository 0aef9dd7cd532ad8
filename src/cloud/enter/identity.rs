//! Whose keys these are: proven by STS before anything else is signed with them.
//!
//! [`ProvenCredentials`] can be made in no other way, and nothing else is yielded to clients: keys that a
//! login or a role renews in the middle of a run are proven as the first ones were.

use aws_credential_types::Credentials;
use aws_sdk_sts::config::Builder;
use aws_smithy_types::retry::RetryConfig;

use crate::clock::Clock;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::rate_limiter::CallRateLimiter;
use crate::cloud::wire::sdk_config::few_retries;
use crate::name::AccountId;

const OPERATION: &str = "sts:GetCallerIdentity";

/// How often STS is asked a second whose credentials these are, before it said anything.
const MOST_PER_SECOND: f64 = 20.0;

/// Keys of which STS said whose they are.
#[derive(Clone)]
pub(in crate::cloud) struct ProvenCredentials {
    keys: Credentials,
    account: AccountId,
    caller: String,
}

/// How long STS is asked before it counts as out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum Retries {
    /// Not at all: it was out of reach for long enough already.
    None,
    /// Seconds: nothing was begun yet, and somebody may have mistyped an endpoint; or there is a
    /// little time left to ask again.
    Few,
    /// As long as any call of a run.
    All,
}

impl ProvenCredentials {
    /// Returns keys of a role as proven by the ARN that STS handed out with them: `None` if it tells
    /// no account.
    pub fn handed_out(keys: &Credentials, caller: &str) -> Option<Self> {
        let account = AccountId::of_arn(caller)?;
        Some(Self { keys: keys.clone(), account, caller: caller.to_owned() })
    }

    /// Asks STS, with these very keys, whose they are.
    ///
    /// # Errors
    /// When STS does not take them, or does not say.
    pub async fn ask(
        sts: &aws_sdk_sts::Client,
        keys: Credentials,
        clock: Clock,
        retries: Retries,
    ) -> Result<Self, CallError> {
        let config = || {
            let config = Builder::new().credentials_provider(keys.clone());
            match retries {
                Retries::None => config.retry_config(RetryConfig::disabled()),
                Retries::Few => config.retry_config(few_retries()),
                Retries::All => config,
            }
        };
        let ask = || async {
            let call = sts.get_caller_identity().customize().config_override(config());
            call.send().await.map_err(|error| CallError::of(OPERATION, &error))
        };
        let reply = CallRateLimiter::new(MOST_PER_SECOND, clock).send(ask).await?;
        let account = reply.account().unwrap_or_default().parse().map_err(|_| CallError {
            operation: OPERATION,
            code: None,
            text: "the reply names no account".to_owned(),
            origin: ErrorOrigin::Network,
        })?;
        let caller = reply.arn().unwrap_or_default().to_owned();
        is_of(&account, &caller)?;
        Ok(Self { keys, account, caller })
    }

    /// Returns the keys if they are an account's own; `what` yielded them, such as "role …".
    ///
    /// # Errors
    /// When they are another account's: both are named.
    pub fn only_of(self, expected: &AccountId, what: &str) -> Result<Self, CallError> {
        if self.account == *expected {
            return Ok(self);
        }
        let text = format!(
            "{what} yields credentials of account {} ({}), and not of account {expected}: nothing \
             is sent with them",
            self.account, self.caller
        );
        Err(CallError {
            operation: OPERATION,
            code: None,
            text,
            origin: ErrorOrigin::ForeignCredentials,
        })
    }

    /// Returns the same keys as they were had once more, if they are: when they end may have changed.
    pub fn if_same(&self, keys: &Credentials) -> Option<Self> {
        let is_same = self.keys.access_key_id() == keys.access_key_id()
            && self.keys.session_token() == keys.session_token();
        is_same.then(|| Self { keys: keys.clone(), ..self.clone() })
    }

    /// Returns what calls are signed with.
    pub fn credentials(&self) -> &Credentials {
        &self.keys
    }

    /// Returns the account they belong to.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the ARN of the caller that they make.
    pub fn caller(&self) -> &str {
        &self.caller
    }
}

/// Names the caller, never the keys.
impl std::fmt::Debug for ProvenCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProvenCredentials({})", self.caller)
    }
}

/// Checks that a caller is of the account that the same answer names.
fn is_of(account: &AccountId, caller: &str) -> Result<(), CallError> {
    if caller.is_empty() || AccountId::of_arn(caller).as_ref() == Some(account) {
        return Ok(());
    }
    let text = format!(
        "the answer names account {account} and the caller {caller}, which is not of that account: \
         what answers is not STS, and nothing is sent with these credentials"
    );
    Err(CallError { operation: OPERATION, code: None, text, origin: ErrorOrigin::ForeignAnswer })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: &str, token: Option<&str>) -> Credentials {
        Credentials::new(id, "secret", token.map(str::to_owned), None, "test")
    }

    #[test]
    fn keys_are_proven_only_by_an_arn_that_tells_an_account() {
        let arn = "arn:aws:sts::100000000001:assumed-role/deployer/run";
        let proven = ProvenCredentials::handed_out(&keys("A", None), arn).expect("it tells one");
        assert_eq!(proven.account().as_str(), "100000000001");
        for silent in
            ["", "arn:aws:sts", "arn:aws:sts:::assumed-role/a/b", "a:b:c:d:100000000001:e"]
        {
            assert!(ProvenCredentials::handed_out(&keys("A", None), silent).is_none(), "{silent}");
        }
    }

    #[test]
    fn an_answer_of_sts_whose_account_and_caller_differ_proves_nothing() {
        let own = "100000000001".parse().expect("an id");
        for caller in ["", "arn:aws:iam::100000000001:root", "arn:aws-cn:iam::100000000001:user/u"]
        {
            assert!(is_of(&own, caller).is_ok(), "{caller}");
        }
        for caller in ["arn:aws:iam::222222222222:root", "arn:aws:iam:::root", "someone"] {
            let error = is_of(&own, caller).expect_err("it is another's");
            assert!(error.is_foreign(), "{caller}");
            assert!(error.text.contains(own.as_str()) && error.text.contains(caller), "{error}");
        }
    }

    #[test]
    fn keys_of_another_id_or_token_are_proven_anew() {
        let arn = "arn:aws:sts::100000000001:assumed-role/deployer/run";
        let proven =
            ProvenCredentials::handed_out(&keys("A", Some("t")), arn).expect("it tells one");
        assert!(proven.if_same(&keys("A", Some("t"))).is_some());
        assert!(proven.if_same(&keys("B", Some("t"))).is_none());
        assert!(proven.if_same(&keys("A", Some("u"))).is_none());
        assert!(proven.if_same(&keys("A", None)).is_none());
    }

    #[test]
    fn keys_of_another_account_are_refused_with_both_named() {
        let arn = "arn:aws:iam::100000000002:user/u";
        let proven = ProvenCredentials::handed_out(&keys("A", None), arn).expect("it tells one");
        let expected = "100000000001".parse().expect("an id");
        let error = proven.only_of(&expected, "profile `tgt`").expect_err("it is another's");
        assert!(error.is_foreign() && error.text.contains("100000000001"), "{error}");
        assert!(error.text.contains(arn), "{error}");
    }
}
