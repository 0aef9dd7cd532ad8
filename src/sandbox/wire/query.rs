//! AWS's query protocol: a form in, XML out.
//!
//! Source: the Smithy specification, "AWS query protocol".

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;

use super::form::Form;
use super::refusal::Refusal;
use super::request_id::request_id;
use super::xml;

/// Returns the tags of a request, as `Tags.member.1.Key=…&Tags.member.1.Value=…`.
pub fn request_tags(form: &Form) -> BTreeMap<String, String> {
    let tags = form.list("Tags");
    let pair = |tag: &Form| {
        Some((tag.optional("Key")?.to_owned(), tag.as_sent("Value").unwrap_or_default().to_owned()))
    };
    tags.iter().filter_map(pair).collect()
}

/// Returns the answer to an action. Actions that answer without a result element of their own have
/// `None`.
pub fn respond(action: &str, namespace: &str, result: Option<&str>) -> Response<Bytes> {
    let result = result.map(|result| xml::element(&format!("{action}Result"), result));
    let metadata = xml::element("ResponseMetadata", &xml::text("RequestId", request_id()));
    let body = result.unwrap_or_default() + &metadata;
    respond_xml(200, &format!("<{action}Response xmlns=\"{namespace}\">{body}</{action}Response>"))
}

/// Returns a refusal in the form of AWS's query protocol.
pub fn refuse(refusal: &Refusal) -> Response<Bytes> {
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
