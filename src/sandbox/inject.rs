//! Fault injection: a request is answered after the latency, or as the fault schedule wants it.

use bytes::Bytes;
use http::{Request, Response};

use super::caller::expired;
use super::fault::alter::{
    first_page_request, proxy_page, redirected_to, with_date, with_foreign_account,
    with_repeated_token,
};
use super::fault::refusals::{broken_service, too_far_apart, too_fast, unknown_keys, wanted};
use super::fault::{AnswerFault, InjectedFault, ReplyFault, TargetCall};
use super::lambda::RuntimeRequest;
use super::refuse::refuse;
use super::router::Sandbox;
use super::wire::Refusal;

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
            InjectedFault::Hanging => std::future::pending().await,
            InjectedFault::Delayed(by) => {
                tokio::time::sleep(by).await;
                Ok(self.respond_at_once(request, None))
            }
            InjectedFault::Answer(fault) => Ok(self.answer_falsely(fault, &call, request)),
        }
    }

    fn answer_falsely(
        &self,
        fault: AnswerFault,
        call: &TargetCall,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let answer = || self.respond_at_once(request, None);
        let refuse = |refusal: &Refusal| refuse(&call.service, request, refusal);
        match fault {
            AnswerFault::Error(status) => refuse(&broken_service(status)),
            AnswerFault::Throttled => refuse(&too_fast(call)),
            AnswerFault::Denied => refuse(&self.deny(request, &wanted(call))),
            AnswerFault::Expired => refuse(&expired()),
            AnswerFault::Unknown => refuse(&unknown_keys()),
            AnswerFault::OtherClock { now, refused: None } => with_date(answer(), now),
            AnswerFault::OtherClock { now, refused: Some(signed) } => {
                with_date(refuse(&too_far_apart(call, signed, now)), now)
            }
            AnswerFault::Garbled => {
                answer();
                proxy_page(200)
            }
            AnswerFault::RepeatedToken => {
                let answer = self.respond_at_once(&first_page_request(request), None);
                with_repeated_token(answer, &call.action)
            }
            AnswerFault::Html(status) => proxy_page(status),
            AnswerFault::StaleRead(ago) => self.respond_at_once(request, Some(ago)),
            AnswerFault::ForeignAnswer => with_foreign_account(answer(), &call.account),
            AnswerFault::Elsewhere(account) => {
                self.respond_at_once(&redirected_to(request, &call.account, &account), None)
            }
        }
    }
}
