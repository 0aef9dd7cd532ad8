//! The right account, for everything that is sent there: every ARN of a stack in an answer is
//! compared with the account and Region that were asked.
//!
//! That keys are an account's own, STS says; that the endpoint of another service stands in front of
//! the same cloud, only its answers say. From the first one that differs, nothing more is sent.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use super::call_error::{CallError, ErrorOrigin};
use crate::name::{AccountId, Region};

/// The elements of CloudFormation's answers that hold the ARN of a stack or change set of the very
/// account and Region that were asked. Others may hold another's: an output, a topic, what a
/// resource is called in its service.
///
/// Source: the CloudFormation API reference; nested stacks stand where their parents do.
const OWN_ARNS: [&str; 6] =
    ["StackId", "ParentId", "RootId", "ChangeSetId", "ParentChangeSetId", "RootChangeSetId"];

/// The guard of one account, shared by all sessions of a run in it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct AccountGuard {
    account: AccountId,
    foreign: Arc<OnceLock<CallError>>,
}

/// The proof that what is written goes to the account that the file says.
///
/// It is had right before from [`Stacks::prove_account`](crate::cloud::Stacks::prove_account): the keys of
/// now are proven to be the account's own, and no answer was another's. Keys that are renewed until
/// the call is signed are proven by whoever yields them, and the guard is asked once more whenever it
/// is sent.
#[derive(Clone, Debug)]
pub struct Proof {
    guard: AccountGuard,
}

impl AccountGuard {
    /// Returns the guard of an account of which nothing was heard yet.
    pub fn new(account: AccountId) -> Self {
        Self { account, foreign: Arc::default() }
    }

    /// Returns the account that is guarded.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the proof for a write, once the keys are proven.
    ///
    /// # Errors
    /// When an answer was of another account.
    pub fn proof(&self) -> Result<Proof, CallError> {
        self.is_held()?;
        Ok(Proof { guard: self.clone() })
    }

    /// Returns what compares the answers of one client, in a Region.
    pub fn watch(&self, region: &Region) -> ReplyGuard {
        ReplyGuard { guard: self.clone(), region: region.clone() }
    }

    fn is_held(&self) -> Result<(), CallError> {
        match self.foreign.get() {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }
}

impl Proof {
    /// Checks that it still holds, for a write that a guard stands before.
    ///
    /// # Errors
    /// When an answer was of another account since.
    ///
    /// # Panics
    /// When it is the proof of another account.
    pub(in crate::cloud) fn check(&self, guard: &AccountGuard) -> Result<(), CallError> {
        assert_eq!(self.guard.account, guard.account, "a write shows the proof of its own account");
        guard.is_held()
    }
}

/// Compares the ARNs in every answer that a client gets, and lets it send nothing more once one
/// differs.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct ReplyGuard {
    guard: AccountGuard,
    region: Region,
}

impl ReplyGuard {
    fn compare(&self, answer: &str, operation: &str, endpoint: &str) -> Result<(), CallError> {
        let is_ours = |arn: &&str| {
            let is_account =
                AccountId::of_arn(arn).is_none_or(|account| account == self.guard.account);
            let region = arn.split(':').nth(3).unwrap_or_default();
            is_account && (region.is_empty() || region == self.region.as_str())
        };
        let Some(foreign) = own_arns(answer).find(|arn| !is_ours(arn)) else { return Ok(()) };
        let text = format!(
            "the answer to {operation} from {endpoint} names {foreign}, and STS says that the \
             credentials are account {}'s, used in {}: what answers is another cloud than that of \
             STS, and nothing more is sent there",
            self.guard.account, self.region
        );
        let origin = ErrorOrigin::ForeignAnswer;
        let error = CallError { operation: "the account's guard", code: None, text, origin };
        // The first one is told, whoever is asked next.
        Err(self.guard.foreign.get_or_init(|| error).clone())
    }
}

#[dyn_dispatch_hint]
impl Intercept for ReplyGuard {
    fn name(&self) -> &'static str {
        "ReplyGuard"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let endpoint = Endpoint(endpoint_of(context.request().uri()));
        config.interceptor_state().store_put(endpoint);
        Ok(self.guard.is_held()?)
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes();
        let Some(answer) = body.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
            return Ok(());
        };
        let operation = config.load::<Metadata>().map_or("a call", Metadata::name);
        let endpoint = config.load::<Endpoint>().map_or("an endpoint", |endpoint| &endpoint.0);
        Ok(self.compare(answer, operation, endpoint)?)
    }
}

/// Where a call is sent, kept with it until its answer is there.
#[derive(Debug)]
struct Endpoint(String);

impl Storable for Endpoint {
    type Storer = StoreReplace<Self>;
}

/// Returns an address without what stands behind its host.
fn endpoint_of(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// Returns the ARNs that must be of the account and Region that were asked.
fn own_arns(answer: &str) -> impl Iterator<Item = &str> {
    answer.split('<').filter_map(|element| {
        let (name, text) = element.split_once('>')?;
        let text = text.trim();
        (OWN_ARNS.contains(&name) && text.starts_with("arn:")).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "arn:aws:cloudformation:eu-central-1:100000000001:stack/app/1";
    const OTHERS: &str = "arn:aws:cloudformation:eu-central-1:100000000002:stack/app/1";
    const ELSEWHERE: &str = "arn:aws:cloudformation:eu-west-1:100000000001:stack/app/1";

    fn guard() -> AccountGuard {
        AccountGuard::new("100000000001".parse().expect("an id"))
    }

    fn hear(guard: &AccountGuard, answer: &str) -> Result<(), CallError> {
        let region = "eu-central-1".parse().expect("a Region");
        guard.watch(&region).compare(answer, "DescribeStacks", "https://x")
    }

    #[test]
    fn every_arn_of_a_stack_or_change_set_is_compared() {
        for name in OWN_ARNS {
            assert!(hear(&guard(), &format!("<{name}>{OWN}</{name}>")).is_ok(), "{name}");
            for foreign in [OTHERS, ELSEWHERE] {
                let answer =
                    format!("<a><b><{name}>{OWN}</{name}></b><{name}>\n{foreign}</{name}>");
                let error = hear(&guard(), &answer).expect_err("it is another's");
                assert_eq!(error.origin, ErrorOrigin::ForeignAnswer);
                let named = error.text.contains(foreign) && error.text.contains("100000000001");
                assert!(named, "{error}");
            }
        }
    }

    #[test]
    fn what_may_be_anothers_is_not_compared() {
        let topic = "arn:aws:sns:eu-central-1:100000000002:t";
        for answer in [
            format!("<PhysicalResourceId>{OTHERS}</PhysicalResourceId>"),
            format!("<NotificationARNs><member>{topic}</member></NotificationARNs>"),
            format!("<OutputValue>{OTHERS}</OutputValue>"),
            format!("<TemplateBody>&lt;StackId&gt;{OTHERS}</TemplateBody>"),
            "<StackId/><StackId></StackId><StackId>app</StackId>".to_owned(),
            "<html>".to_owned(),
        ] {
            assert!(hear(&guard(), &answer).is_ok(), "{answer}");
        }
    }

    #[test]
    fn a_proof_holds_until_an_answer_is_another_accounts() {
        let guard = guard();
        let proof = guard.proof().expect("nothing was heard yet");
        assert!(proof.check(&guard).is_ok());
        let _ = hear(&guard, &format!("<StackId>{OTHERS}</StackId>"));
        assert!(proof.check(&guard).is_err() && guard.proof().is_err());
    }

    #[test]
    #[should_panic(expected = "the proof of its own account")]
    fn a_proof_of_another_account_is_none() {
        let proof = guard().proof().expect("nothing was heard yet");
        let _ = proof.check(&AccountGuard::new("100000000002".parse().expect("an id")));
    }

    #[test]
    fn an_endpoint_is_told_without_what_was_asked() {
        assert_eq!(endpoint_of("http://127.0.0.1:4599/?Action=x"), "http://127.0.0.1:4599");
    }
}
