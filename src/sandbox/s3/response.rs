//! Answers of S3.

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

use crate::sandbox::wire::{Refusal, request_id, xml};
use crate::sandbox::world::Object;

/// Returns a refusal in the form of S3.
pub fn refuse(request: &Request<Bytes>, refusal: &Refusal) -> Response<Bytes> {
    let error = [
        xml::text("Code", refusal.code),
        xml::text("Message", &refusal.message),
        xml::text("RequestId", request_id()),
    ];
    let has_no_body = request.method() == Method::HEAD || refusal.status == 304;
    let body = if has_no_body { String::new() } else { xml::element("Error", &error.concat()) };
    respond_xml(refusal.status, body)
}

/// Returns a moment as headers name it.
pub fn http_date(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Returns an answer in XML.
pub fn respond_xml(status: u16, body: String) -> Response<Bytes> {
    respond(status, "application/xml", Bytes::from(body), None)
}

/// Returns an answer, with what is known of an object it is about.
pub fn respond(status: u16, kind: &str, body: Bytes, object: Option<&Object>) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("x-amz-request-id", request_id());
    if let Some(object) = object {
        let changed = http_date(object.changed);
        response = response.header("etag", &object.etag).header("last-modified", changed);
    }
    response.body(body).expect("a status of ours and plain headers make a response")
}
