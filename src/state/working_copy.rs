//! The working copy of a place: a folder of this machine in which runs stand as they do in any state folder.
//!
//! All that reads runs reads them here, once they were brought up to date. The bucket is what counts: what a process
//! that was killed left here and did not get there is taken away again. A run that a process of this machine carries
//! out just now is left alone, as that one has more of it than the bucket.

use std::io::{self, Seek, SeekFrom, Write};

use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::bucket::{AT_ONCE, StateBucket, StateError};
use super::run_objects::{RunObjects, joined_key, plan_key, run_objects, segment_key};
use super::segment::{Segment, SegmentFault};
use crate::cloud::StoredObject;
use crate::file::{Folder, How};
use crate::journal::{RunFolder, before_name, journal_name, plan_name};
use crate::name::RunId;

/// The folder in which is kept how far each run was fetched.
const FETCHED: &str = "fetched";

/// How often the objects of a run are looked at anew that were joined meanwhile.
const MOST_LOOKS: usize = 5;

/// How far a run stands in the working copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fetched {
    /// The number of its last segment.
    pub segments: u64,
    /// How many bytes of the journal these hold.
    pub journal_bytes: u64,
    /// How many bytes of what stood before these hold.
    pub before_bytes: u64,
}

/// The working copy of a place in a bucket.
#[derive(Clone, Debug)]
pub(super) struct WorkingCopy {
    pub bucket: StateBucket,
    pub folder: RunFolder,
}

/// What of a run is to be written here.
#[derive(Debug, Default)]
struct News {
    /// Whether what is here is replaced.
    is_whole: bool,
    journal: Vec<u8>,
    before: Vec<u8>,
    last: u64,
}

impl WorkingCopy {
    /// Returns how far a run was fetched.
    pub fn fetched(&self, run: &RunId) -> Fetched {
        let read = || {
            let text = self.folder.open_beside(FETCHED)?.read_text(run.as_str())?;
            Ok::<Fetched, io::Error>(serde_json::from_str(&text)?)
        };
        let fetched = read().unwrap_or_default();
        let holds = |name: String, bytes: u64| {
            let found = self.folder.opened().and_then(|runs| runs.look(name));
            bytes == 0 || found.is_ok_and(|found| found.len() >= bytes)
        };
        let is_here = holds(journal_name(run), fetched.journal_bytes)
            && holds(before_name(run), fetched.before_bytes);
        // What is not here, or cannot be read, is fetched anew.
        if is_here { fetched } else { Fetched::default() }
    }

    /// Notes how far a run stands here.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn note(&self, run: &RunId, fetched: Fetched) -> io::Result<()> {
        let text = serde_json::to_string(&fetched).expect("numbers become JSON");
        self.folder.make_beside(FETCHED)?.replace_soon(run.as_str(), text.as_bytes())
    }

    /// Brings a run here as it stands in the bucket, unless a process of this machine carries it out.
    ///
    /// # Errors
    /// If it cannot be read there or written here.
    pub async fn fetch(&self, run: &RunId) -> Result<(), StateError> {
        let objects = run_objects(&self.bucket, run).await?;
        self.fetch_of(run, objects).await
    }

    /// Does the same for a run whose objects were listed.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn fetch_of(&self, run: &RunId, mut objects: RunObjects) -> Result<(), StateError> {
        if self.folder.is_written(run) {
            return Ok(());
        }
        for _ in 0..MOST_LOOKS {
            let fetched = self.fetched(run);
            if let Some(news) = self.news(run, &objects, fetched).await? {
                self.plan(run, &objects).await?;
                let written = self.write(run, fetched, &news);
                return written.map_err(|error| self.bucket.unusable(error));
            }
            // It was joined while it was read.
            objects = run_objects(&self.bucket, run).await?;
        }
        let why = "its segments go while they are read";
        Err(self.bucket.broken(&segment_key(run, 1), why))
    }

    /// Returns what the bucket has of a run and is not here; nothing if what was listed is gone.
    async fn news(
        &self,
        run: &RunId,
        objects: &RunObjects,
        fetched: Fetched,
    ) -> Result<Option<News>, StateError> {
        let (last, joined) = (objects.last(), objects.last_joined());
        let mut news = News { last: fetched.segments, ..News::default() };
        if fetched.segments > last || joined > fetched.segments {
            // Nothing here is of use: the whole is fetched.
            news = News { is_whole: true, ..News::default() };
            if joined > 0 {
                let key = joined_key(run, joined);
                let Some(stored) = self.bucket.read(&key).await? else { return Ok(None) };
                let read = Segment::read(&stored.content, run, joined);
                let read = read.map_err(|fault| self.bucket.broken(&key, fault.to_string()))?;
                news = News { journal: read.journal, before: read.before, last: joined, ..news };
            }
        }
        let numbers: Vec<u64> = (news.last + 1..=last).collect();
        let read =
            |number: u64| async move { self.bucket.read(&segment_key(run, number)).await }.boxed();
        let reads: Vec<_> = numbers.iter().map(|number| read(*number)).collect();
        let stored: Vec<Option<StoredObject>> =
            stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        for (number, stored) in numbers.into_iter().zip(stored) {
            news.last = number;
            let Some(stored) = stored else {
                if objects.segments.contains(&number) {
                    return Ok(None);
                }
                // As a line of a journal that is damaged: it is told, and the rest is read.
                news.journal.extend(b"(a missing segment)\n");
                continue;
            };
            match Segment::read(&stored.content, run, number) {
                Ok(segment) => {
                    news.journal.extend(segment.journal);
                    news.before.extend(segment.before);
                }
                Err(fault @ SegmentFault::Foreign { .. }) => {
                    let key = segment_key(run, number);
                    return Err(self.bucket.broken(&key, fault.to_string()));
                }
                Err(SegmentFault::Damaged) => news.journal.extend(b"(a damaged segment)\n"),
            }
        }
        Ok(Some(news))
    }

    /// Fetches the plan of a run, unless it is here.
    async fn plan(&self, run: &RunId, objects: &RunObjects) -> Result<(), StateError> {
        let unusable = |error| self.bucket.unusable(error);
        let runs = self.runs().map_err(unusable)?;
        if !objects.has_plan || runs.holds(plan_name(run)) {
            return Ok(());
        }
        match self.bucket.read(&plan_key(run)).await? {
            Some(plan) => runs.replace_soon(plan_name(run), &plan.content).map_err(unusable),
            None => Ok(()),
        }
    }

    /// Writes what is new, behind what was fetched before.
    fn write(&self, run: &RunId, before: Fetched, news: &News) -> io::Result<()> {
        let (mut fetched, runs) =
            (if news.is_whole { Fetched::default() } else { before }, self.runs()?);
        if news.last > 0 {
            // First: a journal that is here is believed to be whole.
            fetched.before_bytes =
                write_behind(&runs, &before_name(run), fetched.before_bytes, &news.before)?;
            fetched.journal_bytes =
                write_behind(&runs, &journal_name(run), fetched.journal_bytes, &news.journal)?;
        }
        fetched.segments = news.last;
        if fetched == before { Ok(()) } else { self.note(run, fetched) }
    }

    fn runs(&self) -> io::Result<Folder> {
        self.folder.make().map_err(|error| error.source)?;
        self.folder.opened()
    }

    /// Lets a run of which nothing can be read be told as one that cannot.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn mark_damaged(&self, run: &RunId) -> io::Result<()> {
        let runs = self.runs()?;
        if !runs.holds(journal_name(run)) {
            runs.replace_soon(journal_name(run), b"(damaged)\n")?;
        }
        Ok(())
    }

    /// Takes away what is here of a run that the bucket no longer has.
    ///
    /// # Errors
    /// If it cannot be.
    pub fn forget(&self, run: &RunId) -> io::Result<()> {
        let runs = self.runs()?;
        for name in [journal_name(run), before_name(run), plan_name(run)] {
            match runs.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.note(run, Fetched::default())
    }
}

/// Writes behind so many bytes of a file, takes away what else stood there, and returns how many it has then.
fn write_behind(runs: &Folder, name: &str, bytes: u64, news: &[u8]) -> io::Result<u64> {
    let whole = bytes + news.len() as u64;
    if whole == 0 && !runs.holds(name) {
        return Ok(0);
    }
    let mut file = runs.open(name, How::Edit)?;
    // Its time tells when something of it was written last.
    if file.metadata()?.len() == whole && news.is_empty() {
        return Ok(whole);
    }
    file.set_len(bytes)?;
    file.seek(SeekFrom::Start(bytes))?;
    file.write_all(news)?;
    Ok(whole)
}
