//! The preconditions of requests: what an object must be like for it to be read, written or deleted.
//!
//! Source: S3 user guide, "Add preconditions to S3 operations with conditional requests", and the API reference,
//! `PutObject`, `GetObject` and `DeleteObject`, `If-Match` and `If-None-Match`.

use bytes::Bytes;
use http::Request;

use super::request::S3Error;
use crate::sandbox::world::Object;

/// Stands for any ETag.
const ANY: &str = "*";

/// What a request asks of an object beforehand, by ETags.
#[derive(Clone, Copy, Default)]
pub struct Preconditions<'r> {
    /// The object has this ETag, or any.
    pub if_match: Option<&'r str>,
    /// It has not, or there is none.
    pub if_none_match: Option<&'r str>,
}

impl<'r> Preconditions<'r> {
    /// Returns the preconditions of a request.
    pub fn of(request: &'r Request<Bytes>) -> Self {
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        Self { if_match: header("if-match"), if_none_match: header("if-none-match") }
    }

    /// Whether an object's ETag is looked at, for which it must be allowed to be read.
    pub fn compares_etag(self) -> bool {
        self.if_match.is_some_and(|etag| etag != ANY)
    }

    /// Checks an object that is read.
    ///
    /// # Errors
    /// If it is another one, or still the one that is known.
    pub fn check_read(self, object: &Object) -> Result<(), S3Error> {
        if self.if_match.is_some_and(|etag| !is_etag_of(etag, object)) {
            return Err(failed());
        }
        match self.if_none_match {
            Some(etag) if is_etag_of(etag, object) => {
                Err(S3Error(304, "NotModified", String::new()))
            }
            _ => Ok(()),
        }
    }

    /// Checks what an object that is written replaces, if anything.
    ///
    /// # Errors
    /// If it is not what is expected, or the precondition is none for writing.
    pub fn check_write(self, replaced: Option<&Object>) -> Result<(), S3Error> {
        match (self.if_match, self.if_none_match) {
            (None, None) => Ok(()),
            (None, Some(ANY)) if replaced.is_some() => Err(failed()),
            (None, Some(ANY)) => Ok(()),
            (Some(etag), None) if etag != ANY => check_standing(etag, replaced),
            _ => Err(S3Error(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented".to_owned(),
            )),
        }
    }

    /// Checks what is deleted, if it is there.
    ///
    /// # Errors
    /// If it is not what is expected.
    pub fn check_delete(self, deleted: Option<&Object>) -> Result<(), S3Error> {
        self.if_match.map_or(Ok(()), |etag| check_standing(etag, deleted))
    }
}

fn check_standing(etag: &str, standing: Option<&Object>) -> Result<(), S3Error> {
    match standing {
        None => Err(S3Error::no_such_key()),
        Some(object) if is_etag_of(etag, object) => Ok(()),
        Some(_) => Err(failed()),
    }
}

fn is_etag_of(etag: &str, object: &Object) -> bool {
    // Clients send it with its quotes or without.
    etag == ANY || etag.trim_matches('"') == object.etag.trim_matches('"')
}

fn failed() -> S3Error {
    let message = "At least one of the pre-conditions you specified did not hold";
    S3Error(412, "PreconditionFailed", message.to_owned())
}
