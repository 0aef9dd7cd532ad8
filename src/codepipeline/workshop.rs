//! What jobs are worked on with, and the artifacts that go in and out.

use std::path::PathBuf;

use super::artifact::{self, MOST_PACKED_BYTES};
use super::blame::{bad_artifact, no_artifact, no_owner, unkept, unknown_token, unwritten};
use super::leftover::Workplace;
use super::shelf::Shelf;
use super::told::{self, End, JobFailed};
use super::wanted::Wanted;
use crate::cloud::{Cloud, Job, Objects, Owners};
use crate::file::{Folder, How};
use crate::foreign;
use crate::name::{AccountId, Region, RunId};
use crate::report::summary::{self, Reader};
use crate::report::{self, Palette, Reporters, RunState};

/// What an input artifact is called while it is unpacked.
const PACKED: &str = "artifact.zip";

/// The token of a job that waits for another run to end before it begins one of its own.
pub(super) const WAITING: &str = "waiting";

/// What jobs are worked on with.
pub struct Workshop {
    /// AWS, as every run of a job reaches it.
    pub cloud: Cloud,
    /// The Region of the pipelines and their artifacts.
    pub region: Region,
    /// The account that the buckets of artifacts must belong to; the one that each job names if absent.
    pub artifact_owner: Option<AccountId>,
    /// Where runs are kept.
    pub shelf: Shelf,
    /// Whether the folder of this machine is gone once the job has ended.
    pub forgets: bool,
    /// Who follows a job's run.
    pub reporters: fn(&Job) -> Reporters,
}

/// What a job's input artifact holds.
pub(super) struct Unpacked {
    /// The folder that it is unpacked to.
    pub files: PathBuf,
    /// The links that were left out, by their names in the artifact.
    pub links: Vec<String>,
}

/// A job, what it wants and what it goes on with.
pub struct Assignment {
    /// The job.
    pub job: Job,
    /// What it wants.
    pub wanted: Wanted,
    /// The run that it has begun already, as its worker noted before that run was.
    pub run: Option<RunId>,
}

impl Assignment {
    /// Returns the run that a job before this one says it is to go on with.
    ///
    /// # Errors
    /// If its token is not one of ours.
    pub(super) fn told(&self) -> Result<Option<RunId>, JobFailed> {
        match self.job.continuation.as_deref() {
            None | Some(WAITING) => Ok(None),
            Some(token) => token.parse().map(Some).map_err(|_| unknown_token(token)),
        }
    }

    /// Returns how the job ends if it is left before it did anything: the next one begins where it did.
    pub(super) fn untouched(&self, why: &str) -> End {
        let run = self.run.as_ref().map(RunId::as_str);
        let token = run.or(self.job.continuation.as_deref()).unwrap_or(WAITING);
        told::of_waiting(token, why)
    }
}

impl Workshop {
    /// Returns the folder with what the job's input artifact holds.
    pub(super) async fn unpacked(
        &self,
        job: &Job,
        workplace: &Workplace,
    ) -> Result<Unpacked, JobFailed> {
        let input = job.inputs.first().ok_or_else(told::of_no_artifact)?;
        let folder = Folder::named(workplace.path()).map_err(|error| unkept(&error))?;
        let mut file = folder.open(PACKED, How::Fresh).map_err(|error| unkept(&error))?;
        let objects = self.objects(job).await?;
        let got = objects.get(&input.bucket, &input.key, MOST_PACKED_BYTES, &mut file).await;
        got.map_err(|error| no_artifact(input, &error))?;
        let files = folder.made_inside("files").map_err(|error| unkept(&error))?.path().to_owned();
        let archive = folder.open(PACKED, How::Read).map_err(|error| unkept(&error))?;
        let into = files.clone();
        let unpacking = tokio::task::spawn_blocking(move || artifact::unpack(archive, &into));
        let unpacked = unpacking.await.map_err(|_| told::of_bug())?;
        let links = unpacked.map_err(|error| bad_artifact(&error))?;
        let _ = folder.remove(PACKED);
        Ok(Unpacked { files, links })
    }

    /// Returns the objects of a job's artifacts, in buckets of its pipeline's account only.
    async fn objects(&self, job: &Job) -> Result<Objects, JobFailed> {
        let owners = self.artifact_owner.clone().map(Owners::of).or_else(|| job.owners());
        let owners = owners.ok_or_else(no_owner)?;
        Ok(self.cloud.objects(&self.region, job.keys.clone(), owners).await)
    }

    /// Writes the output artifact, if the action has one.
    pub(super) async fn hand_out(&self, job: &Job, state: &RunState) -> Result<(), JobFailed> {
        let Some(output) = job.outputs.first() else { return Ok(()) };
        let report = report::Report::new(state);
        let summary = summary::text(&report, Palette::Plain, Reader::File);
        let files = [
            ("report.json", foreign::json(&report.json())),
            ("summary.txt", foreign::screen(&summary)),
            ("outputs.json", foreign::json(&format!("{:#}\n", told::outputs(&report).tree()))),
            ("report.html", report::html(state, &report)),
            ("junit.xml", report::junit(&report)),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        let packed = artifact::pack(&files).expect("texts of ours can be packed");
        let objects = self.objects(job).await?;
        let key = job.encryption_key.as_deref();
        let put = objects.put(&output.bucket, &output.key, packed.into(), key).await;
        put.map_err(|error| unwritten(&error))
    }
}
