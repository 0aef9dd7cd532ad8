//! The connection to AWS that all accounts share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

use super::bucket_regions::BucketRegions;
use super::logins::{LoginNews, Logins};
use super::uploaded_objects::UploadedObjects;
use crate::clock::Clock;
use crate::cloud::watch::durations::Durations;
use crate::cloud::wire::account_guard::AccountGuard;
use crate::cloud::wire::call_counter::CallCounter;
use crate::cloud::wire::concurrency_limit::ConcurrencyLimit;
use crate::cloud::wire::iam_propagation::{Propagation, PropagationWait};
use crate::cloud::wire::network::{Network, NetworkError};
use crate::cloud::wire::outages::Outages;
use crate::cloud::wire::rate_limiter::{CallRateLimiter, ThrottlingNotRetried};
use crate::cloud::wire::reply_format::ReplyFormat;
use crate::cloud::wire::sdk_config::retry_partition;
use crate::name::AccountId;

/// AWS, as this run reaches it.
///
/// Cloning it is cheap; clones share the HTTP client and the count of calls.
#[derive(Clone, Debug)]
pub struct Cloud {
    http: SharedHttpClient,
    clock: Clock,
    origin: Origin,
    calls: CallCounter,
    durations: Durations,
    propagation: Propagation,
    logins: Logins,
    outages: Outages,
    roles: Arc<Mutex<BTreeMap<AccountId, CallRateLimiter>>>,
    guards: Arc<Mutex<BTreeMap<AccountId, AccountGuard>>>,
    second_factors: Arc<tokio::sync::Mutex<SecondFactors>>,
    bucket_regions: BucketRegions,
    uploaded: UploadedObjects,
}

/// Codes of MFA devices, and the sessions that were opened with them, by the device's serial number.
#[derive(Default)]
pub(in crate::cloud) struct SecondFactors {
    pub codes: BTreeMap<String, String>,
    pub sessions: BTreeMap<String, Credentials>,
}

/// Names the devices, never their codes.
impl std::fmt::Debug for SecondFactors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecondFactors({:?})", self.codes.keys())
    }
}

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// From this machine: environment, profiles, SSO, container, instance.
    Machine(Network),
    /// From the account itself, without asking the machine: the embedded sandbox takes an
    /// account's id as its access key. A source account that the file does not name is this one.
    Embedded {
        /// The source account of files that name none.
        source: AccountId,
    },
}

impl Cloud {
    /// Returns AWS as this machine's settings lead to it.
    ///
    /// # Errors
    /// When a file of certificate authorities that they name cannot be used.
    pub fn from_machine(network: Network, clock: Clock) -> Result<Self, NetworkError> {
        let http = network.client(None)?;
        Ok(Self::over(http, clock, Origin::Machine(network)))
    }

    /// Returns AWS behind the HTTP client given.
    pub fn through(http: SharedHttpClient, clock: Clock, origin: Origin) -> Self {
        Self::over(SharedHttpClient::new(ConcurrencyLimit::new(http)), clock, origin)
    }

    fn over(http: SharedHttpClient, clock: Clock, origin: Origin) -> Self {
        Self {
            http,
            clock,
            origin,
            calls: CallCounter::default(),
            durations: Durations::default(),
            propagation: Propagation::new(clock),
            logins: Logins::default(),
            outages: Outages::default(),
            roles: Arc::default(),
            guards: Arc::default(),
            second_factors: Arc::default(),
            bucket_regions: BucketRegions::default(),
            uploaded: UploadedObjects::default(),
        }
    }

    /// Whether it is the embedded sandbox.
    pub fn is_embedded(&self) -> bool {
        matches!(self.origin, Origin::Embedded { .. })
    }

    /// Returns the same for another run: what was counted and learned in this one is not of it, the
    /// connections and the rate of assuming roles are shared.
    pub fn afresh(&self) -> Self {
        Self {
            calls: CallCounter::default(),
            durations: Durations::default(),
            propagation: Propagation::new(self.clock),
            logins: Logins::default(),
            outages: Outages::default(),
            guards: Arc::default(),
            second_factors: Arc::default(),
            uploaded: UploadedObjects::default(),
            ..self.clone()
        }
    }

    /// Returns the same with codes of MFA devices, by the device's serial number.
    pub fn with_mfa_codes(self, codes: BTreeMap<String, String>) -> Self {
        let factors = SecondFactors { codes, sessions: BTreeMap::new() };
        Self { second_factors: Arc::new(tokio::sync::Mutex::new(factors)), ..self }
    }

    /// Returns the same with further codes beside what was proven before, in another cloud of the same command: a code
    /// is good once.
    pub fn with_mfa_codes_beside(self, codes: BTreeMap<String, String>, before: &Self) -> Self {
        let second_factors = before.second_factors.clone();
        if let Ok(mut factors) = second_factors.try_lock() {
            factors.codes.extend(codes);
        }
        Self { second_factors, ..self }
    }

    /// Takes in when IAM was last changed in accounts, by runs before this one.
    ///
    /// Calls that are refused there a short time later are asked again for a while.
    pub fn learn_changes(&self, changes: &BTreeMap<AccountId, Timestamp>) {
        for (account, at) in changes {
            let at = SystemTime::try_from(*at).expect("every timestamp is a system time");
            self.propagation.changed_at(account, at);
        }
    }

    /// Sets who hears, once for each account, of calls that wait until IAM's last change counts.
    pub fn tell_propagation_waits(&self, teller: impl Fn(PropagationWait) + Send + Sync + 'static) {
        self.propagation.tell(teller);
    }

    /// Returns who hears of outages that are borne.
    pub(in crate::cloud) fn outages(&self) -> &Outages {
        &self.outages
    }

    /// Waits, from now on, for a new login where one ends: a person is there to hear of it.
    pub fn wait_for_logins(&self) {
        self.logins.set_waiting(true);
    }

    /// Waits for no login any more: whoever waits for one fails.
    pub fn give_up_logins(&self) {
        self.logins.set_waiting(false);
    }

    /// Sets who hears of logins that end, and of new ones.
    pub fn tell_logins(&self, teller: impl Fn(LoginNews) + Send + Sync + 'static) {
        self.logins.tell(teller);
    }

    pub(in crate::cloud) fn logins(&self) -> &Logins {
        &self.logins
    }

    pub(in crate::cloud) fn propagation(&self) -> &Propagation {
        &self.propagation
    }

    pub(in crate::cloud) fn bucket_regions(&self) -> BucketRegions {
        self.bucket_regions.clone()
    }

    pub(in crate::cloud) fn uploaded(&self) -> UploadedObjects {
        self.uploaded.clone()
    }

    pub(in crate::cloud) fn second_factors(&self) -> &tokio::sync::Mutex<SecondFactors> {
        &self.second_factors
    }

    /// Returns what went over the wire so far, retries included: `service:Operation` to a count.
    pub fn api_calls(&self) -> BTreeMap<String, u64> {
        self.calls.by_operation()
    }

    /// Returns how many of those calls were answered with throttling.
    pub fn throttled(&self) -> u64 {
        self.calls.throttled()
    }

    pub(in crate::cloud) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(in crate::cloud) fn http(&self) -> SharedHttpClient {
        self.http.clone()
    }

    /// Returns the clock that its time-outs and signatures go by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    pub(in crate::cloud) fn calls(&self) -> CallCounter {
        self.calls.clone()
    }

    /// Returns what limits the rate at which roles are assumed from a source account, whichever file names it;
    /// at most so many a second.
    pub(in crate::cloud) fn assume_role_limiter(
        &self,
        source: &AccountId,
        most_per_second: f64,
    ) -> CallRateLimiter {
        let mut roles = self.roles.lock().expect("no holder panics");
        let limiter = roles.entry(source.clone());
        limiter.or_insert_with(|| CallRateLimiter::new(most_per_second, self.clock)).clone()
    }

    /// Returns what stands before everything that is sent to an account.
    pub(in crate::cloud) fn guard(&self, account: &AccountId) -> AccountGuard {
        let mut guards = self.guards.lock().expect("no holder panics");
        let guard = guards.entry(account.clone());
        guard.or_insert_with(|| AccountGuard::new(account.clone())).clone()
    }

    pub(in crate::cloud) fn durations(&self) -> Durations {
        self.durations.clone()
    }

    /// Returns a client of STS with these settings.
    pub(in crate::cloud) fn sts(&self, settings: &SdkConfig) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(settings)
            .retry_partition(retry_partition())
            .retry_classifier(ThrottlingNotRetried)
            .interceptor(self.calls())
            .interceptor(ReplyFormat::Xml)
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }
}
