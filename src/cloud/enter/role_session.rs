//! Credentials of an assumed role, renewed before they run out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_async::time::TimeSource;
use futures::future::{BoxFuture, FutureExt};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::credential_check;
use super::identity::{ProvenCredentials, Retries};
use super::role_request::RoleRequest;
use crate::clock::Clock;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::cloud::wire::rate_limiter::CallRateLimiter;
use crate::cloud::wire::renewal::{AwaitLogin, Renewable};

/// A session is renewed this long before it ends, or in the last quarter of its life if that is
/// shorter: a call that is signed just before must still be good when it arrives.
const RENEW_AHEAD: Duration = Duration::from_secs(300);

/// After a renewal that failed, the session that still holds is used this long.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Clocks that differ by more are not of one time.
const CLOCKS_APART: Duration = Duration::from_secs(120);

/// Yields credentials of one role, each proven to be of the role's account; asks STS once, and again
/// only when they are about to end.
pub(in crate::cloud) struct RoleSession {
    sts: aws_sdk_sts::Client,
    limiter: CallRateLimiter,
    request: RoleRequest,
    clock: Clock,
    current: Mutex<Option<TemporaryCredentials>>,
    generation: AtomicU64,
    /// That STS opened it in another account: then it is over.
    foreign: OnceLock<CallError>,
}

#[derive(Clone, Debug)]
struct TemporaryCredentials {
    keys: ProvenCredentials,
    /// Until when it holds, by our own clock.
    holds_until: SystemTime,
    renew_at: SystemTime,
}

impl RoleSession {
    /// `sts` acts as the source account; `limiter` is shared by everybody who assumes roles from there.
    pub fn new(
        sts: aws_sdk_sts::Client,
        limiter: CallRateLimiter,
        request: RoleRequest,
        clock: Clock,
    ) -> Self {
        let (current, generation) = (Mutex::new(None), AtomicU64::default());
        let foreign = OnceLock::new();
        Self { sts, limiter, request, clock, current, generation, foreign }
    }

    /// Opens the session and returns the ARN of its caller.
    ///
    /// # Errors
    /// When STS refuses, or opens it in another account than the role's.
    pub async fn open(&self) -> Result<String, CallError> {
        self.lease().await.map(|lease| lease.keys.caller().to_owned())
    }

    /// Returns credentials that are good for the next call.
    ///
    /// # Errors
    /// When STS refuses and there are none that still hold, or once it opened the session in another
    /// account.
    pub async fn credentials(&self) -> Result<Credentials, CallError> {
        self.lease().await.map(|lease| lease.keys.credentials().clone())
    }

    /// Opens the session anew after a call with that of generation `seen` was refused, unless that
    /// was done already.
    async fn open_anew(&self, seen: u64) -> Result<(), CallError> {
        let mut current = self.current.lock().await;
        if self.generation() == seen {
            *current = None;
        }
        drop(current);
        self.lease().await.map(drop)
    }

    async fn lease(&self) -> Result<TemporaryCredentials, CallError> {
        let mut current = self.current.lock().await;
        if let Some(foreign) = self.foreign.get() {
            return Err(foreign.clone());
        }
        let now = TimeSource::now(&self.clock);
        if let Some(lease) = current.as_ref().filter(|lease| now < lease.renew_at) {
            return Ok(lease.clone());
        }
        // While the present session holds, its calls do not wait long for the next one.
        let holds_for = |lease: &TemporaryCredentials, now: SystemTime| {
            lease.holds_until.duration_since(now).ok()
        };
        let time_left = current.as_ref().and_then(|lease| holds_for(lease, now));
        let hurried = match time_left {
            None => None,
            Some(left) => {
                let limiter = self.limiter.not_waiting_for_login();
                tokio::time::timeout(left / 2, self.assume(&limiter)).await.ok()
            }
        };
        let now = TimeSource::now(&self.clock);
        let standing = current.as_mut().filter(|lease| holds_for(lease, now).is_some());
        match (hurried, standing) {
            (Some(Ok(lease)), _) => Ok(self.take(&mut current, lease)),
            // Whatever still holds: a role that leads elsewhere is not entered any more.
            (Some(Err(refusal)), _) if self.foreign.get().is_some() => Err(refusal),
            (failed, Some(lease)) => {
                tracing::warn!(role = %self.request.role, ?failed, "the session is not renewed yet");
                // Calls queue here: each would wait for a renewal of its own.
                lease.renew_at = now + RENEW_AGAIN_AFTER;
                Ok(lease.clone())
            }
            (Some(Err(refusal)), None) => Err(refusal),
            (None, None) => {
                let lease = self.assume(&self.limiter).await?;
                Ok(self.take(&mut current, lease))
            }
        }
    }

    fn take(
        &self,
        current: &mut Option<TemporaryCredentials>,
        lease: TemporaryCredentials,
    ) -> TemporaryCredentials {
        self.generation.fetch_add(1, Ordering::Relaxed);
        current.insert(lease).clone()
    }

    async fn assume(&self, limiter: &CallRateLimiter) -> Result<TemporaryCredentials, CallError> {
        let RoleRequest { role, session_name, duration, .. } = &self.request;
        let seconds = i32::try_from(duration.as_secs()).unwrap_or(i32::MAX);
        let assume = || async {
            let call = self
                .sts
                .assume_role()
                .role_arn(role.as_str())
                .role_session_name(session_name.as_str())
                .set_external_id(self.request.external_id.clone())
                .set_policy(self.request.policy.as_deref().map(str::to_owned))
                .set_tags((!self.request.tags.is_empty()).then(|| self.request.tags.clone()))
                .set_source_identity(self.request.source_identity.clone())
                .duration_seconds(seconds);
            // On a stack of its own: the credentials for a role in a chain are those of the role before
            // it, and calls within calls need much of one.
            let mut alone = JoinSet::new();
            alone.spawn(async move { call.send().await });
            let reply = alone.join_next().await.expect("one call was begun");
            let reply = reply.expect("a call does not panic");
            reply.map_err(|error| CallError::of("sts:AssumeRole", &error))
        };
        let reply = limiter.send(assume).await?;
        let keys = reply.credentials.ok_or_else(|| CallError {
            operation: "sts:AssumeRole",
            code: None,
            text: "the reply holds no credentials".to_owned(),
            origin: ErrorOrigin::Network,
        })?;
        let now = TimeSource::now(&self.clock);
        let expires = SystemTime::try_from(keys.expiration).unwrap_or(now + *duration);
        let holds_until = on_our_clock(expires, now + *duration);
        let lifetime = holds_until.duration_since(now).unwrap_or_default();
        let credentials = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            Some(expires),
            "xdeploy",
        );
        credential_check::check(&credentials).map_err(|error| {
            let text = format!("the reply cannot be used: {error}");
            CallError::unreadable("sts:AssumeRole", text)
        })?;
        let caller = reply.assumed_role_user.map(|user| user.arn).unwrap_or_default();
        let keys = self.proven(credentials, &caller).await?;
        let renew_at = holds_until - RENEW_AHEAD.min(lifetime / 4);
        Ok(TemporaryCredentials { keys, holds_until, renew_at })
    }

    /// Proves that keys are of the role's account: STS said so with them, or is asked.
    async fn proven(
        &self,
        keys: Credentials,
        caller: &str,
    ) -> Result<ProvenCredentials, CallError> {
        let role = &self.request.role;
        let proven = match ProvenCredentials::handed_out(&keys, caller) {
            Some(proven) => proven,
            None => ProvenCredentials::ask(&self.sts, keys, self.clock, Retries::All).await?,
        };
        let own = proven.only_of(&role.account(), &format!("role {role}"));
        own.inspect_err(|foreign| drop(self.foreign.set(foreign.clone())))
    }
}

/// Returns when a session ends: as AWS says, unless its clock and ours are so far apart that only how
/// long was asked for tells.
fn on_our_clock(theirs: SystemTime, asked: SystemTime) -> SystemTime {
    let apart = theirs.duration_since(asked).unwrap_or_else(|error| error.duration());
    if apart < CLOCKS_APART { theirs } else { asked }
}

impl Renewable for RoleSession {
    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    fn have_expired(&self, refusal: &CallError) -> bool {
        // A role that cannot be assumed any more was asked for long enough already.
        refusal.has_expired_credentials()
    }

    fn renew<'a>(
        &'a self,
        seen: u64,
        _refusal: &'a CallError,
        _login: AwaitLogin,
    ) -> BoxFuture<'a, Result<bool, CallError>> {
        async move { self.open_anew(seen).await.map(|()| true) }.boxed()
    }
}

/// Names the role, never the keys.
impl std::fmt::Debug for RoleSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RoleSession({})", self.request.role)
    }
}

impl ProvideCredentials for RoleSession {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.credentials().await.map_err(CredentialsError::provider_error)
        })
    }
}
