//! The connection to AWS that all accounts share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};

use super::enter::login::Place;
use super::enter::logins::{LoginNews, Logins};
use super::stacks::guard::AccountGuard;
use super::storage::buckets::BucketRegions;
use super::watch::durations::Durations;
use super::wire::bounded::Bounded;
use super::wire::call_counter::CallCounter;
use super::wire::iam_propagation::{Awaited, Propagation};
use super::wire::network::{Network, NetworkError};
use super::wire::rate_limited::Paced;
use crate::clock::Clock;
use crate::name::{AccountId, Region};

/// How often a call is sent before it is given up: with the back-off between, some two minutes.
const MOST_ATTEMPTS: u32 = 10;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

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
    roles: Arc<Mutex<BTreeMap<AccountId, Paced>>>,
    guards: Arc<Mutex<BTreeMap<AccountId, AccountGuard>>>,
    second_factors: Arc<tokio::sync::Mutex<SecondFactors>>,
    bucket_regions: BucketRegions,
}

/// Codes of MFA devices, and the sessions that were opened with them, by the device's serial number.
#[derive(Default)]
pub(super) struct SecondFactors {
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
        Self::over(SharedHttpClient::new(Bounded::new(http)), clock, origin)
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
            roles: Arc::default(),
            guards: Arc::default(),
            second_factors: Arc::default(),
            bucket_regions: BucketRegions::default(),
        }
    }

    /// Returns the same for another run: what was counted and learned in this one is not of it, the
    /// connections and the pace of assuming roles are shared.
    pub fn afresh(&self) -> Self {
        Self {
            calls: CallCounter::default(),
            durations: Durations::default(),
            propagation: Propagation::new(self.clock),
            logins: Logins::default(),
            guards: Arc::default(),
            second_factors: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns the same with codes of MFA devices, by the device's serial number.
    pub fn with_mfa_codes(self, codes: BTreeMap<String, String>) -> Self {
        let factors = SecondFactors { codes, sessions: BTreeMap::new() };
        Self { second_factors: Arc::new(tokio::sync::Mutex::new(factors)), ..self }
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
    pub fn tell_awaited(&self, teller: impl Fn(Awaited) + Send + Sync + 'static) {
        self.propagation.tell(teller);
    }

    /// Waits, from now on, for a new login where one ends: a person is there to hear of it.
    pub fn wait_for_logins(&self) {
        self.logins.set_patient(true);
    }

    /// Waits for no login any more: whoever waits for one fails.
    pub fn give_up_logins(&self) {
        self.logins.set_patient(false);
    }

    /// Sets who hears of logins that end, and of new ones.
    pub fn tell_logins(&self, teller: impl Fn(LoginNews) + Send + Sync + 'static) {
        self.logins.tell(teller);
    }

    pub(super) fn logins(&self) -> &Logins {
        &self.logins
    }

    pub(super) fn propagation(&self) -> &Propagation {
        &self.propagation
    }

    pub(super) fn bucket_regions(&self) -> BucketRegions {
        self.bucket_regions.clone()
    }

    pub(super) fn second_factors(&self) -> &tokio::sync::Mutex<SecondFactors> {
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

    pub(super) fn http(&self) -> SharedHttpClient {
        self.http.clone()
    }

    /// Returns the clock that its time-outs and signatures go by.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn calls(&self) -> CallCounter {
        self.calls.clone()
    }

    /// Returns the pace at which roles are assumed from a source account, whichever file names it;
    /// at most so many a second.
    pub(super) fn roles_pace(&self, source: &AccountId, most_per_second: f64) -> Paced {
        let mut roles = self.roles.lock().expect("no holder panics");
        let pace = roles.entry(source.clone());
        pace.or_insert_with(|| Paced::new(most_per_second, self.clock)).clone()
    }

    /// Returns what stands before everything that is sent to an account.
    pub(super) fn guard(&self, account: &AccountId) -> AccountGuard {
        let mut guards = self.guards.lock().expect("no holder panics");
        let guard = guards.entry(account.clone());
        guard.or_insert_with(|| AccountGuard::new(account.clone())).clone()
    }

    pub(super) fn durations(&self) -> Durations {
        self.durations.clone()
    }

    /// Returns the settings of clients that act with what is kept at a place, read anew.
    pub(super) async fn settings_of(&self, place: &Place) -> SdkConfig {
        let Place { region, profile, account } = place;
        match &self.origin {
            Origin::Machine(network) => {
                self.machine_settings(network, Some(region), profile.as_deref()).await
            }
            Origin::Embedded { source } => {
                self.embedded_settings(Some(region), account.as_ref().unwrap_or(source).as_str())
            }
        }
    }

    /// Returns the settings of clients that act for this program itself, in the machine's own Region if
    /// none is given.
    pub(super) async fn own_settings(&self, region: Option<&Region>) -> SdkConfig {
        match &self.origin {
            Origin::Machine(network) => self.machine_settings(network, region, None).await,
            Origin::Embedded { source } => self.embedded_settings(region, source.as_str()),
        }
    }

    fn embedded_settings(&self, region: Option<&Region>, account: &str) -> SdkConfig {
        let credentials = Credentials::new(account, "sandbox", None, None, "sandbox");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.map(of_sdk))
            .http_client(self.http.clone())
            .time_source(self.clock)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(no_stall_check())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }
}

pub(super) fn of_sdk(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.to_string())
}

/// CloudTrail shows it as part of the user agent.
pub(super) fn app_name() -> AppName {
    AppName::new("xdeploy").expect("letters make an app name")
}

/// Returns the partition of retries that all clients share.
///
/// The SDK keeps one bucket of some hundred retries for a service and the whole process, which is
/// meant for one application calling one account: with many accounts, one that is throttled would
/// use up the retries of all. Here every call may use all its attempts.
pub(super) fn retry_partition() -> RetryPartition {
    RetryPartition::custom("xdeploy").token_bucket(TokenBucket::unlimited()).build()
}

pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MOST_ATTEMPTS)
        .with_max_backoff(Duration::from_secs(20))
}

/// Returns the retries of the first call of a session: where nothing answers at all, a person who
/// mistyped an endpoint should hear of it within seconds.
pub(super) fn few_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4)
}

/// The SDK calls a request stalled whose body nobody takes for five seconds. One that waits for its
/// turn is not; bodies are small here, and an answer that does not come has its own time-out.
pub(super) fn no_stall_check() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_WITHIN).read_timeout(ANSWER_WITHIN).build()
}
