//! Objects that are named after their content: each is looked for and put into a bucket once in a run, however many
//! stacks need it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::ChecksumMode;
use aws_smithy_types::base64;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;

use super::buckets::{Bucket, Buckets};
use crate::cloud::connection::uploaded_objects::UploadedObjects;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::name::Region;
use crate::plan::Upload;

const PUT: &str = "s3:PutObject";
const HEAD: &str = "s3:HeadObject";

/// How long an answer may take, and how slow the way there may be: the SDK counts the sending in.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
const LEAST_BYTES_PER_SECOND: u64 = 32 << 10;

/// Buckets that objects are uploaded to, as one session reaches them.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct UploadBuckets {
    buckets: Buckets,
    uploaded: UploadedObjects,
}

impl UploadBuckets {
    /// Returns the buckets that a session reaches, and what the run uploaded so far with whichever.
    pub fn new(buckets: Buckets, uploaded: UploadedObjects) -> Self {
        Self { buckets, uploaded }
    }

    /// Returns the Region of a bucket that holds what is to be uploaded, whole; nothing if it does not, or may not
    /// be asked.
    pub async fn find(&self, bucket: Bucket<'_>, upload: &Upload) -> Option<Region> {
        let object = self.uploaded.of(self.buckets.namespace(), bucket.name, &upload.key());
        if let Some(region) = object.sent() {
            return Some(region.clone());
        }
        object.found.get_or_init(|| self.look_for(bucket, upload)).await.clone()
    }

    async fn look_for(&self, bucket: Bucket<'_>, upload: &Upload) -> Option<Region> {
        let (key, checksum) = (upload.key(), checksum(upload));
        let head = |s3: aws_sdk_s3::Client, owner| {
            s3.head_object()
                .bucket(bucket.name)
                .key(&key)
                .expected_bucket_owner(owner)
                .checksum_mode(ChecksumMode::Enabled)
                .send()
        };
        match self.buckets.call(HEAD, bucket, head).await {
            Ok((reply, region)) => {
                let length = i64::try_from(upload.bytes()).ok();
                let is_whole = reply.content_length() == length
                    && reply.checksum_sha256() == Some(checksum.as_str());
                is_whole.then_some(region)
            }
            Err(error) => {
                tracing::debug!(bucket = bucket.name, key, %error, "an object is taken as missing");
                None
            }
        }
    }

    /// Puts what is to be uploaded into a bucket, unless this run did; returns the bucket's Region. `on_sent` hears
    /// how much of it was sent.
    ///
    /// # Errors
    /// If S3 refuses it or does not answer, be it to somebody else meanwhile.
    pub async fn put_once(
        &self,
        bucket: Bucket<'_>,
        upload: &Upload,
        on_sent: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Region, CallError> {
        let object = self.uploaded.of(self.buckets.namespace(), bucket.name, &upload.key());
        let sending = async {
            let _turn = self.uploaded.turn().await;
            self.put(bucket, upload, on_sent).await
        };
        object.send_once(sending).await
    }

    async fn put(
        &self,
        bucket: Bucket<'_>,
        upload: &Upload,
        on_sent: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Region, CallError> {
        let (key, checksum) = (upload.key(), checksum(upload));
        let content = Arc::new(upload.clone());
        let length = i64::try_from(upload.bytes()).unwrap_or(i64::MAX);
        let slowest = Duration::from_secs(upload.bytes() / LEAST_BYTES_PER_SECOND);
        let timeouts = TimeoutConfig::builder().read_timeout(ANSWERED_WITHIN + slowest).build();
        let put = |s3: aws_sdk_s3::Client, owner| {
            let (content, on_sent) = (content.clone(), on_sent.clone());
            let body = SdkBody::retryable(move || {
                SdkBody::from_body_1_x(UploadBody::of(content.clone(), on_sent.clone()))
            });
            let config = aws_sdk_s3::config::Builder::new().timeout_config(timeouts.clone());
            s3.put_object()
                .bucket(bucket.name)
                .key(&key)
                .expected_bucket_owner(owner)
                .content_length(length)
                .checksum_sha256(&checksum)
                .body(ByteStream::new(body))
                .customize()
                .config_override(config)
                .send()
        };
        let (reply, region) = self.buckets.call(PUT, bucket, put).await?;
        match reply.checksum_sha256() {
            Some(kept) if kept != checksum => Err(CallError {
                operation: PUT,
                code: None,
                text: format!("bucket {} holds another object than was sent", bucket.name),
                origin: ErrorOrigin::Service,
            }),
            Some(_) | None => Ok(region),
        }
    }
}

/// Returns the digest of what is uploaded as S3 writes it.
fn checksum(upload: &Upload) -> String {
    let digest = upload.digest().as_bytes();
    let digit = |byte: &u8| char::from(*byte).to_digit(16).expect("a digest is hexadecimal") as u8;
    let bytes: Vec<u8> =
        digest.chunks_exact(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect();
    base64::encode(bytes)
}

/// The content of an object, read while it is sent.
struct UploadBody {
    upload: Arc<Upload>,
    at: u64,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    on_sent: Arc<dyn Fn(u64) + Send + Sync>,
}

impl UploadBody {
    fn of(upload: Arc<Upload>, on_sent: Arc<dyn Fn(u64) + Send + Sync>) -> Self {
        Self { upload, at: 0, reading: None, on_sent }
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        if body.is_end_stream() {
            return Poll::Ready(None);
        }
        let (upload, at) = (&body.upload, body.at);
        let reading = body.reading.get_or_insert_with(|| {
            let upload = upload.clone();
            tokio::task::spawn_blocking(move || upload.chunk(at))
        });
        let read = ready!(Pin::new(reading).poll(context));
        body.reading = None;
        let chunk = read.unwrap_or_else(|error| Err(io::Error::other(error)));
        Poll::Ready(Some(chunk.map(|chunk| {
            body.at += chunk.len() as u64;
            (body.on_sent)(body.at);
            Frame::data(chunk.into())
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.upload.bytes()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.upload.bytes() - self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::template::Template;

    #[test]
    fn a_checksum_is_the_digest_in_base64() {
        let upload = Upload::template(&Template::unknown(Path::new("none.yaml")));
        assert_eq!(checksum(&upload), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
