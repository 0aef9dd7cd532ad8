//! Which bucket and object an address names.

use bytes::Bytes;
use http::{Request, Uri};

use crate::sandbox::wire::form;

/// Returns bucket and key that the address of an object names.
pub fn bucket_and_key(url: &str) -> Option<(String, String)> {
    let url: Uri = url.parse().ok()?;
    let (bucket, key) = bucket_and_key_of(url.host()?, url.path());
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

/// Returns bucket and key that a request is about; either may be empty.
pub fn address(request: &Request<Bytes>) -> (String, String) {
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
}
