//! Credentials that somebody logged in for: they end, and a new login is found where it is kept.
//!
//! The SDK reads profiles and tokens once. Here the chain is read anew when its credentials are
//! refused or cannot be had: a program that renews them in the background is found within seconds,
//! and a person who logs in again within a quarter of a minute, if one is waited for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, future as provider_future,
};
use aws_smithy_async::time::TimeSource;

use super::connection::Cloud;
use super::foothold::acting_as;
use super::identity::{Retries, caller_identity};
use super::keys::Patience;
use super::logins::LoginNews;
use super::paced::Paced;
use super::refusal::{CallError, ErrorOrigin, told_by};
use super::source::IDENTITIES_PER_SECOND;
use crate::name::{AccountId, Region};

/// Credentials are had anew this long before they end.
const RENEW_AHEAD: Duration = Duration::from_secs(30);
/// Those that do not say when they end are asked for again after this long, as the SDK does.
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);
/// What does not yield credentials within this time is given up.
const YIELDS_WITHIN: Duration = Duration::from_secs(60);

/// The pauses before the first looks for a new login, of which nobody hears.
const QUIET_PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A look that found nothing counts for all who ask within this time.
const LOOK_COUNTS_FOR: Duration = Duration::from_secs(10);

/// Where a login is kept: a profile, or wherever the default chain finds one.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The Region of the first calls.
    pub region: Region,
    /// The profile; the default chain if absent.
    pub profile: Option<String>,
    /// The account that stands in for both in the embedded cloud.
    pub account: Option<AccountId>,
}

/// The credentials of a login, renewed when they end.
pub(super) struct Login {
    cloud: Cloud,
    place: Place,
    account: OnceLock<AccountId>,
    current: tokio::sync::Mutex<Current>,
    generation: AtomicU64,
    /// Held by whoever looks for a new login; the others wait for what that finds.
    looking: tokio::sync::Mutex<()>,
    away: Mutex<Option<Away>>,
}

struct Current {
    provider: SharedCredentialsProvider,
    kept: Option<(Credentials, SystemTime)>,
}

/// A login that ended, until there is a new one.
#[derive(Clone, Debug)]
struct Away {
    looked: SystemTime,
    reason: String,
    is_told: bool,
}

impl Login {
    /// Returns the settings of clients that act with the login kept at a place.
    pub async fn find(cloud: &Cloud, place: Place) -> (SdkConfig, Arc<Self>) {
        let settings = cloud.settings_of(&place).await;
        let login = Arc::new(Self {
            cloud: cloud.clone(),
            account: OnceLock::new(),
            current: tokio::sync::Mutex::new(Current::of(&settings)),
            generation: AtomicU64::default(),
            looking: tokio::sync::Mutex::default(),
            away: Mutex::default(),
            place,
        });
        let shared = Shared(login.clone());
        (acting_as(&settings, SharedCredentialsProvider::new(shared)), login)
    }

    /// Sets whose login it turned out to be: only one of the same account takes its place.
    pub fn belongs_to(&self, account: &AccountId) {
        self.account.get_or_init(|| account.clone());
    }

    /// Returns which of its credentials are the present ones.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Looks for a new login after the present one, of generation `seen`, was refused, and waits for
    /// it if `patience` is had and a person is there. Returns whether there is one.
    pub async fn renew(&self, seen: u64, refusal: &CallError, patience: Patience) -> bool {
        let Some(account) = self.account.get() else { return false };
        let _looking = self.looking.lock().await;
        if self.generation() != seen {
            return true;
        }
        if self.look_first(refusal).await {
            return true;
        }
        let logins = self.cloud.logins();
        // What was exported to this program can only be exported to another.
        if !logins.is_patient() || self.is_from_environment().await {
            return false;
        }
        self.say_ended(account).await;
        if patience == Patience::None {
            return false;
        }
        tokio::select! {
            () = logins.given_up() => false,
            () = self.watch() => true,
        }
    }

    /// Looks a few times, unless somebody just did.
    async fn look_first(&self, refusal: &CallError) -> bool {
        let away = self.away.lock().expect("no holder panics").clone();
        let pauses = match away {
            Some(away) if self.since(away.looked) < LOOK_COUNTS_FOR => return false,
            Some(_) => &QUIET_PAUSES[..1],
            None => &QUIET_PAUSES[..],
        };
        let mut reason = refusal.text.clone();
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            match self.look().await {
                Ok(()) => return true,
                Err(error) => reason = error.text,
            }
        }
        let looked = self.now();
        let mut away = self.away.lock().expect("no holder panics");
        let is_told = away.as_ref().is_some_and(|away| away.is_told);
        *away = Some(Away { looked, reason, is_told });
        false
    }

    /// Looks for a new login until there is one.
    async fn watch(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            if self.look().await.is_ok() {
                return;
            }
            pause = LONGEST_PAUSE.min(pause * 3 / 2);
        }
    }

    /// Reads what is kept anew, and takes it if AWS does.
    async fn look(&self) -> Result<(), CallError> {
        let settings = self.cloud.settings_of(&self.place).await;
        let current = Current::of(&settings);
        let credentials = current.ask().await.map_err(|error| no_login(told_by(&error)))?;
        let settings = acting_as(&settings, SharedCredentialsProvider::new(credentials));
        let pace = Paced::new(IDENTITIES_PER_SECOND, self.cloud.clock());
        let sts = self.cloud.sts(&settings);
        let (account, caller) = caller_identity(&sts, &pace, Retries::Few).await?;
        if let Some(expected) = self.account.get().filter(|expected| **expected != account) {
            let text = format!("the new login is {caller}, and not of account {expected}");
            return Err(no_login(text));
        }
        *self.current.lock().await = current;
        self.generation.fetch_add(1, Ordering::Relaxed);
        let away = self.away.lock().expect("no holder panics").take();
        if away.is_some_and(|away| away.is_told) {
            self.cloud.logins().say(LoginNews::Renewed { account });
        }
        Ok(())
    }

    async fn say_ended(&self, account: &AccountId) {
        let remedy = self.remedy().await;
        let mut away = self.away.lock().expect("no holder panics");
        let Some(away) = away.as_mut().filter(|away| !away.is_told) else { return };
        away.is_told = true;
        let from = match &self.place.profile {
            Some(profile) => format!("profile `{profile}`"),
            None => "the default credential chain".to_owned(),
        };
        let (account, reason) = (account.clone(), away.reason.clone());
        self.cloud.logins().say(LoginNews::Ended { account, from, reason, remedy });
    }

    async fn remedy(&self) -> String {
        let profile = match &self.place.profile {
            Some(profile) => format!(" --profile {profile}"),
            None => String::new(),
        };
        if self
            .has(&[
                AwsCredentialFeature::CredentialsSso,
                AwsCredentialFeature::CredentialsProfileSso,
            ])
            .await
        {
            return format!("log in again: `aws sso login{profile}`");
        }
        if self
            .has(&[
                AwsCredentialFeature::CredentialsLogin,
                AwsCredentialFeature::CredentialsProfileLogin,
            ])
            .await
        {
            return format!("log in again: `aws login{profile}`");
        }
        format!("log in again, with `aws sso login{profile}` or as before")
    }

    async fn is_from_environment(&self) -> bool {
        self.has(&[AwsCredentialFeature::CredentialsEnvVars]).await
    }

    /// Whether the last credentials came by one of these ways.
    async fn has(&self, ways: &[AwsCredentialFeature]) -> bool {
        let current = self.current.lock().await;
        let came_by = current.kept.as_ref().and_then(|(credentials, _)| {
            credentials.get_property::<Vec<AwsCredentialFeature>>().cloned()
        });
        came_by.unwrap_or_default().iter().any(|way| ways.contains(way))
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        // Its provider may take its time to say so: while it is looked for, that is known.
        if let Some(Away { reason, .. }) = &*self.away.lock().expect("no holder panics") {
            return Err(CredentialsError::provider_error(format!("the login has ended: {reason}")));
        }
        let mut current = self.current.lock().await;
        let now = self.now();
        let kept = current.kept.clone();
        if let Some((credentials, _)) = kept.as_ref().filter(|(_, until)| now < *until) {
            return Ok(credentials.clone());
        }
        let asked = current.ask().await;
        // What still holds is good until its end.
        let holds = |(credentials, _): &(Credentials, SystemTime)| {
            credentials.expiry().is_none_or(|end| now < end)
        };
        match (asked, kept.filter(holds)) {
            (Ok(credentials), _) => {
                let until = match credentials.expiry() {
                    Some(end) => end - RENEW_AHEAD,
                    None => now + KEPT_FOR,
                };
                current.kept = Some((credentials.clone(), until));
                Ok(credentials)
            }
            (Err(error), Some((credentials, _))) => {
                tracing::warn!(%error, "the credentials are not renewed yet");
                Ok(credentials)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn now(&self) -> SystemTime {
        TimeSource::now(&self.cloud.clock())
    }

    fn since(&self, then: SystemTime) -> Duration {
        self.now().duration_since(then).unwrap_or_default()
    }
}

impl Current {
    fn of(settings: &SdkConfig) -> Self {
        let provider = settings.credentials_provider().expect("every origin has a provider");
        Self { provider, kept: None }
    }

    async fn ask(&self) -> Result<Credentials, CredentialsError> {
        let asked = self.provider.provide_credentials();
        match tokio::time::timeout(YIELDS_WITHIN, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CredentialsError::provider_timed_out(YIELDS_WITHIN)),
        }
    }
}

/// Names where it is kept, never the keys.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({:?})", self.place)
    }
}

/// A login that clients share.
#[derive(Debug)]
struct Shared(Arc<Login>);

impl ProvideCredentials for Shared {
    fn provide_credentials<'a>(&'a self) -> provider_future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        provider_future::ProvideCredentials::new(self.0.credentials())
    }
}

fn no_login(text: String) -> CallError {
    let operation = "sts:GetCallerIdentity";
    CallError { operation, code: None, text, origin: ErrorOrigin::Credentials }
}
