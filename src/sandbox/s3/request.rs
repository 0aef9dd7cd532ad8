//! A request to S3, taken apart, and S3's errors.

use bytes::Bytes;
use http::Request;

use super::address::address;
use crate::error_chain::with_causes;
use crate::sandbox::wire::form::Form;
use crate::sandbox::world::StoreError;

/// An S3 error: HTTP status, code and message.
pub struct S3Error(pub u16, pub &'static str, pub String);

impl S3Error {
    /// Says that a bucket has no such object.
    pub fn no_such_key() -> Self {
        Self(404, "NoSuchKey", "The specified key does not exist.".to_owned())
    }
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        Self(400, "SandboxStateUnusable", with_causes(&error))
    }
}

/// A request to S3, taken apart.
pub struct S3Request<'a> {
    pub request: &'a Request<Bytes>,
    pub bucket: String,
    pub key: String,
    pub query: Form,
}

impl<'a> S3Request<'a> {
    /// Takes a request apart.
    pub fn of(request: &'a Request<Bytes>) -> Self {
        let (bucket, key) = address(request);
        let query = Form::parse(request.uri().query().unwrap_or_default());
        Self { request, bucket, key, query }
    }

    /// Checks that the address asks for this and nothing more.
    pub fn is_plain(&self, action: &str) -> Result<(), S3Error> {
        // The SDK names the operation in the address; AWS ignores that as well.
        let is_plain = self.request.uri().query().is_none_or(|text| text.is_empty())
            || self.query.optional("x-id") == Some(action);
        if is_plain { Ok(()) } else { Err(self.not_offered()) }
    }

    /// Refuses what the sandbox does not offer.
    pub fn not_offered(&self) -> S3Error {
        let what = format!("{} {} of S3", self.request.method(), self.request.uri().path());
        S3Error(501, "NotImplemented", format!("the sandbox does not offer {what}"))
    }
}
