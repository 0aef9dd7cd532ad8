//! The sandbox itself: a request in, an answer out.
//!
//! Everything is decided from the request, the state and the clock. Nothing runs in the background:
//! what a stack should have done since the last request is done when the next one arrives, with the
//! times it would have had.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

use super::caller::{Caller, Signature};
use super::fault::Faults;
use super::folder::StoreError;
use super::form::Form;
use super::iam::{self, Access, Eventual, Permissions, Role, Wanted};
use super::lambda::{self, Lambda};
use super::meet::Broken;
use super::refusal::Refusal;
use super::settings::{SeededRole, Settings};
use super::store::Store;
use super::throttle::Buckets;
use super::{cloudformation, codepipeline, container, json, s3, ssm, sts, xml};
use crate::clock::Clock;
use crate::name::AccountId;

/// A small AWS, for any number of accounts.
///
/// Clones are the same sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    clock: Clock,
    settings: Arc<Settings>,
    store: Arc<Mutex<Store>>,
    buckets: Arc<Mutex<Buckets>>,
    lambda: Arc<Lambda>,
}

/// A request in AWS's query protocol, and what it takes to carry it out.
pub(super) struct Call<'a> {
    /// Who sent it.
    pub caller: &'a Caller,
    /// Its parameters.
    pub form: &'a Form,
    /// When it arrived.
    pub now: Timestamp,
    /// How the sandbox behaves.
    pub settings: &'a Settings,
    /// The accounts.
    pub store: &'a mut Store,
}

impl Call<'_> {
    /// Returns what decides about the caller.
    pub fn access(&self) -> Access<'_> {
        let account = self.store.account(&self.caller.account);
        Access::new(self.caller, account, self.now, self.settings)
    }

    /// Checks that the caller may do something.
    ///
    /// # Errors
    /// If it may not, in AWS's words.
    pub fn authorize(&self, wanted: &Wanted) -> Result<(), Refusal> {
        self.access().check(wanted, |context| context.put_request_tags(&tags(self.form)))
    }
}

/// Returns the tags of a request, as `Tags.member.1.Key=…&Tags.member.1.Value=…`.
pub(super) fn tags(form: &Form) -> BTreeMap<String, String> {
    let tags = form.list("Tags");
    let pair = |tag: &Form| {
        Some((tag.optional("Key")?.to_owned(), tag.as_sent("Value").unwrap_or_default().to_owned()))
    };
    tags.iter().filter_map(pair).collect()
}

impl Sandbox {
    /// Returns a sandbox in which nothing stands and which lasts as long as the program.
    pub fn new(clock: Clock, settings: Settings) -> Self {
        Self::over(Store::in_memory(), clock, settings)
    }

    /// Returns the sandbox whose state stands in `folder`; several programs may share it.
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
            lambda: Arc::new(Lambda::new(clock, settings.lambda_timeout)),
            settings: Arc::new(settings),
            store: Arc::new(Mutex::new(store)),
            buckets: Arc::default(),
        }
    }

    /// Makes the roles that exist beforehand; one that stands already is left as it is.
    ///
    /// # Errors
    /// If the state cannot be read or written.
    pub fn seed(&self, roles: &[SeededRole]) -> Result<(), StoreError> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let _admission = store.admit()?;
        for role in roles {
            store.load(&role.account)?;
            if store.account(&role.account).roles.contains_key(&role.name) {
                continue;
            }
            let (account, _) = store.change(&role.account);
            let id = format!("AROA{}", account.fresh_id(17));
            account.roles.insert(role.name.clone(), role_of(role, id));
        }
        store.commit()
    }

    /// Answers a request after the latency it was set to, half of it on either way.
    ///
    /// What the process of a Lambda function asks has no latency: it may wait for work, and what it
    /// is handed out must not be lost on the way.
    ///
    /// # Errors
    /// If a fault lets its connection end without a whole answer.
    pub async fn respond(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        if let Some(asked) = lambda::Asked::of(request) {
            return Ok(self.lambda.serve(&asked, request).await);
        }
        let one_way = self.settings.latency / 2;
        if one_way.is_zero() {
            return self.meet(request).await;
        }
        tokio::time::sleep(one_way).await;
        let response = self.meet(request).await;
        tokio::time::sleep(one_way).await;
        response
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
        if let Some(asked) = container::Asked::of(request) {
            let now = self.clock.now();
            return container::respond(
                self.with_store(|store| asked.keys(store, now, &self.settings)),
            );
        }
        self.answer(request, ago).unwrap_or_else(|refusal| match json::action(request) {
            Some(_) => json::refuse(&refusal),
            None => refuse(&refusal),
        })
    }

    /// Refuses a request for want of permission, in the words AWS has for its caller.
    pub(super) fn deny(&self, request: &Request<Bytes>, wanted: &Wanted) -> Refusal {
        let now = self.now();
        let refused: Result<(), Refusal> =
            Signature::of(request.headers(), now).and_then(|signature| {
                self.with_store(|store| {
                    let caller = identify(signature, store, now, &self.settings)?;
                    Err(iam::denied(&caller, wanted, None))
                })
            });
        refused.expect_err("a caller that is known is refused as well")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.settings.faults
    }

    fn answer(
        &self,
        request: &Request<Bytes>,
        ago: Option<Duration>,
    ) -> Result<Response<Bytes>, Refusal> {
        let now = self.clock.now();
        let signature = Signature::of(request.headers(), now)?;
        let settings = &*self.settings;
        if signature.service == "s3" {
            return self.with_store(|store| {
                let caller = identify(signature, store, now, settings)?;
                Ok(s3::answer(request, &caller, store, now, settings))
            });
        }
        let offered = ["ssm", "codepipeline"].contains(&signature.service.as_str());
        if let (Some(action), true) = (json::action(request), offered) {
            let input = json::input(request)?;
            let output = self.with_store(|store| {
                let caller = identify(signature, store, now, settings)?;
                match caller.service.as_str() {
                    "ssm" => ssm::answer(action, &input, &caller, store, now, settings),
                    _ => {
                        let (input, caller, lambda) = (&input, &caller, &*self.lambda);
                        let call =
                            codepipeline::Call { input, caller, store, now, settings, lambda };
                        codepipeline::answer(action, call)
                    }
                }
            })?;
            return Ok(json::respond(&output));
        }
        if let Some(action) = json::action(request) {
            let message = format!("the sandbox does not offer {}:{action}", signature.service);
            return Err(Refusal::bad_request("UnknownOperationException", message));
        }
        let form = Form::parse(&match *request.method() {
            Method::GET => request.uri().query().unwrap_or_default().into(),
            _ => String::from_utf8_lossy(request.body()),
        });
        let action = form.required("Action").map_err(|_| {
            Refusal::bad_request("MissingAction", "no Action was given in the request")
        })?;
        self.take_token(&signature, action, now)?;
        let (namespace, result) = self.with_store(|store| {
            let caller = identify(signature, store, now, settings)?;
            let account = &caller.account;
            settings.faults.remember(account, &store.account(account).stacks, now);
            let old = ago.and_then(|ago| settings.faults.before(account, ago, now));
            let current = old.map(|old| store.exchange_stacks(account, old));
            let mut call = Call { caller: &caller, form: &form, now, settings, store };
            let answer = carry_out(action, &mut call);
            if let Some(current) = current {
                store.exchange_stacks(account, current);
            }
            settings.faults.remember(account, &store.account(account).stacks, now);
            answer
        })?;
        Ok(respond_xml(200, &envelope(action, namespace, &result)))
    }

    fn take_token(&self, caller: &Signature, action: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(&self.settings.throttling, caller, action, now)
    }

    /// Works on the accounts while nobody else does, and keeps what was changed.
    fn with_store<T>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let unusable = |error: StoreError| Refusal::state(error.to_string());
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let _admission = store.admit().map_err(unusable)?;
        let answer = work(&mut store);
        store.commit().map_err(unusable)?;
        answer
    }
}

/// Carries out an action of the caller's service and returns its namespace and result.
fn carry_out(action: &str, call: &mut Call<'_>) -> Result<(&'static str, String), Refusal> {
    match call.caller.service.as_str() {
        "sts" => Ok((sts::NAMESPACE, sts::answer(action, call)?)),
        "cloudformation" => Ok((cloudformation::NAMESPACE, cloudformation::answer(action, call)?)),
        "iam" => Ok((iam::NAMESPACE, iam::answer(action, call)?)),
        other => Err(Refusal::not_offered(format!("the service {other}"))),
    }
}

/// Lets happen what is due in the caller's account, and looks up there who calls.
fn identify(
    signature: Signature,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Result<Caller, Refusal> {
    cloudformation::bring_up_to_date(store, &signature.account, now, settings)?;
    let account = signature.account.clone();
    signature.caller(store.account(&account))
}

fn role_of(role: &SeededRole, id: String) -> Role {
    let trusted: Vec<String> = role.trusted.iter().map(|name| principal(name)).collect();
    let mut statement = serde_json::json!({
        "Effect": "Allow",
        "Principal": { "AWS": trusted },
        "Action": "sts:AssumeRole",
    });
    if let Some(external_id) = &role.external_id {
        statement["Condition"] =
            serde_json::json!({ "StringEquals": { "sts:ExternalId": external_id } });
    }
    let trust = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
    Role {
        arn: format!("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name),
        id,
        trust: Eventual::new(trust.into(), Timestamp::MIN),
        longest_session_seconds: u32::try_from(role.longest_session.as_secs()).unwrap_or(43_200),
        permissions: role.policies.as_deref().map_or_else(Permissions::everything, inline),
        tags: BTreeMap::new(),
        description: None,
        created: Timestamp::UNIX_EPOCH,
        pinned: BTreeMap::new(),
    }
}

/// Returns what these policies allow, as inline policies.
fn inline(policies: &[serde_json::Value]) -> Permissions {
    let mut permissions = Permissions::default();
    for (number, policy) in policies.iter().enumerate() {
        let name = format!("policy-{}", number + 1);
        permissions.put(&name, policy.clone().into(), None, Timestamp::MIN);
    }
    permissions
}

/// Returns a principal as IAM keeps it: an account's id stands for its root.
fn principal(name: &str) -> String {
    match name.parse::<AccountId>() {
        Ok(account) => format!("arn:aws:iam::{account}:root"),
        Err(_) => name.to_owned(),
    }
}

fn envelope(action: &str, namespace: &str, result: &str) -> String {
    // These, and most changes in IAM, answer without a result of their own.
    let result = match action {
        "DeleteStack" | "SetStackPolicy" => String::new(),
        _ if namespace == iam::NAMESPACE && result.is_empty() => String::new(),
        _ => xml::element(&format!("{action}Result"), result),
    };
    let metadata = xml::element("ResponseMetadata", &xml::text("RequestId", request_id()));
    format!("<{action}Response xmlns=\"{namespace}\">{result}{metadata}</{action}Response>")
}

/// Returns a refusal in the form of AWS's query protocol.
pub(super) fn refuse(refusal: &Refusal) -> Response<Bytes> {
    let error = [
        xml::text("Type", "Sender"),
        xml::text("Code", refusal.code),
        xml::text("Message", &refusal.message),
    ];
    let body = xml::element("Error", &error.concat()) + &xml::text("RequestId", request_id());
    respond_xml(refusal.status, &xml::element("ErrorResponse", &body))
}

fn respond_xml(status: u16, body: &str) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "text/xml")
        .header("x-amzn-requestid", request_id())
        .body(Bytes::from(body.to_owned()))
        .expect("a status of ours and plain headers make a response")
}

/// Returns an id for one request, as AWS writes them.
pub(super) fn request_id() -> String {
    let digits = format!("{:032x}", fastrand::u128(..));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
