//! Notes of jobs that this machine's workers have taken, in the state folder (checkpoints): what a worker leaves that is
//! killed is found by the next one.
//!
//! A note is locked for as long as its worker lives. CodePipeline gives a job that was taken to nobody
//! else, so without the note it would stand still until its action times out.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::file::{Folder, How};
use crate::journal::RunFolder;
use crate::name::{JobId, RunId};

/// The notes of a state folder.
#[derive(Clone, Debug)]
pub struct JobNotes {
    folder: RunFolder,
}

/// The folder of notes in a state folder.
pub(super) const JOBS: &str = "jobs";

/// The note of one job, ours until it is dropped.
#[derive(Debug)]
pub struct JobNote {
    folder: Arc<Folder>,
    name: OsString,
    file: File,
    /// What it says.
    pub job: NotedJob,
}

/// A job that a worker has taken, or is about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedJob {
    /// The id that CodePipeline gave it.
    pub id: JobId,
    /// What proves that it was offered to this machine last.
    pub nonce: String,
    /// The Region and the type of its action: other workers of this folder may be for others.
    pub of: String,
    /// Whether CodePipeline said that it is ours.
    #[serde(default)]
    pub is_taken: bool,
    /// How many workers lived no more before they told its end.
    #[serde(default)]
    pub lost_workers: u32,
    /// The run that it began or goes on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl JobNotes {
    /// Returns the notes of a state folder.
    pub fn of(folder: &RunFolder) -> Self {
        Self { folder: folder.clone() }
    }

    /// Returns a folder that is a job's own while it is worked on, empty.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn job_folder(&self, id: &JobId) -> io::Result<JobFolder> {
        let jobs = self.folder.make_beside(JOBS)?;
        jobs.remove_folder(id.as_str())?;
        let path = jobs.made_inside(id.as_str())?.path().to_owned();
        Ok(JobFolder { jobs, id: id.clone(), path })
    }

    /// Notes a job, before it is taken. One that is offered again has a note for each time.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub fn begin(&self, job: NotedJob) -> io::Result<JobNote> {
        let folder = Arc::new(self.folder.make_beside(JOBS)?);
        let draft = format!("{}.{:016x}", job.id, fastrand::u64(..));
        let file = folder.open(&draft, How::Fresh)?;
        // Nobody sees it before it is locked. Where there are no locks, nobody takes it over.
        let _ = file.try_lock();
        let mut note = JobNote { folder, name: format!("{draft}.json").into(), file, job };
        note.write()?;
        note.folder.rename(draft, &note.folder, &note.name)?;
        Ok(note)
    }

    /// Takes over notes of workers that live no more, at most so many, of the actions `of` only.
    pub fn left(&self, of: &str, most: usize) -> Vec<JobNote> {
        let Ok(folder) = self.folder.open_beside(JOBS).map(Arc::new) else { return Vec::new() };
        let names = folder.names().unwrap_or_default();
        names.into_iter().filter_map(|name| taken_over(&folder, name, of)).take(most).collect()
    }
}

/// Takes a note over whose worker lives no more.
fn taken_over(folder: &Arc<Folder>, name: OsString, of: &str) -> Option<JobNote> {
    let is_note = Path::new(&name).extension().is_some_and(|extension| extension == "json");
    let mut file = is_note.then(|| folder.open(&name, How::Change).ok()).flatten()?;
    if read(&mut file)?.of != of {
        return None;
    }
    file.try_lock().ok()?;
    // Its worker may have ended it just now.
    folder.holds(&name).then_some(())?;
    let mut job = read(&mut file)?;
    job.lost_workers += 1;
    let mut note = JobNote { folder: folder.clone(), name, file, job };
    note.write().ok()?;
    Some(note)
}

/// Reads a note. Behind it may stand the rest of a longer one: whoever wrote it anew was killed before
/// they cut that off.
fn read(file: &mut File) -> Option<NotedJob> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::Deserializer::from_str(&text).into_iter().next()?.ok()
}

impl JobNote {
    /// Notes that the job is ours.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub fn note_taken(&mut self) -> io::Result<()> {
        self.job.is_taken = true;
        self.write()
    }

    /// Notes which run the job works on, before anything is sent for it.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub fn note_run(&mut self, run: &RunId) -> io::Result<()> {
        self.job.run = Some(run.clone());
        self.write()
    }

    /// Forgets the job: its result was told.
    pub fn finish(self) {
        if let Err(error) = self.folder.remove(&self.name) {
            tracing::warn!(job = %self.job.id, %error, "the note of an ended job stays");
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let text = serde_json::to_string(&self.job).expect("texts become JSON");
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)?;
        self.file.sync_data()
    }
}

/// A folder that is a job's own, gone when this is dropped.
#[derive(Debug)]
pub struct JobFolder {
    jobs: Folder,
    id: JobId,
    path: PathBuf,
}

impl JobFolder {
    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for JobFolder {
    fn drop(&mut self) {
        let _ = self.jobs.remove_folder(self.id.as_str());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const OF: &str = "eu-central-1 Deploy/xdeploy/1";

    fn notes() -> (tempfile::TempDir, JobNotes, NotedJob) {
        let state = tempfile::tempdir().expect("a temporary folder");
        let notes = JobNotes::of(&RunFolder::of(state.path()));
        let id = "1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f708".parse().expect("an id");
        let (nonce, of) = ("7".to_owned(), OF.to_owned());
        let job = NotedJob { id, nonce, of, is_taken: false, lost_workers: 0, run: None };
        (state, notes, job)
    }

    #[test]
    fn a_job_is_left_only_once_its_worker_lives_no_more() {
        let (_state, notes, job) = notes();
        let mut note = notes.begin(job.clone()).expect("it is written");
        assert!(notes.left(OF, 9).is_empty());
        let run: RunId = "20261123-155602-k3f9".parse().expect("a run id");
        note.note_taken().expect("it is written");
        note.note_run(&run).expect("it is written");
        drop(note);
        let left = notes.left(OF, 9);
        let expected = NotedJob { run: Some(run), is_taken: true, lost_workers: 1, ..job };
        assert_eq!(left[0].job, expected);
        assert!(notes.left(OF, 9).is_empty(), "it was taken over");
        drop(left);
        assert_eq!(notes.left(OF, 9)[0].job.lost_workers, 2);
    }

    #[test]
    fn a_job_whose_worker_was_killed_while_it_wrote_a_shorter_note_is_left() {
        let (_state, notes, job) = notes();
        let mut note = notes.begin(job).expect("it is written");
        let longer = note.file.metadata().expect("it stands").len();
        note.note_taken().expect("it is written");
        assert!(note.file.metadata().expect("it stands").len() < longer);
        note.file.write_all(b"}").expect("it takes more");
        drop(note);
        let left = notes.left(OF, 9);
        assert!(left[0].job.is_taken);
        drop(left);
        assert_eq!(notes.left(OF, 9)[0].job.lost_workers, 2, "it was written whole again");
    }

    #[test]
    fn a_job_whose_result_was_told_is_forgotten() {
        let (_state, notes, job) = notes();
        notes.begin(job).expect("it is written").finish();
        assert!(notes.left(OF, 9).is_empty());
    }

    #[test]
    fn who_forgets_a_job_leaves_the_note_of_its_next_offer() {
        let (_state, notes, job) = notes();
        let stale = notes.begin(job.clone()).expect("it is written");
        let next = NotedJob { nonce: "8".into(), ..job };
        drop(notes.begin(next).expect("it is written"));
        stale.finish();
        assert_eq!(notes.left(OF, 9)[0].job.nonce, "8");
    }

    #[test]
    fn jobs_of_other_actions_and_more_than_there_is_room_for_are_left_alone() {
        let (_state, notes, job) = notes();
        for _ in 0..3 {
            drop(notes.begin(job.clone()).expect("it is written"));
        }
        assert!(notes.left("us-east-1 Deploy/xdeploy/1", 9).is_empty());
        assert_eq!(notes.left(OF, 2).len(), 2);
        assert_eq!(notes.left(OF, 9).len(), 3, "and no more lost than there were");
    }

    #[test]
    fn a_workplace_begins_empty_and_leaves_nothing() {
        let (_state, notes, job) = notes();
        let left = notes.job_folder(&job.id).expect("it is made");
        fs::write(left.path().join("old"), "").expect("it takes files");
        std::mem::forget(left);
        let anew = notes.job_folder(&job.id).expect("it is made");
        assert!(!anew.path().join("old").exists());
        let path = anew.path().to_owned();
        drop(anew);
        assert!(!path.exists());
    }
}
