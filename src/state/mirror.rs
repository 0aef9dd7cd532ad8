//! The mirror of a run that goes on: what its journal gains here is written to the bucket, a segment at a time.
//!
//! The journal in the working copy is what waits: whatever was added while a segment was on its way goes with the next
//! one, however many stack instances spoke. Only when that stands is anything of it told to be safe, so that what a
//! call intends is in the bucket before the call is sent. A segment that cannot be written ends it for good: the run
//! starts nothing more then, as with a disk that is full.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::bucket::{StateError, at_once};
use super::run_objects::{joined_key, plan_key, run_objects, segment_key};
use super::segment::Segment;
use super::templates::TemplateObjects;
use super::working_copy::{Fetched, WorkingCopy};
use crate::cloud::{PutOutcome, WriteCondition};
use crate::event::Kept;
use crate::file::How;
use crate::journal::{before_name, journal_name, plan_name};
use crate::name::RunId;

/// How long something that nobody waits for stays here at most.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// How long the bucket may take for the last of a run: whoever wants to go must not wait for ever.
const LAST_WITHIN: Duration = Duration::from_secs(30);

/// What writes a run to the bucket while it goes on.
#[derive(Debug)]
pub struct RunMirror {
    copy: WorkingCopy,
    run: RunId,
    writer: String,
    sent: Fetched,
    templates: TemplateObjects,
}

/// Why a run can no longer be written to the bucket.
#[derive(Debug, thiserror::Error)]
pub(super) enum MirrorError {
    /// The bucket does not take it.
    #[error(transparent)]
    State(#[from] StateError),
    /// What is to be written cannot be read here.
    #[error("the journal cannot be read back: {0}")]
    Journal(#[from] io::Error),
    /// The run has ended, and the bucket does not answer.
    #[error("the bucket did not answer in time")]
    Late,
    /// Somebody else wrote the next segment.
    #[error("another process took over, as this one was not heard of in time: {0} is not ours")]
    Closed(String),
}

impl RunMirror {
    /// Returns what writes a run that stands in the working copy as far as the bucket has it, once what it was made of
    /// is there.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(super) async fn begin(copy: WorkingCopy, run: RunId) -> Result<Self, StateError> {
        let sent = copy.fetched(&run);
        let templates = TemplateObjects::listed(&copy).await?;
        let writer = format!("{:016x}", fastrand::u64(..));
        let mut mirror = Self { copy, run, writer, sent, templates };
        mirror.put_plan().await?;
        Ok(mirror)
    }

    /// Writes what the run was made of, unless it is there.
    async fn put_plan(&mut self) -> Result<(), StateError> {
        let unusable = |error| self.copy.bucket.unusable(error);
        let runs = self.copy.folder.opened().map_err(unusable)?;
        let plan = match runs.read(plan_name(&self.run)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            plan => plan.map_err(unusable)?,
        };
        let digests = digests_in(&plan);
        self.templates.put(&self.copy, &digests).await?;
        self.copy.bucket.put(&plan_key(&self.run), plan, WriteCondition::Any).await?;
        Ok(())
    }

    /// Writes what the journal gains until nobody writes it any more, and tells how much of it is safe; then joins its
    /// segments. Returns why the rest of it is not written, if it is not.
    pub async fn follow(
        mut self,
        mut here: watch::Receiver<Kept>,
        safe: watch::Sender<Kept>,
    ) -> Option<String> {
        let mut due = Instant::now() + TOLD_WITHIN;
        loop {
            let is_over = tokio::select! {
                changed = here.changed() => changed.is_err(),
                () = sleep_until(due) => false,
            };
            // Before the journal is read: it holds that much at least.
            let kept = here.borrow_and_update().clone();
            let over = long_over(here.clone());
            let committed = tokio::select! {
                committed = self.commit() => committed,
                () = over => Err(MirrorError::Late),
            };
            match committed {
                Ok(()) => {
                    safe.send_if_modified(|told| {
                        let is_news = *told != kept;
                        *told = kept;
                        is_news
                    });
                }
                Err(error) => {
                    let reason = crate::error_chain::with_causes(&error);
                    safe.send_replace(Kept::Lost(reason.clone()));
                    return Some(reason);
                }
            }
            if is_over {
                break;
            }
            due = Instant::now() + TOLD_WITHIN;
        }
        let joined = timeout(LAST_WITHIN, self.join()).await.unwrap_or(Err(MirrorError::Late));
        if let Err(error) = joined {
            tracing::warn!(%error, run = %self.run, "the segments of the run are not joined");
        }
        None
    }

    /// Writes a run that has ended, or goes on nowhere, as it stands in the working copy.
    ///
    /// # Errors
    /// If it cannot be read here or written there.
    pub(super) async fn put_whole(mut self) -> Result<(), MirrorError> {
        self.commit().await?;
        self.join().await
    }

    /// Writes what the journal gained since the last time.
    async fn commit(&mut self) -> Result<(), MirrorError> {
        let journal = self.gained(&journal_name(&self.run), self.sent.journal_bytes)?;
        // After the journal: what stood before was written first, so that it is there.
        let before = self.gained(&before_name(&self.run), self.sent.before_bytes)?;
        if journal.is_empty() && before.is_empty() {
            return Ok(());
        }
        self.templates.put(&self.copy, &digests_in(&before)).await?;
        let number = self.sent.segments + 1;
        let sent = Fetched {
            segments: number,
            journal_bytes: self.sent.journal_bytes + journal.len() as u64,
            before_bytes: self.sent.before_bytes + before.len() as u64,
        };
        let (run, writer) = (self.run.clone(), self.writer.clone());
        let segment = Segment { run, number, writer, journal, before, closed_by: None };
        let (key, bytes) = (segment_key(&self.run, number), segment.bytes());
        let bucket = &self.copy.bucket;
        match bucket.put(&key, bytes.clone(), WriteCondition::Absent).await? {
            PutOutcome::Written(_) => {}
            PutOutcome::Refused => {
                let there = bucket.read(&key).await?;
                // Ours, if it is the answer that was lost.
                if there.is_none_or(|there| there.content != bytes) {
                    return Err(MirrorError::Closed(key));
                }
            }
        }
        self.sent = sent;
        self.copy.note(&self.run, sent)?;
        Ok(())
    }

    /// Returns the whole lines that a file gained behind so many bytes.
    fn gained(&self, name: &str, bytes: u64) -> io::Result<Vec<u8>> {
        let mut file = match self.copy.folder.opened()?.open(name, How::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        file.seek(SeekFrom::Start(bytes))?;
        let mut gained = Vec::new();
        file.read_to_end(&mut gained)?;
        let whole = gained.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        gained.truncate(whole);
        Ok(gained)
    }

    /// Joins the segments of the run, so that whoever reads it asks once.
    async fn join(&self) -> Result<(), MirrorError> {
        let number = self.sent.segments;
        if number < 2 {
            return Ok(());
        }
        let (journal, before) = (
            self.head(&journal_name(&self.run), self.sent.journal_bytes)?,
            self.head(&before_name(&self.run), self.sent.before_bytes)?,
        );
        let (run, writer) = (self.run.clone(), self.writer.clone());
        let joined = Segment { run, number, writer, journal, before, closed_by: None };
        let bucket = &self.copy.bucket;
        bucket.put(&joined_key(&self.run, number), joined.bytes(), WriteCondition::Any).await?;
        let there = run_objects(bucket, &self.run).await?;
        let parts = there.segments.iter().filter(|part| **part <= number);
        let parts = parts.map(|part| segment_key(&self.run, *part));
        let earlier = there.joined.iter().filter(|last| **last < number);
        let earlier = earlier.map(|last| joined_key(&self.run, *last));
        at_once(parts.chain(earlier), |key| async move { bucket.delete(&key).await }.boxed())
            .await?;
        Ok(())
    }

    fn head(&self, name: &str, bytes: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        if bytes > 0 {
            let file = self.copy.folder.opened()?.open(name, How::Read)?;
            file.take(bytes).read_to_end(&mut head)?;
        }
        Ok(head)
    }
}

/// Waits until nobody has written the journal here any more for a while.
async fn long_over(mut here: watch::Receiver<Kept>) {
    while here.changed().await.is_ok() {}
    sleep(LAST_WITHIN).await;
}

/// Returns the digests of templates that lines of JSON name, wherever they stand in them.
pub(super) fn digests_in(lines: &[u8]) -> BTreeSet<String> {
    fn find(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, member) in members {
                    match member.as_str().filter(|_| key == "template") {
                        Some(digest) if is_digest(digest) => _ = found.insert(digest.to_owned()),
                        _ => find(member, found),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| find(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let mut values = serde_json::Deserializer::from_slice(lines).into_iter();
    while let Some(Ok(value)) = values.next() {
        find(&value, &mut found);
    }
    found
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
