//! A refusal, in the form of the protocol in which the service was called.

use bytes::Bytes;
use http::{Request, Response};

use super::wire::{Refusal, json, query};
use super::{lambda, s3};

/// Returns a refusal in the form of the service that is called.
pub fn refuse(service: &str, request: &Request<Bytes>, refusal: &Refusal) -> Response<Bytes> {
    match service {
        "s3" => s3::refuse(request, refusal),
        "lambda" => lambda::refuse(refusal),
        _ if json::action(request).is_some() => json::refuse(request, refusal),
        _ => query::refuse(refusal),
    }
}
