//! A little S3: buckets and whole objects, enough to send a large template through.

use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::account::Bucket;
use super::caller::Caller;
use super::folder::StoreError;
use super::form::{self, Form};
use super::iam::{Access, Wanted};
use super::refusal::Refusal;
use super::respond::request_id;
use super::settings::Settings;
use super::store::Store;
use super::xml;

/// An S3 error: HTTP status, code and message.
struct Error(u16, &'static str, String);

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self(400, "SandboxStateUnusable", error.to_string())
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
    let (bucket, key) = address(request);
    let access = Access::new(caller, store.account(&caller.account), now, settings);
    let allowed = authorize(request.method(), &bucket, &key, &access);
    allowed.and_then(|()| carry_out(request, caller, store)).unwrap_or_else(
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
    respond(refusal.status, "application/xml", Bytes::from(body), None)
}

fn carry_out(
    request: &Request<Bytes>,
    caller: &Caller,
    store: &mut Store,
) -> Result<Response<Bytes>, Error> {
    let (bucket, key) = address(request);
    let query = Form::parse(request.uri().query().unwrap_or_default());
    let offered = |action: &str| {
        // The SDK names the operation in the address; AWS ignores that as well.
        let is_plain = request.uri().query().is_none_or(|text| text.is_empty())
            || query.optional("x-id") == Some(action);
        if is_plain { Ok(()) } else { Err(not_offered(request)) }
    };
    match (request.method(), key.as_str()) {
        (&Method::PUT, "") => {
            offered("CreateBucket")?;
            create_bucket(&bucket, caller, store)?;
            Ok(respond(200, "application/xml", Bytes::new(), None))
        }
        (&Method::HEAD, "") => {
            find(&bucket, caller, store)?;
            Ok(respond(200, "application/xml", Bytes::new(), None))
        }
        (&Method::PUT, key) => {
            offered("PutObject")?;
            find(&bucket, caller, store)?;
            let content = content(request);
            let tag = etag(&content);
            store.put_content(&bucket, key, content)?;
            let (account, _) = store.change(&caller.account);
            let bucket = account.buckets.get_mut(&bucket).expect("the bucket was found");
            bucket.objects.insert(key.to_owned(), tag.clone());
            Ok(respond(200, "application/xml", Bytes::new(), Some(&tag)))
        }
        (&Method::GET | &Method::HEAD, key) if !key.is_empty() => {
            offered(if request.method() == Method::GET { "GetObject" } else { "HeadObject" })?;
            let tag = find(&bucket, caller, store)?.objects.get(key).cloned();
            let tag = tag.ok_or_else(|| {
                Error(404, "NoSuchKey", "The specified key does not exist.".to_owned())
            })?;
            let content = store.content(&bucket, key)?;
            Ok(respond(200, "binary/octet-stream", content, Some(&tag)))
        }
        (&Method::DELETE, key) if !key.is_empty() => {
            offered("DeleteObject")?;
            find(&bucket, caller, store)?;
            let (account, _) = store.change(&caller.account);
            let bucket = account.buckets.get_mut(&bucket).expect("the bucket was found");
            bucket.objects.remove(key);
            Ok(respond(204, "application/xml", Bytes::new(), None))
        }
        _ => Err(not_offered(request)),
    }
}

/// Checks that the caller may do this to a bucket or to an object in it.
fn authorize(method: &Method, bucket: &str, key: &str, access: &Access<'_>) -> Result<(), Error> {
    let action = match (method, key) {
        (&Method::PUT, "") => "CreateBucket",
        (_, "") => "ListBucket",
        (&Method::PUT, _) => "PutObject",
        (&Method::DELETE, _) => "DeleteObject",
        _ => "GetObject",
    };
    let partition = access.caller.partition();
    let object = if key.is_empty() { String::new() } else { format!("/{key}") };
    let arn = format!("arn:{partition}:s3:::{bucket}{object}");
    let wanted = Wanted::new(format!("s3:{action}"), &arn).shown_as(format!("\"{arn}\""));
    let refused = |refusal: Refusal| Error(refusal.status, refusal.code, refusal.message);
    access.check(&wanted, |_| {}).map_err(refused)
}

fn not_offered(request: &Request<Bytes>) -> Error {
    let what = format!("{} {} of S3", request.method(), request.uri().path());
    Error(501, "NotImplemented", format!("the sandbox does not offer {what}"))
}

/// Returns bucket and key that the address of an object names.
pub fn bucket_and_key(url: &str) -> Option<(String, String)> {
    let url: Uri = url.parse().ok()?;
    let (bucket, key) = bucket_and_key_of(url.host()?, url.path());
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

fn address(request: &Request<Bytes>) -> (String, String) {
    let in_header = || request.headers().get("host").and_then(|host| host.to_str().ok());
    let host = request.uri().host().or_else(in_header).unwrap_or_default();
    bucket_and_key_of(host, request.uri().path())
}

/// Reads `https://host/bucket/key` and `https://bucket.s3.host/key`.
fn bucket_and_key_of(host: &str, path: &str) -> (String, String) {
    let path = form::decode(path, false);
    let path = path.trim_start_matches('/');
    let in_host = [".s3.", ".s3-"].iter().find_map(|mark| host.split_once(mark));
    match in_host {
        Some((bucket, _)) => (bucket.to_owned(), path.to_owned()),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (bucket.to_owned(), key.to_owned())
        }
    }
}

fn find<'a>(bucket: &str, caller: &Caller, store: &'a Store) -> Result<&'a Bucket, Error> {
    match store.owner(bucket) {
        None => Err(Error(404, "NoSuchBucket", "The specified bucket does not exist".to_owned())),
        Some(owner) if *owner != caller.account => {
            Err(Error(403, "AccessDenied", "Access Denied".to_owned()))
        }
        Some(_) => store.account(&caller.account).buckets.get(bucket).ok_or_else(|| {
            Error(404, "NoSuchBucket", "The specified bucket does not exist".to_owned())
        }),
    }
}

fn create_bucket(bucket: &str, caller: &Caller, store: &mut Store) -> Result<(), Error> {
    if !is_bucket_name(bucket) {
        return Err(Error(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.".to_owned(),
        ));
    }
    match store.owner(bucket) {
        Some(owner) if *owner == caller.account => Err(Error(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it."
                .to_owned(),
        )),
        Some(_) => Err(Error(
            409,
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all \
             users of the system. Please select a different name and try again."
                .to_owned(),
        )),
        None => {
            let (account, owners) = store.change(&caller.account);
            owners.insert(bucket.to_owned(), caller.account.clone());
            let made = Bucket { region: caller.region.clone(), objects: Default::default() };
            account.buckets.insert(bucket.to_owned(), made);
            Ok(())
        }
    }
}

/// Whether a name keeps S3's rules for general purpose buckets (S3 user guide, "Bucket naming
/// rules").
pub fn is_bucket_name(name: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_edge(c) || c == '-' || c == '.')
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !name.starts_with("xn--")
}

/// Returns an object's content, taken out of the chunks that clients may send it in.
fn content(request: &Request<Bytes>) -> Bytes {
    let is_chunked = request
        .headers()
        .get("x-amz-content-sha256")
        .is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    if is_chunked { unchunked(request.body()) } else { request.body().clone() }
}

/// Returns the content of `SIZE;extension\r\n…content…\r\n0\r\n`, as far as it can be read.
fn unchunked(mut rest: &[u8]) -> Bytes {
    let mut content = Vec::with_capacity(rest.len());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line.split(';').next().and_then(|size| usize::from_str_radix(size, 16).ok());
        rest = &rest[end + 2..];
        match size {
            Some(size) if size > 0 && rest.len() >= size + 2 => {
                content.extend_from_slice(&rest[..size]);
                rest = &rest[size + 2..];
            }
            _ => break,
        }
    }
    Bytes::from(content)
}

fn etag(content: &Bytes) -> String {
    let digest = Sha256::digest(content);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn respond(status: u16, kind: &str, body: Bytes, etag: Option<&str>) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("x-amz-request-id", request_id());
    if let Some(etag) = etag {
        response = response.header("etag", etag);
    }
    response.body(body).expect("a status of ours and plain headers make a response")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_in_the_host_or_in_the_path() {
        for uri in ["https://b.s3.eu-central-1.amazonaws.com/a/k", "http://127.0.0.1:1/b/a/k"] {
            let request = Request::builder().uri(uri).body(Bytes::new()).unwrap();
            assert_eq!(address(&request), ("b".to_owned(), "a/k".to_owned()), "{uri}");
        }
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(&unchunked(b"3;sig=x\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")[..], b"abcd");
    }

    #[test]
    fn bucket_names_keep_s3s_rules() {
        for (name, is_valid) in
            [("abc", true), ("ab", false), ("Abc", false), ("a..b", false), ("10.0.0.1", false)]
        {
            assert_eq!(is_bucket_name(name), is_valid, "{name}");
        }
    }
}
