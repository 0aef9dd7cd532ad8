//! The actions of S3.

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;

use super::precondition::Preconditions;
use super::request::{S3Error, S3Request};
use super::response::{http_date, refuse, respond, respond_xml};
use super::{bucket, content, list};
use crate::policy::RequestContext;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Object, Settings, Store};

/// The header with the SHA-256 of an object, in base64.
///
/// Source: S3 API reference, `PutObject` and `HeadObject`, `ChecksumSHA256`.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// Answers a request to S3.
pub fn answer(
    request: &Request<Bytes>,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Response<Bytes> {
    let asked = S3Request::of(request);
    let owner = request.headers().get("x-amz-expected-bucket-owner");
    let owner = owner.map(|owner| owner.to_str().unwrap_or_default());
    // A bucket is made where the request is sent to.
    let is_made = request.method() == Method::PUT && asked.key.is_empty();
    if !is_made
        && let Err((S3Error(status, code, message), region)) =
            bucket::check_place(&asked.bucket, owner, caller, store)
    {
        let mut response = refuse(request, &Refusal { status, code, message });
        if let Some(region) = region {
            let region = region.as_str().parse().expect("a Region is a plain header");
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        return response;
    }
    let access = Authorizer::new(caller, store.account(&caller.account), now, settings);
    let allowed = authorize(&asked, &access);
    let answer = allowed.and_then(|()| carry_out(&asked, caller, store, now));
    let mut response = answer.unwrap_or_else(|S3Error(status, code, message)| {
        refuse(request, &Refusal { status, code, message })
    });
    // By the same clock as what it says of objects.
    let date = http_date(now).parse().expect("a date is a plain header");
    response.headers_mut().insert("date", date);
    response
}

fn carry_out(
    asked: &S3Request<'_>,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
) -> Result<Response<Bytes>, S3Error> {
    let S3Request { request, bucket, key, query } = asked;
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
            let found = bucket::find(bucket, caller, store)?;
            Preconditions::of(request).check_delete(found.objects.get(key))?;
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
    asked: &S3Request<'_>,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
) -> Result<Response<Bytes>, S3Error> {
    asked.is_plain("PutObject")?;
    if asked.request.headers().contains_key("x-amz-copy-source") {
        return Err(asked.not_offered());
    }
    let found = bucket::find(&asked.bucket, caller, store)?;
    Preconditions::of(asked.request).check_write(found.objects.get(&asked.key))?;
    let content = content::content(asked.request);
    let sent = asked.request.headers().get(CHECKSUM).and_then(|sent| sent.to_str().ok());
    if sent.is_some_and(|sent| sent != content::checksum(&content)) {
        let message = "The SHA256 you specified did not match the calculated checksum.".to_owned();
        return Err(S3Error(400, "BadDigest", message));
    }
    let object = Object {
        etag: content::etag(&content),
        content_bytes: content.len() as u64,
        changed: now,
        checksum: sent.map(str::to_owned),
    };
    store.put_content(&asked.bucket, &asked.key, content)?;
    let (account, _) = store.change(&caller.account);
    let bucket = account.buckets.get_mut(&asked.bucket).expect("the bucket was found");
    let mut response = respond(200, "application/xml", Bytes::new(), Some(&object));
    show_checksum(&mut response, &object);
    bucket.objects.insert(asked.key.clone(), object);
    Ok(response)
}

/// Returns an object; for HEAD, the server leaves its content out.
fn read(
    asked: &S3Request<'_>,
    caller: &SignedCaller,
    store: &Store,
) -> Result<Response<Bytes>, S3Error> {
    let S3Request { request, bucket, key, .. } = asked;
    asked.is_plain(if request.method() == Method::GET { "GetObject" } else { "HeadObject" })?;
    let object =
        bucket::find(bucket, caller, store)?.objects.get(key).ok_or_else(S3Error::no_such_key)?;
    Preconditions::of(request).check_read(object)?;
    let content = store.content(bucket, key)?;
    let mut response = respond(200, "binary/octet-stream", content, Some(object));
    if request.headers().get("x-amz-checksum-mode").is_some_and(|mode| mode == "ENABLED") {
        show_checksum(&mut response, object);
    }
    if request.method() == Method::HEAD {
        response.headers_mut().insert("content-length", object.content_bytes.into());
    }
    Ok(response)
}

/// Returns the SHA-256 that an object was sent with beside it.
fn show_checksum(response: &mut Response<Bytes>, object: &Object) {
    let checksum = object.checksum.as_ref().and_then(|checksum| checksum.parse().ok());
    if let Some(checksum) = checksum {
        response.headers_mut().insert(CHECKSUM, checksum);
    }
}

/// Checks that the caller may do this to a bucket or to an object in it.
fn authorize(asked: &S3Request<'_>, access: &Authorizer<'_>) -> Result<(), S3Error> {
    let S3Request { request, bucket, key, query } = asked;
    let action = match (request.method(), bucket.as_str(), key.as_str()) {
        (_, "", _) => "ListAllMyBuckets",
        (&Method::PUT, _, "") => "CreateBucket",
        (_, _, "") => "ListBucket",
        (&Method::PUT, ..) => "PutObject",
        (&Method::DELETE, ..) => "DeleteObject",
        _ => "GetObject",
    };
    let preconditions = Preconditions::of(request);
    let partition = access.caller.partition();
    let name = if bucket.is_empty() { "*" } else { bucket };
    let object = if key.is_empty() { String::new() } else { format!("/{key}") };
    let arn = format!("arn:{partition}:s3:::{name}{object}");
    let needed = |action: &str| {
        NeededPermission::new(format!("s3:{action}"), &arn).shown_as(format!("\"{arn}\""))
    };
    let refused = |refusal: Refusal| S3Error(refusal.status, refusal.code, refusal.message);
    let complete = |context: &mut RequestContext| {
        if action == "ListBucket" {
            for (key, parameter) in [("s3:prefix", "prefix"), ("s3:delimiter", "delimiter")] {
                context.put(key, query.as_sent(parameter).unwrap_or_default());
            }
        }
        let named = [
            ("s3:if-match", preconditions.if_match),
            ("s3:if-none-match", preconditions.if_none_match),
        ];
        for (key, etag) in named.into_iter().filter_map(|(key, etag)| Some((key, etag?))) {
            context.put(key, etag);
        }
    };
    access.check(&needed(action), complete).map_err(refused)?;
    // Whoever learns whether an ETag is the object's must be allowed to read it.
    match matches!(action, "PutObject" | "DeleteObject") && preconditions.compares_etag() {
        true => access.check(&needed("GetObject"), complete).map_err(refused),
        false => Ok(()),
    }
}
