//! The sandbox itself: request routing, from a request by its service to an answer.
//!
//! Everything is decided from the request, the state and the clock. Nothing runs in the background:
//! what a stack should have done since the last request is done when the next one arrives, with the
//! times it would have had.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

use super::call::QueryCall;
use super::caller::{Signature, SignedCaller};
use super::codepipeline::PipelineCall;
use super::fault::FaultSchedule;
use super::iam::{self, NeededPermission};
use super::lambda::{self, Invocations};
use super::notices;
use super::organizations::{self, OrganizationsCall};
use super::refuse::refuse;
use super::wire::form::Form;
use super::wire::{Refusal, json, query};
use super::world::{RateLimiter, SeededRole, Settings, Store, StoreError};
use super::{cloudformation, codepipeline, container_credentials, s3, secrets_manager, ssm, sts};
use crate::clock::Clock;

/// A small AWS, for any number of accounts.
///
/// Clones are the same sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    clock: Clock,
    settings: Arc<Settings>,
    store: Arc<Mutex<Store>>,
    limiter: Arc<Mutex<RateLimiter>>,
    lambda: Arc<Invocations>,
}

impl Sandbox {
    /// Returns an empty sandbox, which lasts as long as the program.
    pub fn new(clock: Clock, settings: Settings) -> Self {
        Self::over(Store::in_memory(), clock, settings)
    }

    /// Returns the sandbox whose state is in `folder`; several programs may share it.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn open(folder: &Path, clock: Clock, settings: Settings) -> Result<Self, StoreError> {
        Ok(Self::over(Store::in_folder(folder)?, clock, settings))
    }

    fn over(store: Store, clock: Clock, settings: Settings) -> Self {
        settings.faults.start(clock.now());
        Self {
            clock,
            lambda: Arc::new(Invocations::new(clock, settings.lambda_timeout)),
            settings: Arc::new(settings),
            store: Arc::new(Mutex::new(store)),
            limiter: Arc::default(),
        }
    }

    /// Makes the roles that exist beforehand; one that exists already is left as it is.
    ///
    /// # Errors
    /// If the state cannot be read or written.
    pub fn seed(&self, roles: &[SeededRole]) -> Result<(), StoreError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = store.lock_folder()?;
        for role in roles {
            store.load(&role.account)?;
            if store.account(&role.account).roles.contains_key(&role.name) {
                continue;
            }
            let (account, _) = store.change(&role.account);
            let id = format!("AROA{}", account.fresh_id(17));
            account.roles.insert(role.name.clone(), role.role(id));
        }
        store.commit(&self.clock)
    }

    /// Answers a request as the state is now; a function that is waited for takes its time.
    pub(super) async fn carry_out(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if !lambda::Invoke::is_meant(request) {
            return self.respond_at_once(request, None);
        }
        let now = self.clock.now();
        let allowed = lambda::Invoke::of(request).and_then(|invoke| {
            let signature = Signature::of(request.headers(), now)?;
            self.with_store(|store| {
                let caller = identify(signature, store, now, &self.settings)?;
                invoke.check(&caller, store, now, &self.settings)
            })
        });
        match allowed {
            Ok(allowed) => self.lambda.answer(allowed, now).await,
            Err(refusal) => lambda::refuse(&refusal),
        }
    }

    /// Answers a request as the state is now, or with the stacks as they stood a while `ago`.
    pub(super) fn respond_at_once(
        &self,
        request: &Request<Bytes>,
        ago: Option<Duration>,
    ) -> Response<Bytes> {
        if let Some(asked) = container_credentials::ContainerRequest::of(request) {
            let now = self.clock.now();
            return container_credentials::respond(
                self.with_store(|store| asked.keys(store, now, &self.settings)),
            );
        }
        self.answer(request, ago).unwrap_or_else(|refusal| refuse("", request, &refusal))
    }

    /// Refuses a request for want of permission, in the words AWS has for its caller.
    pub(super) fn deny(&self, request: &Request<Bytes>, needed: &NeededPermission) -> Refusal {
        let now = self.now();
        let refused: Result<(), Refusal> =
            Signature::of(request.headers(), now).and_then(|signature| {
                self.with_store(|store| {
                    let caller = identify(signature, store, now, &self.settings)?;
                    Err(iam::denied(&caller, needed, None))
                })
            });
        refused.expect_err("a caller that is known is refused as well")
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lambda(&self) -> &Invocations {
        &self.lambda
    }

    pub(super) fn latency(&self) -> Duration {
        self.settings.latency
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn faults(&self) -> &FaultSchedule {
        &self.settings.faults
    }

    /// Answers a request by the protocol of the service it was signed for.
    fn answer(
        &self,
        request: &Request<Bytes>,
        ago: Option<Duration>,
    ) -> Result<Response<Bytes>, Refusal> {
        let now = self.clock.now();
        let signature = Signature::of(request.headers(), now)?;
        match json::action(request) {
            _ if signature.service == "s3" => self.with_store(|store| {
                let caller = identify(signature, store, now, &self.settings)?;
                Ok(s3::answer(request, &caller, store, now, &self.settings))
            }),
            Some(action) => self.answer_json(action, request, signature, now),
            None => self.answer_query(request, signature, now, ago),
        }
    }

    fn answer_json(
        &self,
        action: &str,
        request: &Request<Bytes>,
        signature: Signature,
        now: Timestamp,
    ) -> Result<Response<Bytes>, Refusal> {
        let offered = ["ssm", "secretsmanager", "codepipeline", "organizations", "events"];
        if !offered.contains(&signature.service.as_str()) {
            return Err(Refusal::unknown_operation(format!("{}:{action}", signature.service)));
        }
        self.take_token(&signature, action, now)?;
        let (input, settings) = (json::input(request)?, &*self.settings);
        let output = self.with_store(|store| {
            let caller = identify(signature, store, now, settings)?;
            match caller.service.as_str() {
                "ssm" => ssm::answer(action, &input, &caller, store, now, settings),
                "organizations" => {
                    store.load_organization().map_err(|error| Refusal::state(error.told()))?;
                    let (caller, input) = (&caller, &input);
                    let call = OrganizationsCall { caller, input, store, now, settings };
                    organizations::answer(action, &call)
                }
                "events" => notices::put_events(action, &input, &caller, store, now, settings),
                "secretsmanager" => {
                    secrets_manager::answer(action, &input, &caller, store, now, settings)
                }
                _ => {
                    let (input, caller, lambda) = (&input, &caller, &*self.lambda);
                    let call = PipelineCall { input, caller, store, now, settings, lambda };
                    codepipeline::answer(action, call)
                }
            }
        })?;
        Ok(json::respond(&output))
    }

    fn answer_query(
        &self,
        request: &Request<Bytes>,
        signature: Signature,
        now: Timestamp,
        ago: Option<Duration>,
    ) -> Result<Response<Bytes>, Refusal> {
        let form = Form::parse(&match *request.method() {
            Method::GET => request.uri().query().unwrap_or_default().into(),
            _ => String::from_utf8_lossy(request.body()),
        });
        let action = form.required("Action").map_err(|_| {
            Refusal::bad_request("MissingAction", "no Action was given in the request")
        })?;
        self.take_token(&signature, action, now)?;
        let settings = &*self.settings;
        let (namespace, result) = self.with_store(|store| {
            let caller = identify(signature, store, now, settings)?;
            let account = &caller.account;
            settings.faults.remember(account, &store.account(account).stacks, now);
            let old = ago.and_then(|ago| settings.faults.before(account, ago, now));
            let current = old.map(|old| store.exchange_stacks(account, old));
            let mut call = QueryCall { caller: &caller, form: &form, now, settings, store };
            let answer = carry_out(action, &mut call);
            if let Some(current) = current {
                store.exchange_stacks(account, current);
            }
            settings.faults.remember(account, &store.account(account).stacks, now);
            answer
        })?;
        // These, and most changes in IAM, answer without a result of their own.
        let is_bare = matches!(action, "DeleteStack" | "SetStackPolicy")
            || namespace == iam::NAMESPACE && result.is_empty();
        let result = Some(result.as_str()).filter(|_| !is_bare);
        Ok(query::respond(action, namespace, result))
    }

    fn take_token(&self, caller: &Signature, action: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.take(&self.settings.throttling, caller, action, now)
    }

    /// Works on the accounts while nobody else does, and keeps what was changed.
    fn with_store<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let unusable = |error: StoreError| Refusal::state(error.told());
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = store.lock_folder().map_err(unusable)?;
        let answer = work(&mut store);
        store.commit(&self.clock).map_err(unusable)?;
        answer
    }
}

/// Carries out an action of the caller's service and returns its namespace and result.
fn carry_out(action: &str, call: &mut QueryCall<'_>) -> Result<(&'static str, String), Refusal> {
    match call.caller.service.as_str() {
        "sts" => Ok((sts::NAMESPACE, sts::answer(action, call)?)),
        "cloudformation" => Ok((cloudformation::NAMESPACE, cloudformation::answer(action, call)?)),
        "iam" => Ok((iam::NAMESPACE, iam::answer(action, call)?)),
        "sns" => Ok((notices::NAMESPACE, notices::publish(action, call)?)),
        other => Err(Refusal::not_offered(format!("the service {other}"))),
    }
}

/// Lets happen what is due in the caller's account, and looks up there who calls.
fn identify(
    signature: Signature,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Result<SignedCaller, Refusal> {
    if !signature.region.is_known() && !settings.more_regions.contains(&signature.region) {
        return Err(Refusal::not_offered(format!("the Region {}", signature.region)));
    }
    cloudformation::bring_up_to_date(store, &signature.account, now, settings)?;
    let account = signature.account.clone();
    signature.caller(store.account(&account))
}
