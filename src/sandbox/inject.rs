//! Fault injection: a request is answered after the latency, or as the fault schedule wants it.

use bytes::Bytes;
use http::{Request, Response};

use super::caller::expired;
use super::fault::alter::{
    asked_of, dated, from_the_first_page, naming_another, page, pointing_at_itself,
};
use super::fault::refusals::{broken_service, too_far_apart, too_fast, unknown_keys, wanted};
use super::fault::{InjectedFault, ReplyFault, TargetCall};
use super::lambda::RuntimeRequest;
use super::refuse::refuse;
use super::router::Sandbox;

impl Sandbox {
    /// Answers a request after the latency it was set to, half of it on either way.
    ///
    /// What the process of a Lambda function asks has no latency: it may wait for work, and what it
    /// is handed out must not be lost on the way.
    ///
    /// # Errors
    /// If a fault lets its connection end without a whole answer.
    pub async fn respond(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, ReplyFault> {
        if let Some(asked) = RuntimeRequest::of(request) {
            return Ok(self.lambda().serve(&asked, request).await);
        }
        let one_way = self.latency() / 2;
        if one_way.is_zero() {
            return self.inject(request).await;
        }
        tokio::time::sleep(one_way).await;
        let response = self.inject(request).await;
        tokio::time::sleep(one_way).await;
        response
    }

    /// Answers a request that has arrived, or injects the fault that its call is due.
    async fn inject(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, ReplyFault> {
        let now = self.now();
        let call = if self.faults().is_none() { None } else { TargetCall::of(request, now) };
        let fault =
            call.and_then(|call| self.faults().on_call(&call, now).map(|fault| (call, fault)));
        let Some((call, fault)) = fault else { return Ok(self.carry_out(request).await) };
        tracing::debug!(
            action = call.full_action(),
            account = call.account,
            ?fault,
            "a fault is injected"
        );
        match fault {
            InjectedFault::Reset => Err(ReplyFault::Reset),
            InjectedFault::NoSuchHost => Err(ReplyFault::NoSuchHost),
            InjectedFault::LostReply => {
                self.respond_at_once(request, None);
                Err(ReplyFault::Reset)
            }
            InjectedFault::FaultyBody(body) => {
                Err(ReplyFault::Body(self.respond_at_once(request, None), body))
            }
            InjectedFault::Garbled => {
                self.respond_at_once(request, None);
                Ok(page(200))
            }
            InjectedFault::SamePage => {
                let answer = self.respond_at_once(&from_the_first_page(request), None);
                Ok(pointing_at_itself(answer, &call.action))
            }
            InjectedFault::Never => std::future::pending().await,
            InjectedFault::Late(by) => {
                tokio::time::sleep(by).await;
                Ok(self.respond_at_once(request, None))
            }
            InjectedFault::Old(ago) => Ok(self.respond_at_once(request, Some(ago))),
            InjectedFault::ForeignAnswer => {
                Ok(naming_another(self.respond_at_once(request, None), &call.account))
            }
            InjectedFault::Elsewhere(account) => {
                Ok(self.respond_at_once(&asked_of(request, &call.account, &account), None))
            }
            InjectedFault::Html(status) => Ok(page(status)),
            InjectedFault::OtherClock { now, refused: None } => {
                Ok(dated(self.respond_at_once(request, None), now))
            }
            InjectedFault::OtherClock { now, refused: Some(signed) } => {
                Ok(dated(refuse(&call.service, request, &too_far_apart(&call, signed, now)), now))
            }
            InjectedFault::Denied => {
                Ok(refuse(&call.service, request, &self.deny(request, &wanted(&call))))
            }
            InjectedFault::Expired => Ok(refuse(&call.service, request, &expired())),
            InjectedFault::Unknown => Ok(refuse(&call.service, request, &unknown_keys())),
            InjectedFault::Throttled => Ok(refuse(&call.service, request, &too_fast(&call))),
            InjectedFault::Error(status) => {
                Ok(refuse(&call.service, request, &broken_service(status)))
            }
        }
    }
}
