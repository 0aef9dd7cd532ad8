//! Rate limiter and retries of calls: throttling is waited out for as long as it lasts, expired
//! credentials are renewed, denials are retried while a change of IAM propagates.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use super::adaptive_rate::AdaptiveRate;
use super::call_counter::reply_code;
use super::call_error::{CallError, ErrorOrigin};
use super::error_code::is_throttling_code;
use super::iam_propagation::PropagationRetry;
use super::region_check::RegionCheck;
use super::renewal::{AwaitLogin, Renewable};
use crate::clock::Clock;

/// How long a call is held back in all before its throttling counts as its failure.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3600);

/// How long is waited before a call is sent again whose answer cannot be read.
const UNREADABLE_AGAIN_AFTER: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// How often a call is sent again with new keys.
const MOST_RENEWALS: u32 = 3;

/// Whether a write that waited for its time may still be sent.
pub type MayGo<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// Limits the rate of one kind of call in one account and Region; clones share it.
#[derive(Clone, Debug)]
pub struct CallRateLimiter {
    rate: Arc<Mutex<AdaptiveRate>>,
    /// Who holds it is the next to send; the others wait in the order they came.
    gate: Arc<tokio::sync::Mutex<()>>,
    clock: Clock,
    /// Whether refusals are waited out that a change of IAM may still lift.
    propagation_retry: Option<PropagationRetry>,
    /// What signs the calls, if that can be renewed.
    keys: Option<Arc<dyn Renewable>>,
    /// Finds out whether a refusal is due to the Region.
    region: Option<RegionCheck>,
    /// Whether a call waits for a new login.
    login: AwaitLogin,
}

impl CallRateLimiter {
    /// Returns a limiter to at most so many calls a second.
    pub fn new(most_per_second: f64, clock: Clock) -> Self {
        let rate = Arc::new(Mutex::new(AdaptiveRate::new(most_per_second)));
        Self {
            rate,
            gate: Arc::default(),
            clock,
            propagation_retry: None,
            keys: None,
            region: None,
            login: AwaitLogin::Yes,
        }
    }

    /// Returns the same limiter for calls whose denials are retried while a change of IAM propagates.
    pub(in crate::cloud) fn retrying_denied(&self, propagation_retry: PropagationRetry) -> Self {
        Self { propagation_retry: Some(propagation_retry), ..self.clone() }
    }

    /// Returns the same limiter for calls that are sent again with new keys where theirs have ended.
    pub(in crate::cloud) fn signed_with(&self, keys: Option<&Arc<dyn Renewable>>) -> Self {
        Self { keys: keys.cloned(), ..self.clone() }
    }

    /// Returns the same limiter for calls in a Region that may not be enabled.
    pub(in crate::cloud) fn in_region(&self, check: &RegionCheck) -> Self {
        Self { region: Some(check.clone()), ..self.clone() }
    }

    /// Returns the same limiter for calls that do not wait for a new login.
    pub(in crate::cloud) fn not_waiting_for_login(&self) -> Self {
        Self { login: AwaitLogin::No, ..self.clone() }
    }

    /// Returns the same limiter for calls whose denial is an answer.
    pub fn not_retrying_denied(&self) -> Self {
        Self { propagation_retry: None, ..self.clone() }
    }

    /// Sends a call when its time has come, and again as long as it is throttled.
    ///
    /// # Errors
    /// With whatever else the call fails with, or if it is throttled for an hour.
    pub async fn send<T, F>(&self, call: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        self.send_if(&|| true, call).await
    }

    /// Sends a call when its time has come, and again as long as it is throttled or IAM may still
    /// come to allow it, and a few times if its answer cannot be read; `may_go` is asked each time
    /// right before.
    ///
    /// # Errors
    /// With [`CallError::withdrawn`] if it may not go, with whatever else the call fails with, or if
    /// it is throttled for an hour.
    pub async fn send_if<T, F>(
        &self,
        may_go: MayGo<'_>,
        mut call: impl FnMut() -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let began = TimeSource::now(&self.clock);
        let mut backoff = self.propagation_retry.as_ref().map(PropagationRetry::begin);
        let mut renewals = 0;
        let mut unreadable = UNREADABLE_AGAIN_AFTER.into_iter();
        loop {
            self.wait_for_slot().await;
            if !may_go() {
                return Err(CallError::withdrawn());
            }
            let seen = self.generation();
            let answer = match self.told(call()).await {
                Err(refusal) => Err(self.explained(refusal, seen).await),
                answer => answer,
            };
            let is_throttled = answer.as_ref().is_err_and(CallError::is_throttled);
            let now = TimeSource::now(&self.clock);
            if is_throttled && now.duration_since(began).unwrap_or_default() <= GIVEN_UP_AFTER {
                continue;
            }
            if let (Some(seen), Err(refusal)) = (seen, &answer)
                && renewals < MOST_RENEWALS
                && self.renew(seen, refusal).await?
            {
                renewals += 1;
                continue;
            }
            if answer.as_ref().is_err_and(|error| error.origin == ErrorOrigin::Unreadable)
                && let Some(pause) = unreadable.next()
            {
                tokio::time::sleep(pause).await;
                continue;
            }
            let Some(backoff) = &mut backoff else { return answer };
            match &answer {
                Err(refusal) if refusal.is_access_denied() => {
                    if backoff.wait_for_propagation(refusal).await {
                        continue;
                    }
                }
                // What AWS answers in any other way was allowed.
                Ok(_) | Err(CallError { origin: ErrorOrigin::Service, .. }) => {
                    backoff.was_allowed();
                }
                Err(_) => {}
            }
            return answer;
        }
    }

    /// Does what needs the keys and sends nothing, and again with new keys where they have ended.
    ///
    /// # Errors
    /// With whatever else it fails with.
    pub async fn with_keys<T, F>(&self, mut work: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut renewals = 0;
        loop {
            let seen = self.generation();
            let done = work().await;
            match (seen, &done) {
                (Some(seen), Err(refusal))
                    if renewals < MOST_RENEWALS && self.renew(seen, refusal).await? =>
                {
                    renewals += 1;
                }
                _ => return done,
            }
        }
    }

    fn generation(&self) -> Option<u64> {
        self.keys.as_ref().map(|keys| keys.generation())
    }

    /// Returns a refusal that is due to the Region as such a one: no new keys would mend it.
    async fn explained(&self, refusal: CallError, seen: Option<u64>) -> CallError {
        let Some(check) = &self.region else { return refusal };
        let are_same = || self.generation() == seen;
        check.explain(refusal, are_same).await
    }

    /// Gets new keys if a call was refused because its own have ended, and returns whether it is
    /// worth to send it again.
    async fn renew(&self, seen: u64, refusal: &CallError) -> Result<bool, CallError> {
        let Some(keys) = self.keys.as_ref().filter(|keys| keys.have_expired(refusal)) else {
            return Ok(false);
        };
        tracing::info!(%refusal, ?keys, "the keys have ended");
        keys.renew(seen, refusal, self.login).await
    }

    /// Sends a call if nobody waits and its time has come; otherwise there is none.
    pub async fn send_now<T, F>(&self, call: impl FnOnce() -> F) -> Option<Result<T, CallError>>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let gate = self.gate.try_lock().ok()?;
        self.with_rate(AdaptiveRate::take_slot).ok()?;
        drop(gate);
        Some(self.told(call()).await)
    }

    /// Sends a call and tells the rate how it was answered.
    async fn told<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        // Boxed, so that those who wait for their slot hold no room for the call yet.
        let answer = Box::pin(call).await;
        let is_throttled = answer.as_ref().is_err_and(CallError::is_throttled);
        self.with_rate(if is_throttled { AdaptiveRate::throttled } else { AdaptiveRate::answered });
        answer
    }

    /// Waits at the gate, not with a slot of its own: when AWS throttles, everybody who has not
    /// sent yet goes slower at once.
    async fn wait_for_slot(&self) {
        let _next = self.gate.lock().await;
        while let Err(wait) = self.with_rate(AdaptiveRate::take_slot) {
            tokio::time::sleep(wait).await;
        }
    }

    fn with_rate<T>(&self, act: impl FnOnce(&mut AdaptiveRate, std::time::SystemTime) -> T) -> T {
        let now = TimeSource::now(&self.clock);
        act(&mut self.rate.lock().expect("no holder panics"), now)
    }
}

/// Keeps the SDK from trying throttled calls again: [`CallRateLimiter`] does, and knows of all the others.
#[derive(Debug)]
pub(in crate::cloud) struct ThrottlingNotRetried;

impl ClassifyRetry for ThrottlingNotRetried {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let code = context.response().and_then(reply_code);
        match code {
            Some(code) if is_throttling_code(code) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttling is paced"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
