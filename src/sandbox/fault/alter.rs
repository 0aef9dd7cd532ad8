//! Requests and answers that are altered on the way.

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;

use crate::name::AccountId;

/// The account that foreign answers name.
const ANOTHER: &str = "909090909090";

/// Returns an answer with another account in place of its own.
pub fn with_foreign_account(response: Response<Bytes>, account: &str) -> Response<Bytes> {
    let arns = (format!(":{account}:"), format!(":{ANOTHER}:"));
    let elements = (format!(">{account}<"), format!(">{ANOTHER}<"));
    response.map(|body| {
        let text = String::from_utf8_lossy(&body).replace(&arns.0, &arns.1);
        Bytes::from(text.replace(&elements.0, &elements.1))
    })
}

/// Returns a request that asks for the role of the same name in another account.
pub fn redirected_to(
    request: &Request<Bytes>,
    account: &str,
    another: &AccountId,
) -> Request<Bytes> {
    let role = |account: &str| format!("%3A%3A{account}%3Arole");
    let body = String::from_utf8_lossy(request.body());
    let body = body.replace(&role(account), &role(another.as_str()));
    request.clone().map(|_| Bytes::from(body))
}

/// Returns an answer that says this is the time.
pub fn with_date(mut response: Response<Bytes>, now: Timestamp) -> Response<Bytes> {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let date = HeaderValue::from_str(&date).expect("a date is plain text");
    response.headers_mut().insert("date", date);
    response
}

/// Returns a request for one of several pages as it asks for the first.
pub fn first_page_request(request: &Request<Bytes>) -> Request<Bytes> {
    let body = String::from_utf8_lossy(request.body());
    let words: Vec<&str> = body.split('&').filter(|word| !word.starts_with("NextToken=")).collect();
    let mut request = request.clone();
    *request.body_mut() = Bytes::from(words.join("&"));
    request
}

/// Returns an answer that says there is a further page, always by the same token.
pub fn with_repeated_token(answer: Response<Bytes>, action: &str) -> Response<Bytes> {
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
pub fn proxy_page(status: u16) -> Response<Bytes> {
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
