//! A little S3: buckets and whole objects, enough to send a large template through and to try what
//! a role may do with them.

mod address;
mod bucket;
mod content;
mod list;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

use super::account::Object;
use super::caller::Caller;
use super::folder::StoreError;
use super::form::Form;
use super::iam::{Access, Wanted};
use super::refusal::Refusal;
use super::respond::request_id;
use super::settings::Settings;
use super::store::Store;
use super::xml;
use crate::policy::RequestContext;
use address::address;
pub use address::bucket_and_key;
pub use bucket::is_bucket_name;

/// The namespace of S3's answers.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// An S3 error: HTTP status, code and message.
struct Error(u16, &'static str, String);

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self(400, "SandboxStateUnusable", error.to_string())
    }
}

/// A request to S3, taken apart.
struct Asked<'a> {
    request: &'a Request<Bytes>,
    bucket: String,
    key: String,
    query: Form,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request<Bytes>) -> Self {
        let (bucket, key) = address(request);
        let query = Form::parse(request.uri().query().unwrap_or_default());
        Self { request, bucket, key, query }
    }

    /// Checks that the address asks for this and nothing more.
    fn is_plain(&self, action: &str) -> Result<(), Error> {
        // The SDK names the operation in the address; AWS ignores that as well.
        let is_plain = self.request.uri().query().is_none_or(|text| text.is_empty())
            || self.query.optional("x-id") == Some(action);
        if is_plain { Ok(()) } else { Err(self.not_offered()) }
    }

    fn not_offered(&self) -> Error {
        let what = format!("{} {} of S3", self.request.method(), self.request.uri().path());
        Error(501, "NotImplemented", format!("the sandbox does not offer {what}"))
    }
}

/// Answers a request to S3.
pub fn answer(
    request: &Request<Bytes>,
    caller: &Caller,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Response<Bytes> {
    let asked = Asked::of(request);
    let owner = request.headers().get("x-amz-expected-bucket-owner");
    let owner = owner.map(|owner| owner.to_str().unwrap_or_default());
    // A bucket is made where the request is sent to.
    let is_made = request.method() == Method::PUT && asked.key.is_empty();
    if !is_made
        && let Err((Error(status, code, message), region)) =
            bucket::check_place(&asked.bucket, owner, caller, store)
    {
        let mut response = refuse(request, &Refusal { status, code, message });
        if let Some(region) = region {
            let region = region.as_str().parse().expect("a Region is a plain header");
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        return response;
    }
    let access = Access::new(caller, store.account(&caller.account), now, settings);
    let allowed = authorize(&asked, &access);
    allowed.and_then(|()| carry_out(&asked, caller, store, now)).unwrap_or_else(
        |Error(status, code, message)| refuse(request, &Refusal { status, code, message }),
    )
}

/// Returns a refusal in the form of S3.
pub fn refuse(request: &Request<Bytes>, refusal: &Refusal) -> Response<Bytes> {
    let error = [
        xml::text("Code", refusal.code),
        xml::text("Message", &refusal.message),
        xml::text("RequestId", request_id()),
    ];
    let is_head = request.method() == Method::HEAD;
    let body = if is_head { String::new() } else { xml::element("Error", &error.concat()) };
    respond_xml(refusal.status, body)
}

fn carry_out(
    asked: &Asked<'_>,
    caller: &Caller,
    store: &mut Store,
    now: Timestamp,
) -> Result<Response<Bytes>, Error> {
    let Asked { request, bucket, key, query } = asked;
    match (request.method(), bucket.as_str(), key.as_str()) {
        (&Method::GET, "", "") => {
            asked.is_plain("ListBuckets")?;
            Ok(respond_xml(200, list::buckets(store.account(&caller.account))))
        }
        (&Method::PUT, bucket, "") => {
            asked.is_plain("CreateBucket")?;
            bucket::create(bucket, caller, store)?;
            Ok(respond_xml(200, String::new()))
        }
        (&Method::HEAD, bucket, "") => {
            bucket::find(bucket, caller, store)?;
            Ok(respond_xml(200, String::new()))
        }
        (&Method::GET, bucket, "") if query.optional("list-type") == Some("2") => {
            let found = bucket::find(bucket, caller, store)?;
            Ok(respond_xml(200, list::objects(bucket, found, query)?))
        }
        (&Method::PUT, _, key) if !key.is_empty() => put(asked, caller, store, now),
        (&Method::GET | &Method::HEAD, _, key) if !key.is_empty() => read(asked, caller, store),
        (&Method::DELETE, bucket, key) if !key.is_empty() => {
            asked.is_plain("DeleteObject")?;
            bucket::find(bucket, caller, store)?;
            let (account, _) = store.change(&caller.account);
            let bucket = account.buckets.get_mut(bucket).expect("the bucket was found");
            bucket.objects.remove(key);
            Ok(respond_xml(204, String::new()))
        }
        _ => Err(asked.not_offered()),
    }
}

/// Keeps an object.
fn put(
    asked: &Asked<'_>,
    caller: &Caller,
    store: &mut Store,
    now: Timestamp,
) -> Result<Response<Bytes>, Error> {
    asked.is_plain("PutObject")?;
    bucket::find(&asked.bucket, caller, store)?;
    let content = content::content(asked.request);
    let object =
        Object { etag: content::etag(&content), content_bytes: content.len() as u64, changed: now };
    store.put_content(&asked.bucket, &asked.key, content)?;
    let (account, _) = store.change(&caller.account);
    let bucket = account.buckets.get_mut(&asked.bucket).expect("the bucket was found");
    let response = respond(200, "application/xml", Bytes::new(), Some(&object));
    bucket.objects.insert(asked.key.clone(), object);
    Ok(response)
}

/// Returns an object; for HEAD, the server leaves its content out.
fn read(asked: &Asked<'_>, caller: &Caller, store: &Store) -> Result<Response<Bytes>, Error> {
    let Asked { request, bucket, key, .. } = asked;
    asked.is_plain(if request.method() == Method::GET { "GetObject" } else { "HeadObject" })?;
    let object = bucket::find(bucket, caller, store)?
        .objects
        .get(key)
        .ok_or_else(|| Error(404, "NoSuchKey", "The specified key does not exist.".to_owned()))?;
    let content = store.content(bucket, key)?;
    Ok(respond(200, "binary/octet-stream", content, Some(object)))
}

/// Checks that the caller may do this to a bucket or to an object in it.
fn authorize(asked: &Asked<'_>, access: &Access<'_>) -> Result<(), Error> {
    let Asked { request, bucket, key, query } = asked;
    let action = match (request.method(), bucket.as_str(), key.as_str()) {
        (_, "", _) => "ListAllMyBuckets",
        (&Method::PUT, _, "") => "CreateBucket",
        (_, _, "") => "ListBucket",
        (&Method::PUT, ..) => "PutObject",
        (&Method::DELETE, ..) => "DeleteObject",
        _ => "GetObject",
    };
    let partition = access.caller.partition();
    let name = if bucket.is_empty() { "*" } else { bucket };
    let object = if key.is_empty() { String::new() } else { format!("/{key}") };
    let arn = format!("arn:{partition}:s3:::{name}{object}");
    let wanted = Wanted::new(format!("s3:{action}"), &arn).shown_as(format!("\"{arn}\""));
    let refused = |refusal: Refusal| Error(refusal.status, refusal.code, refusal.message);
    let complete = |context: &mut RequestContext| {
        if action == "ListBucket" {
            for (key, parameter) in [("s3:prefix", "prefix"), ("s3:delimiter", "delimiter")] {
                context.put(key, query.as_sent(parameter).unwrap_or_default());
            }
        }
    };
    access.check(&wanted, complete).map_err(refused)
}

fn respond_xml(status: u16, body: String) -> Response<Bytes> {
    respond(status, "application/xml", Bytes::from(body), None)
}

fn respond(status: u16, kind: &str, body: Bytes, object: Option<&Object>) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("x-amz-request-id", request_id());
    if let Some(object) = object {
        let changed = object.changed.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        response = response.header("etag", &object.etag).header("last-modified", changed);
    }
    response.body(body).expect("a status of ours and plain headers make a response")
}
