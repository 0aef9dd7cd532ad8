//! The stacks of one account and Region: what every call on them shares.

use std::collections::BTreeSet;
use std::error::Error;
use std::ops::Deref;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::drift_detections::{DETECTIONS_PER_SECOND, DriftDetections};
use super::intent::Intent;
use crate::clock::Clock;
use crate::cloud::storage::buckets::Buckets;
use crate::cloud::storage::upload::UploadBuckets;
use crate::cloud::watch::durations::Durations;
use crate::cloud::watch::hooks_seen::HooksSeen;
use crate::cloud::watch::shared_poll::SharedPoll;
use crate::cloud::wire::account_guard::{AccountGuard, Proof};
use crate::cloud::wire::call_error::CallError;
use crate::cloud::wire::fence_check;
use crate::cloud::wire::iam_propagation::Propagation;
use crate::cloud::wire::rate_limiter::{CallRateLimiter, MayGo};
use crate::cloud::wire::region_check::RegionCheck;
use crate::cloud::wire::renewal::Renewable;
use crate::cloud::wire::sdk_config::credentials_of;
use crate::name::{AccountId, AccountName};

/// The most calls a second of each kind in one account and Region, before AWS said anything.
const READS_PER_SECOND: f64 = 20.0;
const WRITES_PER_SECOND: f64 = 40.0;

/// The stacks of one account and Region. Cloning it is cheap; clones share everything.
#[derive(Clone, Debug)]
pub struct Stacks {
    shared: Arc<StacksShared>,
}

/// What all who work on the stacks of one account and Region share.
#[derive(Debug)]
pub struct StacksShared {
    /// The account, for messages.
    pub account: AccountName,
    pub(in crate::cloud) client: aws_sdk_cloudformation::Client,
    pub(in crate::cloud) buckets: Buckets,
    pub(in crate::cloud) uploads: UploadBuckets,
    /// The source account, where roles are assumed from it.
    pub(in crate::cloud) source: Option<AccountId>,
    /// The endpoint that is asked instead of AWS's own, if there is one.
    pub(in crate::cloud) endpoint: Option<String>,
    pub(in crate::cloud) clock: Clock,
    pub(in crate::cloud) guard: AccountGuard,
    settings: SdkConfig,
    pub(in crate::cloud) durations: Durations,
    pub(in crate::cloud) propagation: Propagation,
    pub(in crate::cloud) hooks: HooksSeen,
    /// The names of the run's stacks here: whether a listing pays, and what of it is kept.
    pub(in crate::cloud) expected: BTreeSet<String>,
    pub(in crate::cloud) watch: SharedPoll,
    pub(in crate::cloud) reads: CallRateLimiter,
    pub(in crate::cloud) event_reads: CallRateLimiter,
    pub(in crate::cloud) detections: DriftDetections,
    writes: CallRateLimiter,
}

/// What the stacks of one account and Region are reached with.
pub(in crate::cloud) struct Access {
    pub account: AccountName,
    pub client: aws_sdk_cloudformation::Client,
    pub buckets: Buckets,
    pub uploads: UploadBuckets,
    pub source: Option<AccountId>,
    pub endpoint: Option<String>,
    pub clock: Clock,
    pub guard: AccountGuard,
    pub settings: SdkConfig,
    pub durations: Durations,
    pub propagation: Propagation,
    pub keys: Option<Arc<dyn Renewable>>,
    pub enabled: RegionCheck,
    pub expected: BTreeSet<String>,
}

impl Stacks {
    pub(in crate::cloud) fn new(access: Access) -> Self {
        let Access { account, client, buckets, uploads, source, endpoint, clock, .. } = access;
        let Access { guard, settings, durations, propagation, expected, keys, .. } = access;
        let enabled = access.enabled;
        let keys = keys.as_ref();
        // Reads and writes are allowed by different statements: each has retries of its own.
        let retrying = |most_per_second| {
            let propagation_retry = propagation.with(guard.account().clone(), None);
            let limiter =
                CallRateLimiter::new(most_per_second, clock).signed_with(keys).in_region(&enabled);
            limiter.retrying_denied(propagation_retry)
        };
        let shared = StacksShared {
            account,
            client,
            buckets,
            uploads,
            source,
            endpoint,
            clock,
            expected,
            watch: SharedPoll::default(),
            reads: retrying(READS_PER_SECOND),
            event_reads: CallRateLimiter::new(READS_PER_SECOND, clock)
                .signed_with(keys)
                .in_region(&enabled),
            detections: DriftDetections::new(retrying(DETECTIONS_PER_SECOND)),
            writes: retrying(WRITES_PER_SECOND),
            guard,
            settings,
            durations,
            propagation,
            hooks: HooksSeen::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns the same with other names of stacks: a listing holds the stacks that it was made for, and
    /// says nothing of others. Rates are shared.
    pub(in crate::cloud) fn expecting(&self, expected: &BTreeSet<String>) -> Self {
        let shared = StacksShared {
            account: self.account.clone(),
            client: self.client.clone(),
            buckets: self.buckets.clone(),
            uploads: self.uploads.clone(),
            source: self.source.clone(),
            endpoint: self.endpoint.clone(),
            clock: self.clock,
            guard: self.guard.clone(),
            settings: self.settings.clone(),
            durations: self.durations.clone(),
            propagation: self.propagation.clone(),
            hooks: self.hooks.clone(),
            expected: expected.clone(),
            watch: SharedPoll::default(),
            reads: self.reads.clone(),
            event_reads: self.event_reads.clone(),
            detections: self.detections.clone(),
            writes: self.writes.clone(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Proves that what is written now goes to the account that the file says.
    ///
    /// # Errors
    /// When the keys are another account's, or an answer was; when there are no keys.
    pub async fn prove_account(&self) -> Result<Proof, CallError> {
        let proof = self.guard.proof()?;
        self.writes.with_keys(|| credentials_of(&self.settings)).await?;
        Ok(proof)
    }

    /// Sends a call that changes a stack when its time has come, and reads its answer; `may_go` and the
    /// proof are asked each time right before.
    ///
    /// # Errors
    /// As [`CallRateLimiter::send_if`], and when the proof holds no more.
    pub(super) async fn change<O, T, E, F>(
        &self,
        Change { operation, intent, proof, may_go }: Change<'_>,
        call: impl Fn() -> F,
        read: impl Fn(O) -> Result<T, CallError>,
    ) -> Result<T, CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        tracing::debug!(operation, token = intent.token(), "a change is about to be sent");
        let fenced = || fence_check::behind(intent.fence().clone(), call());
        self.prepare(operation, proof, may_go, fenced, read).await
    }

    /// Sends a call that leaves stacks as they are, in the same way: one that makes or deletes a change
    /// set.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub(super) async fn prepare<O, T, E, F>(
        &self,
        operation: &'static str,
        proof: &Proof,
        may_go: MayGo<'_>,
        call: impl Fn() -> F,
        read: impl Fn(O) -> Result<T, CallError>,
    ) -> Result<T, CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    {
        let proven = || async {
            proof.check(&self.guard)?;
            let answer = call().await;
            read(answer.map_err(|error| CallError::of(operation, &error))?)
        };
        self.writes.send_if(may_go, proven).await
    }
}

/// A call that changes a stack, and what must be shown for it.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    /// The call, such as `cloudformation:CreateStack`.
    pub operation: &'static str,
    /// That it is on record.
    pub intent: &'a Intent,
    /// That its account is the right one.
    pub proof: &'a Proof,
    /// Whether it may be sent now.
    pub may_go: MayGo<'a>,
}

/// Reads an answer of which nothing is needed.
pub(super) fn accepted<O>(_: O) -> Result<(), CallError> {
    Ok(())
}

impl Deref for Stacks {
    type Target = StacksShared;

    fn deref(&self) -> &StacksShared {
        &self.shared
    }
}
