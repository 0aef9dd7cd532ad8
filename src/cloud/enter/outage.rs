//! Outages of AWS, or of the way to it, while logins are proven: who begins a run bears each for a while, one while for
//! all logins together.

use std::time::Duration;

use aws_credential_types::Credentials;
use tokio::time::Instant;

use super::identity::{ProvenCredentials, Retries};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::outages::BORNE_FOR;

const ASKED_EVERY: Duration = Duration::from_secs(5);

/// What resolvers say that could not find out whether a name leads anywhere: glibc and macOS, musl, Windows. That
/// a name does not exist stays so.
const NOT_RESOLVED_NOW: [&str; 3] = [
    "Temporary failure in name resolution",
    "Try again",
    "This is usually a temporary error during hostname resolution",
];

impl Cloud {
    /// Bears, from now on, that AWS is out of reach for a minute and a half while logins are proven, those of source
    /// credentials and of accounts' own profiles alike: counted from the first that fails, for all of them, and anew once any was answered.
    /// Says who hears, once an outage, that it is waited for; the first who is said counts.
    pub fn bear_outages(&self, teller: impl Fn(&CallError) + Send + Sync + 'static) {
        self.outages().tell(teller);
    }

    /// Proves the first keys of a login.
    ///
    /// # Errors
    /// When STS does not take them, or is out of reach.
    pub(super) async fn prove_first(
        &self,
        sts: &aws_sdk_sts::Client,
        keys: Credentials,
    ) -> Result<ProvenCredentials, CallError> {
        let outages = self.outages();
        let ask = || {
            let retries = if outages.is_given_up() { Retries::None } else { Retries::Few };
            ProvenCredentials::ask(sts, keys.clone(), self.clock(), retries)
        };
        // Others may be answered all the while: a login that never is has an end of its own.
        let mut last_try = None;
        let mut asked = ask().await;
        while let Err(error) = &asked
            && may_pass(error)
            && Instant::now() < *last_try.get_or_insert_with(|| Instant::now() + BORNE_FOR)
            && outages.bear(error)
        {
            tokio::time::sleep(ASKED_EVERY).await;
            asked = ask().await;
        }
        if asked.is_ok() {
            outages.end();
        }
        asked
    }
}

/// Whether a failure is one that passes by itself, and no mistake of who calls.
fn may_pass(error: &CallError) -> bool {
    match error.origin {
        ErrorOrigin::Service => error.is_unavailable(),
        ErrorOrigin::Network => NOT_RESOLVED_NOW.iter().any(|text| error.text.contains(text)),
        ErrorOrigin::Credentials
        | ErrorOrigin::Unreadable
        | ErrorOrigin::Withdrawn
        | ErrorOrigin::Fenced
        | ErrorOrigin::Unusable
        | ErrorOrigin::ForeignCredentials
        | ErrorOrigin::ForeignAnswer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_that_fails_now_may_answer_later_and_a_name_that_is_none_stays_so() {
        let network = |text: &str| CallError {
            operation: "sts:GetCallerIdentity",
            code: None,
            text: format!("dns error: failed to lookup address information: {text}"),
            origin: ErrorOrigin::Network,
        };
        assert!(may_pass(&network("Temporary failure in name resolution")));
        assert!(!may_pass(&network("Name or service not known")));
        assert!(!may_pass(&network("nodename nor servname provided, or not known")));
    }
}
