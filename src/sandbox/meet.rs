//! What a request meets before, and instead of, its answer: the faults of a rehearsal.

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;

use super::caller::expired;
use super::fault::{Call, Mishap};
use super::iam::Wanted;
use super::json;
use super::lambda;
use super::refusal::Refusal;
use super::respond::{Sandbox, refuse};
use super::s3;
use super::tear::Tear;
use crate::name::AccountId;

/// The account that foreign answers name.
const ANOTHER: &str = "909090909090";

/// How a connection ends without a whole answer.
#[derive(Clone, Debug)]
pub enum Broken {
    /// Before a reply.
    Reset,
    /// There is none: the host's name leads nowhere.
    NoSuchHost,
    /// In the middle of this reply, or not at all.
    Torn(Response<Bytes>, Tear),
}

impl Sandbox {
    /// Answers a request that has arrived, or lets happen to it what a fault wants.
    pub(super) async fn meet(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        let now = self.now();
        let call = if self.faults().is_none() { None } else { Call::of(request, now) };
        let mishap =
            call.and_then(|call| self.faults().on_call(&call, now).map(|mishap| (call, mishap)));
        let Some((call, mishap)) = mishap else { return Ok(self.carry_out(request).await) };
        tracing::debug!(action = call.full_action(), account = call.account, ?mishap, "a fault");
        match mishap {
            Mishap::Reset => Err(Broken::Reset),
            Mishap::NoSuchHost => Err(Broken::NoSuchHost),
            Mishap::LostReply => {
                self.respond_at_once(request, None);
                Err(Broken::Reset)
            }
            Mishap::TornReply(tear) => Err(Broken::Torn(self.respond_at_once(request, None), tear)),
            Mishap::Garbled => {
                self.respond_at_once(request, None);
                Ok(page(200))
            }
            Mishap::SamePage => {
                let answer = self.respond_at_once(&from_the_first_page(request), None);
                Ok(pointing_at_itself(answer, &call.action))
            }
            Mishap::Never => std::future::pending().await,
            Mishap::Late(by) => {
                tokio::time::sleep(by).await;
                Ok(self.respond_at_once(request, None))
            }
            Mishap::Old(ago) => Ok(self.respond_at_once(request, Some(ago))),
            Mishap::ForeignAnswer => {
                Ok(naming_another(self.respond_at_once(request, None), &call.account))
            }
            Mishap::Elsewhere(account) => {
                Ok(self.respond_at_once(&asked_of(request, &call.account, &account), None))
            }
            Mishap::Html(status) => Ok(page(status)),
            Mishap::OtherClock { now, refused: None } => {
                Ok(dated(self.respond_at_once(request, None), now))
            }
            Mishap::OtherClock { now, refused: Some(signed) } => {
                Ok(dated(form_of(&call.service, request, &too_far_apart(&call, signed, now)), now))
            }
            Mishap::Denied => {
                Ok(form_of(&call.service, request, &self.deny(request, &wanted(&call))))
            }
            Mishap::Expired => Ok(form_of(&call.service, request, &expired())),
            Mishap::Unknown => Ok(form_of(&call.service, request, &unknown_keys())),
            Mishap::Throttled => Ok(form_of(&call.service, request, &too_fast(&call))),
            Mishap::Error(status) => Ok(form_of(&call.service, request, &broken_service(status))),
        }
    }
}

/// Returns an answer with another account in place of its own.
fn naming_another(response: Response<Bytes>, account: &str) -> Response<Bytes> {
    let arns = (format!(":{account}:"), format!(":{ANOTHER}:"));
    let elements = (format!(">{account}<"), format!(">{ANOTHER}<"));
    response.map(|body| {
        let text = String::from_utf8_lossy(&body).replace(&arns.0, &arns.1);
        Bytes::from(text.replace(&elements.0, &elements.1))
    })
}

/// Returns a request that asks for the role of the same name in another account.
fn asked_of(request: &Request<Bytes>, account: &str, another: &AccountId) -> Request<Bytes> {
    let role = |account: &str| format!("%3A%3A{account}%3Arole");
    let body = String::from_utf8_lossy(request.body());
    let body = body.replace(&role(account), &role(another.as_str()));
    request.clone().map(|_| Bytes::from(body))
}

/// Returns a refusal in the form of the service that is called.
pub(super) fn form_of(
    service: &str,
    request: &Request<Bytes>,
    refusal: &Refusal,
) -> Response<Bytes> {
    match service {
        "s3" => s3::refuse(request, refusal),
        "lambda" => lambda::refuse(refusal),
        _ if json::action(request).is_some() => json::refuse(refusal),
        _ => refuse(refusal),
    }
}

fn wanted(call: &Call) -> Wanted {
    let resource = match &call.stack {
        Some(stack) => {
            format!("arn:aws:cloudformation:{}:{}:stack/{stack}/*", call.region, call.account)
        }
        None => call.role.clone().unwrap_or_else(|| "*".to_owned()),
    };
    Wanted::new(call.full_action(), resource)
}

fn broken_service(status: u16) -> Refusal {
    let (code, message) = match status {
        503 => ("ServiceUnavailable", "The service is unavailable. Please try again shortly."),
        _ => ("InternalFailure", "The request processing has failed because of an unknown error"),
    };
    Refusal { status, code, message: message.to_owned() }
}

fn unknown_keys() -> Refusal {
    let message = "The security token included in the request is invalid.";
    Refusal::forbidden("InvalidClientTokenId", message)
}

fn too_fast(call: &Call) -> Refusal {
    match call.service.as_str() {
        "s3" => Refusal {
            status: 503,
            code: "SlowDown",
            message: "Please reduce your request rate.".to_owned(),
        },
        _ => Refusal::bad_request("Throttling", "Rate exceeded"),
    }
}

/// Says that the clocks are too far apart, as S3 and as all others do.
fn too_far_apart(call: &Call, signed: Timestamp, now: Timestamp) -> Refusal {
    if call.service == "s3" {
        let message = "The difference between the request time and the current time is too large.";
        return Refusal::forbidden("RequestTimeTooSkewed", message);
    }
    let short = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (is_old, [signed, now_text]) = (signed < now, [signed, now].map(short));
    let minutes = jiff::SignedDuration::from_mins(5);
    let message = if is_old {
        let earliest = short(now.saturating_sub(minutes).unwrap_or(now));
        format!("Signature expired: {signed} is now earlier than {earliest} ({now_text} - 5 min.)")
    } else {
        let latest = short(now.saturating_add(minutes).unwrap_or(now));
        format!(
            "Signature not yet current: {signed} is still later than {latest} ({now_text} + 5 min.)"
        )
    };
    Refusal::forbidden("SignatureDoesNotMatch", message)
}

fn dated(mut response: Response<Bytes>, now: Timestamp) -> Response<Bytes> {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let date = HeaderValue::from_str(&date).expect("a date is plain text");
    response.headers_mut().insert("date", date);
    response
}

/// Returns a request for one of several pages as it asks for the first.
fn from_the_first_page(request: &Request<Bytes>) -> Request<Bytes> {
    let body = String::from_utf8_lossy(request.body());
    let words: Vec<&str> = body.split('&').filter(|word| !word.starts_with("NextToken=")).collect();
    let mut request = request.clone();
    *request.body_mut() = Bytes::from(words.join("&"));
    request
}

/// Returns an answer that says there is a further page, always by the same token.
fn pointing_at_itself(answer: Response<Bytes>, action: &str) -> Response<Bytes> {
    answer.map(|body| {
        let text = String::from_utf8_lossy(&body);
        let (begin, end) = ("<NextToken>", "</NextToken>");
        let without = match (text.find(begin), text.find(end)) {
            (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to + end.len()..]),
            _ => text.into_owned(),
        };
        let result = format!("</{action}Result>");
        Bytes::from(without.replacen(&result, &format!("{begin}again{end}{result}"), 1))
    })
}

/// Returns the page of something in between that AWS knows nothing of.
fn page(status: u16) -> Response<Bytes> {
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    let body = format!(
        "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center>\
         <hr><center>proxy</center></body></html>\n"
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/html"));
    response
}
