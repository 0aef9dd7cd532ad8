//! What a stack's template names is in its bucket before the template is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, StreamExt};

use super::client::Stacks;
use crate::cloud::storage::buckets::{Bucket, Owners};
use crate::cloud::wire::account_guard::Proof;
use crate::cloud::wire::call_error::{CallError, ErrorOrigin};
use crate::foreign;
use crate::name::Region;
use crate::plan::{ArtifactsBucket, DesiredStack, Upload};

/// How many objects of one stack are looked for or sent at the same time.
const MOST_AT_ONCE: usize = 8;

/// The objects that a template names and its bucket lacks.
#[derive(Debug)]
pub struct MissingUploads<'a> {
    bucket: &'a ArtifactsBucket,
    owners: Owners,
    uploads: Vec<&'a Upload>,
}

impl MissingUploads<'_> {
    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket.name
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.uploads.len()
    }

    /// Returns how long they are together.
    pub fn bytes(&self) -> u64 {
        self.uploads.iter().map(|upload| upload.bytes()).sum()
    }

    /// Returns those alone that CloudFormation reads to draw up a change set.
    #[must_use]
    pub fn of_templates(mut self) -> Self {
        self.uploads.retain(|upload| upload.is_of_template);
        self
    }
}

impl Stacks {
    /// Returns what a template names and its bucket lacks; nothing if it lacks nothing.
    ///
    /// # Errors
    /// When the bucket stands in another Region than the addresses in the template say.
    pub async fn missing_uploads<'a>(
        &self,
        desired: &'a DesiredStack<String>,
        region: &Region,
    ) -> Result<Option<MissingUploads<'a>>, CallError> {
        let Some(bucket) = desired.artifacts.as_ref().filter(|_| !desired.uploads.is_empty())
        else {
            return Ok(None);
        };
        let owners = self.owners_of(bucket);
        let mut looks = Vec::with_capacity(desired.uploads.len());
        for upload in desired.uploads.iter() {
            let bucket = Bucket { name: &bucket.name, owners: &owners };
            looks.push(self.uploads.find(bucket, upload));
        }
        let found: Vec<Option<Region>> = stream::iter(looks).buffered(MOST_AT_ONCE).collect().await;
        let mut uploads = Vec::new();
        for (upload, found) in desired.uploads.iter().zip(found) {
            match found {
                Some(found) => check_region(bucket, upload, &found, region)?,
                None => {
                    check_at_hand(bucket, upload)?;
                    uploads.push(upload);
                }
            }
        }
        Ok((!uploads.is_empty()).then_some(MissingUploads { bucket, owners, uploads }))
    }

    /// Puts objects into their bucket, each once in a run; `on_sent` hears how much of all of them was sent.
    ///
    /// # Errors
    /// When the bucket refuses one, is missing, belongs to another account than it must, or stands in another
    /// Region than the addresses in the template say.
    pub async fn upload(
        &self,
        missing: &MissingUploads<'_>,
        region: &Region,
        proof: &Proof,
        on_sent: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<(), CallError> {
        proof.check(&self.guard)?;
        let MissingUploads { bucket, owners, uploads } = missing;
        let sent: Arc<Vec<AtomicU64>> = Arc::new(uploads.iter().map(|_| 0.into()).collect());
        let mut puts = Vec::with_capacity(uploads.len());
        for (at, upload) in uploads.iter().enumerate() {
            let (sent, on_sent) = (sent.clone(), on_sent.clone());
            let told = Arc::new(move |bytes| {
                sent[at].store(bytes, Ordering::Relaxed);
                on_sent(sent.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum());
            });
            let place = Bucket { name: &bucket.name, owners };
            puts.push(self.uploads.put_once(place, upload, told));
        }
        let mut puts = stream::iter(puts).buffered(MOST_AT_ONCE).zip(stream::iter(uploads));
        while let Some((found, upload)) = puts.next().await {
            check_region(bucket, upload, &found?, region)?;
        }
        Ok(())
    }
}

/// Refuses an object that its bucket lacks and of which nobody has the content.
fn check_at_hand(bucket: &ArtifactsBucket, upload: &Upload) -> Result<(), CallError> {
    let Some(file) = upload.missing_file() else { return Ok(()) };
    let (name, key, file) = (&bucket.name, upload.key(), foreign::path(file));
    let text = format!(
        "bucket {name} does not hold {key}, and {file}, of which it is made, is not what it was when the run began: \
         bring it back as it was, then `xdeploy resume` goes on"
    );
    Err(CallError { operation: "s3:HeadObject", code: None, text, origin: ErrorOrigin::Service })
}

/// Refuses a template in a bucket of another Region: its address, which stands in the template that names it,
/// would lead nowhere.
fn check_region(
    bucket: &ArtifactsBucket,
    upload: &Upload,
    found: &Region,
    region: &Region,
) -> Result<(), CallError> {
    if found == region || !upload.is_of_template {
        return Ok(());
    }
    let name = &bucket.name;
    let text = format!(
        "bucket {name} stands in {found}, and what a stack in {region} reads must be in a bucket of its own Region: \
         put `${{region}}` into `artifacts.bucket`"
    );
    Err(CallError { operation: "s3:PutObject", code: None, text, origin: ErrorOrigin::Service })
}
