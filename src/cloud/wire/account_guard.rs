//! The right account, for everything that is sent there: every ARN of a stack, a parameter or a secret in an answer
//! is compared with the account and Region that were asked.
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
use serde::Deserialize;

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
    fn compare(&self, request: &Request, answer: &str, operation: &str) -> Result<(), CallError> {
        let is_ours = |arn: &String| {
            let is_account =
                AccountId::of_arn(arn).is_none_or(|account| account == self.guard.account);
            let region = arn.split(':').nth(3).unwrap_or_default();
            is_account && (region.is_empty() || region == self.region.as_str())
        };
        // Whoever asks by an ARN, as for a secret that another account shares, is answered with that account's.
        let is_asked_for = |arn: &String| request.asked_for.contains(place_in(arn));
        let mut arns = own_arns(answer).into_iter();
        let Some(foreign) = arns.find(|arn| !is_ours(arn) && !is_asked_for(arn)) else {
            return Ok(());
        };
        let endpoint = &request.endpoint;
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
        let request = context.request();
        let is_json = |body: &&str| body.starts_with('{');
        let body = request.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let asked_for = body.filter(is_json).unwrap_or_default().to_owned();
        config
            .interceptor_state()
            .store_put(Request { endpoint: endpoint_of(request.uri()), asked_for });
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
        let request = config.load::<Request>().expect("it was kept before the call was sent");
        Ok(self.compare(request, answer, operation)?)
    }
}

/// A call that is sent, kept until its answer is there.
#[derive(Debug)]
struct Request {
    /// Where it is sent.
    endpoint: String,
    /// What it asks for, if that is said in JSON.
    asked_for: String,
}

impl Storable for Request {
    type Storer = StoreReplace<Self>;
}

/// Returns an address without what stands behind its host.
fn endpoint_of(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// Returns the ARNs that must be of the account and Region that were asked.
fn own_arns(answer: &str) -> Vec<String> {
    match serde_json::from_str::<Named>(answer) {
        Ok(named) => named.arns().collect(),
        Err(_) => elements(answer).map(str::to_owned).collect(),
    }
}

/// Returns the ARNs in an answer of CloudFormation.
fn elements(answer: &str) -> impl Iterator<Item = &str> {
    answer.split('<').filter_map(|element| {
        let (name, text) = element.split_once('>')?;
        let text = text.trim();
        (OWN_ARNS.contains(&name) && text.starts_with("arn:")).then_some(text)
    })
}

/// What an answer of Secrets Manager or Parameter Store names. What is kept there is text in it, whatever that holds.
///
/// Source: the API references, `GetSecretValue` and `GetParameter`.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    #[serde(rename = "Parameter")]
    parameter: Option<Box<Named>>,
}

impl Named {
    /// Returns the ARNs. One without an account is that of a parameter that AWS publishes for all.
    fn arns(self) -> impl Iterator<Item = String> {
        let of_parameter = self.parameter.and_then(|parameter| parameter.arn);
        let of_accounts = |arn: &String| arn.split(':').nth(4).is_some_and(|id| !id.is_empty());
        [self.arn, of_parameter].into_iter().flatten().filter(of_accounts)
    }
}

/// Returns what an ARN says before what it names: `arn:aws:ssm:eu-central-1:100000000001:`.
fn place_in(arn: &str) -> &str {
    let end = arn.match_indices(':').nth(4).map_or(arn.len(), |(at, colon)| at + colon.len());
    &arn[..end]
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

    fn request(asked_for: &str) -> Request {
        Request { endpoint: "https://x".to_owned(), asked_for: asked_for.to_owned() }
    }

    fn hear(guard: &AccountGuard, answer: &str) -> Result<(), CallError> {
        let region = "eu-central-1".parse().expect("a Region");
        guard.watch(&region).compare(&request(""), answer, "DescribeStacks")
    }

    /// Returns the ARN of a secret in an account, and an answer that names it.
    fn secret(account: &str) -> (String, String) {
        let arn = format!("arn:aws:secretsmanager:eu-central-1:{account}:secret:db-a1b2c3");
        let answer =
            serde_json::json!({ "ARN": arn, "SecretString": format!("\"ARN\":\"{OTHERS}\"") });
        (arn, answer.to_string())
    }

    #[test]
    fn the_arn_of_a_parameter_or_a_secret_is_compared_and_what_it_holds_is_not() {
        let ssm = |place: &str| {
            let arn = format!("arn:aws:ssm:{place}:parameter/a");
            serde_json::json!({ "Parameter": { "ARN": arn, "Value": OTHERS } }).to_string()
        };
        for answer in [
            ssm("eu-central-1:100000000001"),
            ssm("eu-central-1:"),
            ssm("us-east-1:"),
            secret("100000000001").1,
            "{}".to_owned(),
        ] {
            assert!(hear(&guard(), &answer).is_ok(), "{answer}");
        }
        for answer in [
            ssm("eu-central-1:100000000002"),
            ssm("eu-west-1:100000000001"),
            secret("100000000002").1,
        ] {
            let error = hear(&guard(), &answer).expect_err("it is another's");
            assert_eq!(error.origin, ErrorOrigin::ForeignAnswer);
        }
    }

    #[test]
    fn whoever_asks_for_anothers_secret_by_its_arn_is_answered_with_that() {
        let region = "eu-central-1".parse().expect("a Region");
        let compared = |account: &str| {
            let asked = format!("{{\"SecretId\":\"{}\"}}", secret("100000000002").0);
            let (_, answer) = secret(account);
            guard().watch(&region).compare(&request(&asked), &answer, "GetSecretValue")
        };
        assert!(compared("100000000002").is_ok());
        assert!(compared("100000000003").is_err());
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
