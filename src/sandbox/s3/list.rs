//! What is listed: the buckets of an account, and the objects of a bucket.
//!
//! Source: the S3 API reference, `ListObjectsV2` and `ListBuckets`.

use aws_smithy_types::base64;

use super::request::S3Error;
use crate::sandbox::wire::form::{self, Form};
use crate::sandbox::wire::xml;
use crate::sandbox::world::{Object, SandboxAccount, StoredBucket};

/// The namespace of S3's answers.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// How many objects a page holds at most.
const MOST_IN_A_PAGE: usize = 1000;

/// An entry of a list of objects.
enum Entry<'a> {
    Object(&'a str, &'a Object),
    Prefix(String),
}

impl Entry<'_> {
    /// Returns what the next page begins after.
    fn end(&self) -> &str {
        match self {
            Self::Object(key, _) => key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// Returns the answer to `ListBuckets`.
pub fn buckets(account: &SandboxAccount) -> String {
    let listed = account.buckets.iter().map(|(name, bucket)| {
        let parts = [xml::text("Name", name), xml::text("BucketRegion", bucket.region.as_str())];
        xml::element("Bucket", &parts.concat())
    });
    let owner = xml::element("Owner", &xml::text("ID", account.id.as_str()));
    let listed = xml::element("Buckets", &listed.collect::<String>());
    whole("ListAllMyBucketsResult", &[owner, listed])
}

/// Returns the answer to `ListObjectsV2`.
///
/// # Errors
/// If a page is asked for that cannot be.
pub fn objects(name: &str, bucket: &StoredBucket, query: &Form) -> Result<String, S3Error> {
    let prefix = query.as_sent("prefix").unwrap_or_default();
    let delimiter = query.optional("delimiter");
    let most = page_size(query)?;
    let token = query.optional("continuation-token");
    let after = match token {
        Some(token) => continued(token)?,
        None => query.as_sent("start-after").unwrap_or_default().to_owned(),
    };
    let mut entries = entries(bucket, prefix, delimiter, &after, most + 1);
    let is_truncated = entries.len() > most;
    entries.truncate(most);
    let last = entries.last().map(|entry| base64::encode(entry.end()));
    let written = |text: &str| match query.optional("encoding-type") {
        Some("url") => form::encode(text).replace("%2F", "/"),
        _ => text.to_owned(),
    };
    let said = |name: &str| xml::optional(name_of(name), query.as_sent(name).map(written));
    let mut parts = vec![
        xml::text("Name", name),
        xml::text("Prefix", written(prefix)),
        said("delimiter"),
        said("start-after"),
        xml::optional("EncodingType", query.optional("encoding-type")),
        xml::optional("ContinuationToken", token),
        xml::optional("NextContinuationToken", last.filter(|_| is_truncated)),
        xml::text("KeyCount", entries.len().to_string()),
        xml::text("MaxKeys", most.to_string()),
        xml::text("IsTruncated", is_truncated.to_string()),
    ];
    parts.extend(entries.iter().map(|entry| match entry {
        Entry::Object(key, object) => shown(&written(key), object),
        Entry::Prefix(prefix) => {
            xml::element("CommonPrefixes", &xml::text("Prefix", written(prefix)))
        }
    }));
    Ok(whole("ListBucketResult", &parts))
}

fn entries<'a>(
    bucket: &'a StoredBucket,
    prefix: &str,
    delimiter: Option<&str>,
    after: &str,
    most: usize,
) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    // A page that ended with a common prefix is not continued inside of it.
    let is_behind = |key: &str| {
        let is_in_last = delimiter.is_some_and(|d| after.ends_with(d) && key.starts_with(after));
        key > after && !is_in_last
    };
    let keys = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix) && is_behind(key));
    for (key, object) in keys {
        let common = delimiter
            .and_then(|delimiter| key[prefix.len()..].split_once(delimiter).zip(Some(delimiter)))
            .map(|((first, _), delimiter)| format!("{prefix}{first}{delimiter}"));
        match (common, entries.last()) {
            (Some(common), Some(Entry::Prefix(last))) if *last == common => {}
            _ if entries.len() == most => break,
            (Some(common), _) => entries.push(Entry::Prefix(common)),
            (None, _) => entries.push(Entry::Object(key, object)),
        }
    }
    entries
}

fn page_size(query: &Form) -> Result<usize, S3Error> {
    let Some(text) = query.optional("max-keys") else { return Ok(MOST_IN_A_PAGE) };
    let invalid = |_| {
        let message = "Provided max-keys not an integer or within integer range";
        S3Error(400, "InvalidArgument", message.to_owned())
    };
    text.parse::<u32>().map(|most| MOST_IN_A_PAGE.min(most as usize)).map_err(invalid)
}

fn continued(token: &str) -> Result<String, S3Error> {
    let bytes = base64::decode(token).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        let message = "The continuation token provided is incorrect";
        S3Error(400, "InvalidArgument", message.to_owned())
    })
}

fn shown(key: &str, object: &Object) -> String {
    let parts = [
        xml::text("Key", key),
        xml::text("LastModified", xml::time(object.changed)),
        xml::text("ETag", &object.etag),
        xml::text("Size", object.content_bytes.to_string()),
        xml::text("StorageClass", "STANDARD"),
    ];
    xml::element("Contents", &parts.concat())
}

/// Returns what the answer calls a parameter of the address.
fn name_of(parameter: &str) -> &'static str {
    match parameter {
        "delimiter" => "Delimiter",
        _ => "StartAfter",
    }
}

fn whole(name: &str, parts: &[String]) -> String {
    format!("<{name} xmlns=\"{NAMESPACE}\">{}</{name}>", parts.concat())
}
