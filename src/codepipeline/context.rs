//! The context of jobs: the cloud, the run store, and the artifacts that go in and out.

use super::artifact::{self, MOST_PACKED_BYTES, UnpackedArtifact};
use super::failure::{
    JobFailure, bad_artifact, bug, no_artifact, no_input, no_owner, unkept, unwritten,
};
use super::job_notes::JobFolder;
use super::result::outputs;
use super::run_store::RunStore;
use crate::cloud::{Cloud, CodePipelineJob, Objects, Owners};
use crate::file::{Folder, How};
use crate::foreign;
use crate::name::{AccountId, Region};
use crate::report::summary::{self, Destination};
use crate::report::{self, Palette, Reporters, RunState};

/// What an input artifact is called while it is unpacked.
const PACKED: &str = "artifact.zip";

/// What jobs are worked on with.
pub struct JobContext {
    /// AWS, as every run of a job reaches it.
    pub cloud: Cloud,
    /// The Region of the pipelines and their artifacts.
    pub region: Region,
    /// The account that the buckets of artifacts must belong to; the one that each job names if absent.
    pub artifact_owner: Option<AccountId>,
    /// Where runs are kept between jobs.
    pub store: RunStore,
    /// Whether the folder of this machine is gone once the job has ended, as a function's is.
    pub forgets: bool,
    /// Returns who is told of a job's run as it goes on.
    pub reporters: fn(&CodePipelineJob) -> Reporters,
}

impl JobContext {
    /// Returns the folder with what the job's input artifact holds.
    pub(super) async fn unpacked(
        &self,
        job: &CodePipelineJob,
        folder: &JobFolder,
    ) -> Result<UnpackedArtifact, JobFailure> {
        let input = job.inputs.first().ok_or_else(no_input)?;
        let folder = Folder::named(folder.path()).map_err(|error| unkept(&error))?;
        let mut file = folder.open(PACKED, How::Fresh).map_err(|error| unkept(&error))?;
        let objects = self.objects(job).await?;
        let got = objects.get(&input.bucket, &input.key, MOST_PACKED_BYTES, &mut file).await;
        got.map_err(|error| no_artifact(input, &error))?;
        let files = folder.made_inside("files").map_err(|error| unkept(&error))?.path().to_owned();
        let archive = folder.open(PACKED, How::Read).map_err(|error| unkept(&error))?;
        let unpacking = tokio::task::spawn_blocking(move || artifact::unpack(archive, &files));
        let unpacked = unpacking.await.map_err(|_| bug())?;
        let unpacked = unpacked.map_err(|error| bad_artifact(&error))?;
        let _ = folder.remove(PACKED);
        Ok(unpacked)
    }

    /// Returns the objects of a job's artifacts, in buckets of its pipeline's account only.
    async fn objects(&self, job: &CodePipelineJob) -> Result<Objects, JobFailure> {
        let owners = self.artifact_owner.clone().map(Owners::of).or_else(|| job.owners());
        let owners = owners.ok_or_else(no_owner)?;
        Ok(self.cloud.objects(&self.region, job.keys.clone(), owners).await)
    }

    /// Writes the output artifact, if the action has one.
    pub(super) async fn write_output(
        &self,
        job: &CodePipelineJob,
        state: &RunState,
    ) -> Result<(), JobFailure> {
        let Some(output) = job.outputs.first() else { return Ok(()) };
        let report = report::Report::new(state);
        let summary = summary::text(&report, Palette::Plain, Destination::File);
        let files = [
            ("report.json", foreign::json(&report.json())),
            ("summary.txt", foreign::screen(&summary)),
            ("outputs.json", foreign::json(&format!("{:#}\n", outputs(&report).tree()))),
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
