//! Objects that several machines write: each write says what must stand there, and S3 carries out one of them.
//!
//! Source: the S3 user guide, "How to prevent object overwrites with conditional writes".

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use tokio::time::sleep;

use super::objects::{GetError, Objects};
use crate::cloud::wire::call_error::CallError;

const PUT: &str = "s3:PutObject";
const GET: &str = "s3:GetObject";
const LIST: &str = "s3:ListBucket";
const DELETE: &str = "s3:DeleteObject";

/// How often a write is sent that S3 refused because another one was under way, and how long after.
const MOST_CONFLICTS: u32 = 8;
const CONFLICT_PAUSE: Duration = Duration::from_millis(50);

/// What must stand where an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteCondition<'a> {
    /// No object at all.
    Absent,
    /// The object with this entity tag.
    Unchanged(&'a str),
    /// Whatever there is.
    Any,
}

/// What became of a write with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It stands, with this entity tag.
    Written(String),
    /// Something else stands there than had to.
    Refused,
}

/// An object, and what S3 says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// What it holds.
    pub content: Vec<u8>,
    /// Its entity tag: another one stands for another write.
    pub etag: String,
    /// How long ago it was written, by S3's clock alone; absent if S3 does not say.
    pub age: Option<Duration>,
}

/// An object as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Its whole key.
    pub key: String,
    /// Its entity tag.
    pub etag: String,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Objects {
    /// Writes an object if what must stand there does, encrypted with a KMS key if one is named.
    ///
    /// A write whose answer was lost is sent again, and refused then if it was carried out: whoever gets
    /// [`PutOutcome::Refused`] looks whether what stands there is its own.
    ///
    /// # Errors
    /// If S3 refuses it for another cause, or does not answer.
    pub async fn put_if(
        &self,
        (bucket, key): (&str, &str),
        content: Bytes,
        kms_key: Option<&str>,
        condition: WriteCondition<'_>,
    ) -> Result<PutOutcome, CallError> {
        let bucket = self.bucket(bucket);
        let encryption = kms_key.map(|_| ServerSideEncryption::AwsKms);
        let (absent, unchanged) = match condition {
            WriteCondition::Absent => (Some("*".to_owned()), None),
            WriteCondition::Unchanged(etag) => (None, Some(etag.to_owned())),
            WriteCondition::Any => (None, None),
        };
        let put = |s3: Client, owner| {
            s3.put_object()
                .bucket(bucket.name)
                .key(key)
                .expected_bucket_owner(owner)
                .set_if_none_match(absent.clone())
                .set_if_match(unchanged.clone())
                .set_ssekms_key_id(kms_key.map(str::to_owned))
                .set_server_side_encryption(encryption.clone())
                .body(ByteStream::from(content.clone()))
                .send()
        };
        for attempt in 1.. {
            match self.buckets.call(PUT, bucket, put).await {
                Ok((reply, _)) => {
                    return Ok(PutOutcome::Written(reply.e_tag.unwrap_or_default()));
                }
                Err(error) if error.has_code("PreconditionFailed") => {
                    return Ok(PutOutcome::Refused);
                }
                // With If-Match, S3 says so where nothing stands.
                Err(error) if unchanged.is_some() && error.has_code("NoSuchKey") => {
                    return Ok(PutOutcome::Refused);
                }
                Err(error) if is_conflict(&error) && attempt < MOST_CONFLICTS => {
                    sleep(CONFLICT_PAUSE * attempt).await;
                }
                Err(error) => return Err(error),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Returns an object of at most so many bytes; nothing if there is none.
    ///
    /// # Errors
    /// If it is larger, S3 refuses it, or it cannot be read to its end.
    pub async fn read(
        &self,
        (bucket, key): (&str, &str),
        most_bytes: u64,
    ) -> Result<Option<StoredObject>, GetError> {
        let bucket = self.bucket(bucket);
        let answered = ServerTime::default();
        let get = |s3: Client, owner| {
            let get = s3.get_object().bucket(bucket.name).key(key).expected_bucket_owner(owner);
            let answered = answered.clone();
            async move { get.customize().interceptor(answered).send().await }
        };
        let mut torn = None;
        for _ in 0..MOST_READINGS {
            let (reply, _) = match self.buckets.call(GET, bucket, get).await {
                Err(error) if error.has_code("NoSuchKey") => return Ok(None),
                reply => reply?,
            };
            if reply.content_length.is_some_and(|bytes| bytes > most_bytes as i64) {
                return Err(GetError::TooLarge { most_bytes });
            }
            let (etag, written) = (reply.e_tag.unwrap_or_default(), reply.last_modified);
            match reply.body.collect().await {
                Ok(content) => {
                    let content = content.to_vec();
                    if content.len() as u64 > most_bytes {
                        return Err(GetError::TooLarge { most_bytes });
                    }
                    let age = written.and_then(|written| answered.since(&written));
                    return Ok(Some(StoredObject { content, etag, age }));
                }
                Err(error) => torn = Some(error.to_string()),
            }
        }
        Err(GetError::Torn(torn.unwrap_or_default()))
    }

    /// Returns the objects whose keys begin so, in the order of the keys.
    ///
    /// # Errors
    /// If S3 refuses or does not answer.
    pub async fn list(&self, bucket: &str, start: &str) -> Result<Vec<ObjectEntry>, CallError> {
        let bucket = self.bucket(bucket);
        let (mut entries, mut next): (Vec<ObjectEntry>, Option<String>) = (Vec::new(), None);
        loop {
            let list = |s3: Client, owner| {
                s3.list_objects_v2()
                    .bucket(bucket.name)
                    .prefix(start)
                    .set_continuation_token(next.clone())
                    .expected_bucket_owner(owner)
                    .send()
            };
            let (page, _) = self.buckets.call(LIST, bucket, list).await?;
            let listed = page.contents.unwrap_or_default().into_iter();
            entries.extend(listed.filter_map(|object| {
                Some(ObjectEntry {
                    key: object.key?,
                    etag: object.e_tag.unwrap_or_default(),
                    bytes: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                })
            }));
            match page.next_continuation_token {
                Some(token) if page.is_truncated == Some(true) && next.as_ref() != Some(&token) => {
                    next = Some(token);
                }
                _ => return Ok(entries),
            }
        }
    }

    /// Deletes an object, if it is there.
    ///
    /// # Errors
    /// If S3 refuses or does not answer.
    pub async fn delete(&self, (bucket, key): (&str, &str)) -> Result<(), CallError> {
        let bucket = self.bucket(bucket);
        let delete = |s3: Client, owner| {
            s3.delete_object().bucket(bucket.name).key(key).expected_bucket_owner(owner).send()
        };
        self.buckets.call(DELETE, bucket, delete).await.map(drop)
    }
}

/// How often an object is read whose content is cut off.
const MOST_READINGS: usize = 4;

/// Whether another write of the same object was under way.
///
/// Source: the S3 API reference, `PutObject`, errors 409 with `If-None-Match` and `If-Match`.
fn is_conflict(error: &CallError) -> bool {
    error.has_code("ConditionalRequestConflict") || error.has_code("OperationAborted")
}

/// What S3's own clock said when it answered.
#[derive(Clone, Debug, Default)]
struct ServerTime(Arc<Mutex<Option<DateTime>>>);

impl ServerTime {
    /// Returns how long before the answer a moment was; at least nothing.
    fn since(&self, moment: &DateTime) -> Option<Duration> {
        let answered = (*self.0.lock().expect("no holder panics"))?;
        let seconds = answered.secs().saturating_sub(moment.secs());
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }
}

#[dyn_dispatch_hint]
impl Intercept for ServerTime {
    fn name(&self) -> &'static str {
        "ServerTime"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|text| DateTime::from_str(text, DateTimeFormat::HttpDate).ok());
        *self.0.lock().expect("no holder panics") = date;
        Ok(())
    }
}
