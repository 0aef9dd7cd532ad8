//! Credentials that somebody logged in for: they end, and a new login is found where it is kept.
//!
//! Whoever yields them may yield another account's the next time. So they are proven to be of the
//! account of the first ones whenever they are others, and nobody is given any that are not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, future as provider_future,
};
use aws_smithy_async::time::TimeSource;

use super::identity::{ProvenCredentials, Retries};
use super::login_source::LoginSource;
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
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

/// The credentials of a login, renewed when they end and always of one account.
pub(in crate::cloud) struct Login {
    pub(super) cloud: Cloud,
    pub(super) source: LoginSource,
    /// Asked whose keys are; it acts with none of its own.
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) account: AccountId,
    pub(super) current: tokio::sync::Mutex<Current>,
    pub(super) generation: AtomicU64,
    /// Held by whoever looks for a new login; the others wait for what that finds.
    pub(super) looking: tokio::sync::Mutex<()>,
    pub(super) expired: Mutex<Option<ExpiredLogin>>,
}

pub(super) struct Current {
    pub(super) provider: SharedCredentialsProvider,
    pub(super) keys: ProvenCredentials,
    /// Until when nobody is asked for others.
    pub(super) until: SystemTime,
}

/// A login that ended, until there is a new one.
#[derive(Clone, Debug)]
pub(super) struct ExpiredLogin {
    pub(super) looked: SystemTime,
    pub(super) reason: CallError,
    pub(super) is_told: bool,
}

impl Login {
    /// Finds the login kept at a place, and returns with it the settings of clients that act with it
    /// and its first keys: all others are of their account.
    ///
    /// # Errors
    /// When there is none, or STS does not take it or is out of reach.
    pub async fn find(
        cloud: &Cloud,
        source: LoginSource,
    ) -> Result<(SdkConfig, Arc<Self>, ProvenCredentials), CallError> {
        let settings = cloud.settings_of(&source).await;
        let provider = provider_of(&settings);
        let sts = cloud.sts(&settings);
        let keys = ask(&provider).await?;
        let keys = cloud.prove_first(&sts, keys).await?;
        let until = kept_until(keys.credentials(), TimeSource::now(&cloud.clock()));
        let login = Arc::new(Self {
            cloud: cloud.clone(),
            sts,
            account: keys.account().clone(),
            current: tokio::sync::Mutex::new(Current { provider, keys: keys.clone(), until }),
            generation: AtomicU64::default(),
            looking: tokio::sync::Mutex::default(),
            expired: Mutex::default(),
            source,
        });
        let shared = SharedCredentialsProvider::new(Shared(login.clone()));
        Ok((signing_with(&settings, shared), login, keys))
    }

    /// Proves that keys are of the account of the first ones.
    pub(super) async fn prove(
        &self,
        keys: Credentials,
        retries: Retries,
    ) -> Result<ProvenCredentials, CallError> {
        let proven = ProvenCredentials::ask(&self.sts, keys, self.cloud.clock(), retries).await?;
        proven.only_of(&self.account, &self.from())
    }

    /// Says where its credentials come from.
    pub(super) fn from(&self) -> String {
        match &self.source.profile {
            Some(profile) => format!("profile `{profile}`"),
            None => "the default credential chain".to_owned(),
        }
    }

    async fn credentials(&self) -> Result<Credentials, CallError> {
        let mut current = self.current.lock().await;
        // Its provider may take its time to say so: while it is looked for, that is known.
        if let Some(ExpiredLogin { reason, .. }) = &*self.expired.lock().expect("no holder panics")
        {
            return Err(ended(reason));
        }
        let now = self.now();
        if now < current.until {
            return Ok(current.keys.credentials().clone());
        }
        // What still holds is good until its end.
        let holds = current.keys.credentials().expiry().is_none_or(|end| now < end);
        match self.renewed_or_same(&current, if holds { Retries::Few } else { Retries::All }).await
        {
            Ok(keys) => {
                if current.keys.if_same(keys.credentials()).is_none() {
                    self.generation.fetch_add(1, Ordering::Relaxed);
                }
                current.until = kept_until(keys.credentials(), now);
                current.keys = keys;
                Ok(current.keys.credentials().clone())
            }
            // Whatever still holds: who yields them is not to be trusted any more.
            Err(foreign) if foreign.is_foreign() => {
                let expired = ExpiredLogin { looked: now, reason: foreign.clone(), is_told: false };
                *self.expired.lock().expect("no holder panics") = Some(expired);
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
    async fn renewed_or_same(
        &self,
        current: &Current,
        retries: Retries,
    ) -> Result<ProvenCredentials, CallError> {
        let keys = ask(&current.provider).await?;
        match current.keys.if_same(&keys) {
            Some(same) => Ok(same),
            None => self.prove(keys, retries).await,
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        TimeSource::now(&self.cloud.clock())
    }
}

pub(super) fn provider_of(settings: &SdkConfig) -> SharedCredentialsProvider {
    settings.credentials_provider().expect("every origin has a provider")
}

pub(super) async fn ask(provider: &SharedCredentialsProvider) -> Result<Credentials, CallError> {
    let asked = provider.provide_credentials();
    let answer = match tokio::time::timeout(YIELDS_WITHIN, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(CredentialsError::provider_timed_out(YIELDS_WITHIN)),
    };
    answer.map_err(|error| CallError::of_credentials(OPERATION, &error))
}

/// Returns until when keys that were just had are used without asking for others.
pub(super) fn kept_until(keys: &Credentials, now: SystemTime) -> SystemTime {
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
