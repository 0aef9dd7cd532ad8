//! Propagation of IAM changes: denials are retried, with a back-off, until a change counts everywhere.
//!
//! A role or policy that was just made is refused for some seconds: IAM copies what it was told to
//! many places. Source: IAM user guide, "Troubleshoot IAM", "Changes that I make are not always
//! immediately visible", which names no bound; seconds are usual, half a minute was seen. A refusal
//! is asked again only where this machine changed IAM a short time ago, so that one that is meant
//! is told at once. How it is told to people is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;

use super::call_error::CallError;
use crate::clock::Clock;
use crate::name::AccountId;

/// How long after a change a refusal may be due to it.
pub const PROPAGATES_WITHIN: Duration = Duration::from_secs(120);

/// How long a call is asked again after it was first refused.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// The pause after the first refusal; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How many calls a second all who wait send together, however many they are.
const MOST_A_SECOND: u32 = 100;

/// A call that is refused and asked again, because IAM changed a short time ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropagationWait {
    /// The account whose role or session is concerned.
    pub account: AccountId,
    /// The call, such as `sts:AssumeRole`.
    pub operation: &'static str,
}

type Teller = Box<dyn Fn(PropagationWait) + Send + Sync>;

/// When IAM changed in which account, as far as this machine knows; clones share it.
#[derive(Clone)]
pub(in crate::cloud) struct Propagation {
    shared: Arc<Shared>,
    clock: Clock,
}

#[derive(Default)]
struct Shared {
    changed: Mutex<BTreeMap<AccountId, SystemTime>>,
    waiting: AtomicUsize,
    told: Mutex<BTreeSet<AccountId>>,
    teller: Mutex<Option<Teller>>,
}

impl std::fmt::Debug for Propagation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Propagation({:?})", self.shared.changed)
    }
}

impl Propagation {
    /// Returns what is known before anything was changed: nothing.
    pub fn new(clock: Clock) -> Self {
        Self { shared: Arc::default(), clock }
    }

    /// Tells, once for each account, when a call is waited for.
    pub fn tell(&self, teller: impl Fn(PropagationWait) + Send + Sync + 'static) {
        *self.shared.teller.lock().expect("no holder panics") = Some(Box::new(teller));
    }

    /// Takes in that IAM changed in an account at some time.
    pub fn changed_at(&self, account: &AccountId, at: SystemTime) {
        let mut changed = self.shared.changed.lock().expect("no holder panics");
        let known = changed.entry(account.clone()).or_insert(at);
        *known = at.max(*known);
    }

    /// Takes in that IAM just changed in an account.
    pub fn changed(&self, account: &AccountId) {
        self.changed_at(account, TimeSource::now(&self.clock));
    }

    /// Returns the retries of calls that a change in `account`, or where its caller comes from,
    /// may still allow.
    pub fn with(&self, account: AccountId, caller: Option<AccountId>) -> PropagationRetry {
        PropagationRetry { propagation: self.clone(), account, caller, has_passed: Arc::default() }
    }

    fn last_change(&self, accounts: [Option<&AccountId>; 2]) -> Option<SystemTime> {
        let changed = self.shared.changed.lock().expect("no holder panics");
        accounts.into_iter().flatten().filter_map(|account| changed.get(account)).max().copied()
    }

    fn say(&self, awaited: PropagationWait) {
        tracing::info!(?awaited, "IAM's last change does not count yet");
        if !self.shared.told.lock().expect("no holder panics").insert(awaited.account.clone()) {
            return;
        }
        if let Some(teller) = &*self.shared.teller.lock().expect("no holder panics") {
            teller(awaited);
        }
    }
}

/// Retries of one kind of call that is denied: until it was allowed once. Clones share that.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct PropagationRetry {
    propagation: Propagation,
    account: AccountId,
    caller: Option<AccountId>,
    has_passed: Arc<AtomicBool>,
}

impl PropagationRetry {
    /// Returns the back-off of the next call.
    pub fn begin(&self) -> PropagationBackoff<'_> {
        PropagationBackoff { propagation_retry: self, refused: None }
    }

    fn is_worth_it(&self, refusal: &CallError) -> bool {
        // What is denied in so many words is not about to be allowed.
        refusal.is_access_denied()
            && !refusal.text.contains("explicit deny")
            && !self.has_passed.load(Ordering::Relaxed)
    }
}

/// The back-off of one call.
pub(in crate::cloud) struct PropagationBackoff<'a> {
    propagation_retry: &'a PropagationRetry,
    refused: Option<Refused>,
}

/// Since when and how often a call was refused.
struct Refused {
    since: SystemTime,
    pause: Duration,
    _waiting: Waiting,
}

/// One of those who wait.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        Self(shared.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PropagationBackoff<'_> {
    /// Takes in that the call was allowed: what is refused from now on is meant.
    pub fn was_allowed(&self) {
        self.propagation_retry.has_passed.store(true, Ordering::Relaxed);
    }

    /// Waits if the refusal may be passing, and returns whether it is worth to ask again.
    pub async fn wait_for_propagation(&mut self, refusal: &CallError) -> bool {
        let PropagationRetry { propagation, account, caller, .. } = self.propagation_retry;
        if !self.propagation_retry.is_worth_it(refusal) {
            return false;
        }
        let Some(changed) = propagation.last_change([Some(account), caller.as_ref()]) else {
            return false;
        };
        let now = TimeSource::now(&propagation.clock);
        let since = self.refused.as_ref().map_or(now, |refused| refused.since);
        if now >= retried_until(since, changed) {
            return false;
        }
        let refused = self.refused.get_or_insert_with(|| {
            propagation
                .say(PropagationWait { account: account.clone(), operation: refusal.operation });
            Refused { since, pause: FIRST_PAUSE, _waiting: Waiting::new(&propagation.shared) }
        });
        let waiting = propagation.shared.waiting.load(Ordering::Relaxed);
        tokio::time::sleep(shared_pause(refused.pause, waiting)).await;
        refused.pause = LONGEST_PAUSE.min(refused.pause * 2);
        true
    }
}

/// Returns until when a call is asked again that was first refused at some time.
fn retried_until(refused: SystemTime, changed: SystemTime) -> SystemTime {
    (refused + GIVEN_UP_AFTER).min(changed + PROPAGATES_WITHIN)
}

/// Returns a pause in which all who wait send no more than they may together.
fn shared_pause(pause: Duration, waiting: usize) -> Duration {
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    pause.max(Duration::from_secs(1) * waiting / MOST_A_SECOND)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::cloud::ErrorOrigin;

    fn refusal(text: &str) -> CallError {
        CallError {
            operation: "sts:AssumeRole",
            code: Some("AccessDenied".to_owned()),
            text: text.to_owned(),
            origin: ErrorOrigin::Service,
        }
    }

    fn id(text: &str) -> AccountId {
        text.parse().expect("an account id")
    }

    fn propagation() -> Propagation {
        Propagation::new(Clock::starting_at(Timestamp::UNIX_EPOCH))
    }

    /// Returns how long a call is asked again that is never allowed.
    async fn waited(propagation_retry: &PropagationRetry, text: &str) -> Duration {
        let began = tokio::time::Instant::now();
        let mut backoff = propagation_retry.begin();
        while backoff.wait_for_propagation(&refusal(text)).await {}
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_meant_where_nothing_changed() {
        let propagation = propagation();
        propagation.changed(&id("100000000002"));
        let propagation_retry = propagation.with(id("100000000001"), Some(id("999999999999")));
        assert_eq!(waited(&propagation_retry, "").await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_waited_out_for_a_minute_on_either_side_of_a_change() {
        for changed in ["100000000001", "999999999999"] {
            let propagation = propagation();
            propagation.changed(&id(changed));
            let propagation_retry = propagation.with(id("100000000001"), Some(id("999999999999")));
            let waited = waited(&propagation_retry, "").await;
            assert!((60..=68).contains(&waited.as_secs()), "{waited:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_no_excuse_after_two_minutes() {
        let propagation = propagation();
        propagation.changed(&id("100000000001"));
        let propagation_retry = propagation.with(id("100000000001"), None);
        tokio::time::advance(Duration::from_secs(115)).await;
        assert!(waited(&propagation_retry, "").await <= Duration::from_secs(13));
        assert_eq!(waited(&propagation_retry, "").await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_allowed_once_and_what_is_denied_in_so_many_words_is_not_waited_for() {
        let propagation = propagation();
        propagation.changed(&id("100000000001"));
        let propagation_retry = propagation.with(id("100000000001"), None);
        let denied = "with an explicit deny in a service control policy";
        assert_eq!(waited(&propagation_retry, denied).await, Duration::ZERO);
        propagation_retry.clone().begin().was_allowed();
        assert_eq!(waited(&propagation_retry, "").await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn two_thousand_who_wait_ask_a_hundred_times_a_second_and_end_together() {
        let propagation = propagation();
        propagation.changed(&id("999999999999"));
        let began = tokio::time::Instant::now();
        let one = |number: usize| {
            let account = id(&format!("{:012}", 100_000_000_000 + number));
            let propagation_retry = propagation.with(account, Some(id("999999999999")));
            async move {
                let (mut asked, mut backoff) = (0, propagation_retry.begin());
                while backoff.wait_for_propagation(&refusal("")).await {
                    asked += 1;
                }
                asked
            }
        };
        let asked: usize = futures::future::join_all((0..2000).map(one)).await.into_iter().sum();
        let took = began.elapsed();
        assert!(took <= Duration::from_secs(90), "{took:?}");
        assert!(asked <= 10_000, "{asked}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_is_waited_for_is_told_once() {
        let propagation = propagation();
        let told = Arc::new(Mutex::new(Vec::new()));
        let hear = told.clone();
        propagation.tell(move |awaited| hear.lock().expect("nobody panics").push(awaited));
        propagation.changed(&id("100000000001"));
        let propagation_retry = propagation.with(id("100000000001"), None);
        waited(&propagation_retry, "").await;
        waited(&propagation_retry, "").await;
        let awaited = PropagationWait { account: id("100000000001"), operation: "sts:AssumeRole" };
        assert_eq!(*told.lock().expect("nobody panics"), [awaited]);
    }
}
