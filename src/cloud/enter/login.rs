//! Credentials that somebody logged in for: they end, and a new login is found where it is kept.
//!
//! Whoever yields them may yield another account's the next time. So they are proven to be of the
//! account of the first ones whenever they are others, and nobody is given any that are not.
//!
//! The SDK reads profiles and tokens once. Here the chain is read anew when its credentials are
//! refused or cannot be had: a program that renews them in the background is found within seconds,
//! and a person who logs in again within a quarter of a minute, if one is waited for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, future as provider_future,
};
use aws_smithy_async::time::TimeSource;
use futures::future::{BoxFuture, FutureExt};

use super::credential_source::CredentialSource;
use super::identity::{ProvenKeys, Retries};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::connection::logins::LoginNews;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::renewal::{AwaitLogin, Renewable};
use crate::cloud::wire::sdk_config::signing_with;
use crate::name::AccountId;

const OPERATION: &str = "sts:GetCallerIdentity";

/// Credentials are had anew this long before they end.
const RENEW_AHEAD: Duration = Duration::from_secs(30);
/// Those that do not say when they end are asked for again after this long, as the SDK does.
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);
/// Where they could not be had anew while the present ones hold, that is tried again after this long.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// What does not yield credentials within this time is given up.
const YIELDS_WITHIN: Duration = Duration::from_secs(60);

/// The pauses before the first looks for a new login, of which nobody hears.
const QUIET_PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A look that found nothing counts for all who ask within this time.
const LOOK_COUNTS_FOR: Duration = Duration::from_secs(10);

/// The credentials of a login, renewed when they end and always of one account.
pub(in crate::cloud) struct Login {
    cloud: Cloud,
    source: CredentialSource,
    /// Asked whose keys are; it acts with none of its own.
    sts: aws_sdk_sts::Client,
    account: AccountId,
    current: tokio::sync::Mutex<Current>,
    generation: AtomicU64,
    /// Held by whoever looks for a new login; the others wait for what that finds.
    looking: tokio::sync::Mutex<()>,
    away: Mutex<Option<Away>>,
}

struct Current {
    provider: SharedCredentialsProvider,
    keys: ProvenKeys,
    /// Until when nobody is asked for others.
    until: SystemTime,
}

/// A login that ended, until there is a new one.
#[derive(Clone, Debug)]
struct Away {
    looked: SystemTime,
    reason: CallError,
    is_told: bool,
}

impl Login {
    /// Finds the login kept at a place, and returns with it the settings of clients that act with it
    /// and its first keys: all others are of their account.
    ///
    /// # Errors
    /// When there is none, or STS does not take it or is out of reach.
    pub async fn find(
        cloud: &Cloud,
        source: CredentialSource,
    ) -> Result<(SdkConfig, Arc<Self>, ProvenKeys), CallError> {
        let settings = cloud.settings_of(&source).await;
        let provider = provider_of(&settings);
        let sts = cloud.sts(&settings);
        let keys = ask(&provider).await?;
        let keys = ProvenKeys::ask(&sts, keys, cloud.clock(), Retries::Few).await?;
        let until = kept_until(keys.credentials(), TimeSource::now(&cloud.clock()));
        let login = Arc::new(Self {
            cloud: cloud.clone(),
            sts,
            account: keys.account().clone(),
            current: tokio::sync::Mutex::new(Current { provider, keys: keys.clone(), until }),
            generation: AtomicU64::default(),
            looking: tokio::sync::Mutex::default(),
            away: Mutex::default(),
            source,
        });
        let shared = SharedCredentialsProvider::new(Shared(login.clone()));
        Ok((signing_with(&settings, shared), login, keys))
    }

    /// Looks for a new login after the present one, of generation `seen`, was refused, and waits for
    /// it if it is to be waited for and a person is there. Returns whether there is one.
    ///
    /// # Errors
    /// When the login that is there is another account's.
    async fn look_for_new(
        &self,
        seen: u64,
        refusal: &CallError,
        login: AwaitLogin,
    ) -> Result<bool, CallError> {
        let _looking = self.looking.lock().await;
        if Renewable::generation(self) != seen {
            return Ok(true);
        }
        let logins = self.cloud.logins();
        // Where nobody can say that it was meant otherwise, another's login is the end of it.
        if !logins.is_patient() {
            self.check_is_own()?;
        }
        if self.look_first(refusal).await {
            return Ok(true);
        }
        // What was exported to this program can only be exported to another.
        let can_wait = logins.is_patient() && !self.is_from_environment().await;
        if can_wait {
            self.say_ended().await;
        }
        let is_renewed = can_wait
            && login == AwaitLogin::Yes
            && tokio::select! {
                () = logins.given_up() => false,
                () = self.watch() => true,
            };
        if !is_renewed {
            self.check_is_own()?;
        }
        Ok(is_renewed)
    }

    /// Checks that what took the present one's place is not another account's.
    fn check_is_own(&self) -> Result<(), CallError> {
        match &*self.away.lock().expect("no holder panics") {
            Some(Away { reason, .. }) if reason.is_foreign() => Err(reason.clone()),
            Some(_) | None => Ok(()),
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
        let mut reason = refusal.clone();
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            match self.look().await {
                Ok(()) => return true,
                Err(error) => reason = error,
            }
            if reason.is_foreign() && !self.cloud.logins().is_patient() {
                break;
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

    /// Reads what is kept anew, and takes it if AWS does and it is of the same account.
    async fn look(&self) -> Result<(), CallError> {
        let settings = self.cloud.settings_of(&self.source).await;
        let provider = provider_of(&settings);
        let keys = self.prove(ask(&provider).await?, Retries::Few).await?;
        let until = kept_until(keys.credentials(), self.now());
        *self.current.lock().await = Current { provider, keys, until };
        self.generation.fetch_add(1, Ordering::Relaxed);
        let away = self.away.lock().expect("no holder panics").take();
        if away.is_some_and(|away| away.is_told) {
            self.cloud.logins().say(LoginNews::Renewed { account: self.account.clone() });
        }
        Ok(())
    }

    /// Proves that keys are of the account of the first ones.
    async fn prove(&self, keys: Credentials, retries: Retries) -> Result<ProvenKeys, CallError> {
        let proven = ProvenKeys::ask(&self.sts, keys, self.cloud.clock(), retries).await?;
        proven.only_of(&self.account, &self.from())
    }

    fn from(&self) -> String {
        match &self.source.profile {
            Some(profile) => format!("profile `{profile}`"),
            None => "the default credential chain".to_owned(),
        }
    }

    async fn say_ended(&self) {
        let remedy = self.remedy().await;
        let mut away = self.away.lock().expect("no holder panics");
        let Some(away) = away.as_mut().filter(|away| !away.is_told) else { return };
        away.is_told = true;
        let (account, reason) = (self.account.clone(), away.reason.text.clone());
        self.cloud.logins().say(LoginNews::Ended { account, from: self.from(), reason, remedy });
    }

    async fn remedy(&self) -> String {
        let profile = match &self.source.profile {
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
        let came_by =
            current.keys.credentials().get_property::<Vec<AwsCredentialFeature>>().cloned();
        came_by.unwrap_or_default().iter().any(|way| ways.contains(way))
    }

    async fn credentials(&self) -> Result<Credentials, CallError> {
        let mut current = self.current.lock().await;
        // Its provider may take its time to say so: while it is looked for, that is known.
        if let Some(Away { reason, .. }) = &*self.away.lock().expect("no holder panics") {
            return Err(ended(reason));
        }
        let now = self.now();
        if now < current.until {
            return Ok(current.keys.credentials().clone());
        }
        // What still holds is good until its end.
        let holds = current.keys.credentials().expiry().is_none_or(|end| now < end);
        match self.had_anew(&current, if holds { Retries::Few } else { Retries::All }).await {
            Ok(keys) => {
                if current.keys.had_again(keys.credentials()).is_none() {
                    self.generation.fetch_add(1, Ordering::Relaxed);
                }
                current.until = kept_until(keys.credentials(), now);
                current.keys = keys;
                Ok(current.keys.credentials().clone())
            }
            // Whatever still holds: who yields them is not to be trusted any more.
            Err(foreign) if foreign.is_foreign() => {
                let away = Away { looked: now, reason: foreign.clone(), is_told: false };
                *self.away.lock().expect("no holder panics") = Some(away);
                Err(foreign)
            }
            Err(error) if holds => {
                tracing::warn!(%error, "the credentials are not renewed yet");
                current.until = now + RENEW_AGAIN_AFTER;
                Ok(current.keys.credentials().clone())
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for keys, and STS whose they are if they are others than the present ones.
    async fn had_anew(&self, current: &Current, retries: Retries) -> Result<ProvenKeys, CallError> {
        let keys = ask(&current.provider).await?;
        match current.keys.had_again(&keys) {
            Some(same) => Ok(same),
            None => self.prove(keys, retries).await,
        }
    }

    fn now(&self) -> SystemTime {
        TimeSource::now(&self.cloud.clock())
    }

    fn since(&self, then: SystemTime) -> Duration {
        self.now().duration_since(then).unwrap_or_default()
    }
}

impl Renewable for Login {
    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    fn have_expired(&self, refusal: &CallError) -> bool {
        match refusal.origin {
            ErrorOrigin::Credentials | ErrorOrigin::ForeignCredentials => true,
            _ => refusal.has_expired_credentials(),
        }
    }

    fn renew<'a>(
        &'a self,
        seen: u64,
        refusal: &'a CallError,
        login: AwaitLogin,
    ) -> BoxFuture<'a, Result<bool, CallError>> {
        self.look_for_new(seen, refusal, login).boxed()
    }
}

fn provider_of(settings: &SdkConfig) -> SharedCredentialsProvider {
    settings.credentials_provider().expect("every origin has a provider")
}

async fn ask(provider: &SharedCredentialsProvider) -> Result<Credentials, CallError> {
    let asked = provider.provide_credentials();
    let answer = match tokio::time::timeout(YIELDS_WITHIN, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(CredentialsError::provider_timed_out(YIELDS_WITHIN)),
    };
    answer.map_err(|error| CallError::of_credentials(OPERATION, &error))
}

/// Returns until when keys that were just had are used without asking for others.
fn kept_until(keys: &Credentials, now: SystemTime) -> SystemTime {
    match keys.expiry() {
        Some(end) => end - RENEW_AHEAD,
        None => now + KEPT_FOR,
    }
}

/// Returns why a login that ended yields nothing.
fn ended(reason: &CallError) -> CallError {
    if reason.is_foreign() {
        return reason.clone();
    }
    let text = format!("the login has ended: {}", reason.text);
    CallError { operation: OPERATION, code: None, text, origin: ErrorOrigin::Credentials }
}

/// Names where it is kept, never the keys.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({:?})", self.source)
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
        provider_future::ProvideCredentials::new(async {
            self.0.credentials().await.map_err(CredentialsError::provider_error)
        })
    }
}
