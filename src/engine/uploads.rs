//! What a stack's template names is uploaded before the stack is changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::instance_work::InstanceWork;
use crate::cloud::{CallError, MissingUploads, Proof, Stacks};
use crate::event::EventKind;
use crate::file::spoken_bytes;
use crate::plan::DesiredStack;

/// How often it is told how much was sent.
const TOLD_EVERY: Duration = Duration::from_secs(1);

impl InstanceWork {
    /// Puts what a template names into its bucket, as far as it is not there yet.
    ///
    /// # Errors
    /// When the bucket refuses it.
    pub async fn upload(
        &self,
        stacks: &Stacks,
        desired: &DesiredStack<String>,
        proof: &Proof,
    ) -> Result<(), CallError> {
        match self.missing(stacks, desired).await? {
            Some(missing) => self.send_missing(stacks, missing, proof).await,
            None => Ok(()),
        }
    }

    /// Puts those of them into the bucket that CloudFormation reads to draw up a change set.
    ///
    /// # Errors
    /// As [`upload`](Self::upload); as withdrawn if the run is asked to stop meanwhile.
    pub async fn upload_templates(
        &self,
        stacks: &Stacks,
        desired: &DesiredStack<String>,
        proof: &Proof,
    ) -> Result<(), CallError> {
        let uploading = async {
            let missing = self.missing(stacks, desired).await?.map(MissingUploads::of_templates);
            match missing.filter(|missing| missing.count() > 0) {
                Some(missing) => self.send_missing(stacks, missing, proof).await,
                None => Ok(()),
            }
        };
        self.unless_stopped(uploading).await.unwrap_or_else(|| Err(CallError::withdrawn()))
    }

    /// Says what would be uploaded; nothing if all is there, or nobody can tell.
    pub async fn upload_note(
        &self,
        stacks: &Stacks,
        desired: &DesiredStack<String>,
    ) -> Option<String> {
        let looking = self.missing(stacks, desired);
        let missing = self.unless_stopped(looking).await?.ok().flatten()?;
        let target = &self.plan.accounts[self.instance().account];
        // The same words in every account, so that the same changes are told together.
        let bucket = missing.bucket().replace(target.id.as_str(), "${account.id}");
        let bucket = bucket.replace(self.id().region.as_str(), "${region}");
        let noun = if missing.count() == 1 { "artifact" } else { "artifacts" };
        let (count, bytes) = (missing.count(), spoken_bytes(missing.bytes()));
        Some(format!("{count} {noun} ({bytes}) would be uploaded to {bucket}"))
    }

    async fn missing<'a>(
        &self,
        stacks: &Stacks,
        desired: &'a DesiredStack<String>,
    ) -> Result<Option<MissingUploads<'a>>, CallError> {
        stacks.missing_uploads(desired, &self.id().region).await
    }

    async fn send_missing(
        &self,
        stacks: &Stacks,
        missing: MissingUploads<'_>,
        proof: &Proof,
    ) -> Result<(), CallError> {
        self.tell(EventKind::UploadStarted {
            instance: self.id().clone(),
            bucket: missing.bucket().to_owned(),
            objects: missing.count(),
            bytes: missing.bytes(),
        })
        .await;
        let (sent, mut is_sent) = watch::channel(0);
        let told = async {
            loop {
                sleep(TOLD_EVERY).await;
                // Nothing is told while nothing moves.
                if is_sent.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                let sent_bytes = *is_sent.borrow_and_update();
                let instance = self.id().clone();
                self.tell(EventKind::UploadProgressed { instance, sent_bytes }).await;
            }
        };
        let on_sent = Arc::new(move |bytes| {
            sent.send_replace(bytes);
        });
        let sending = stacks.upload(&missing, &self.id().region, proof, on_sent);
        tokio::select! {
            done = sending => done,
            () = told => unreachable!("it never ends"),
        }
    }
}
