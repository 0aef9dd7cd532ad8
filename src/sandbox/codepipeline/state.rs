//! The state of CodePipeline in one account.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::declaration::Declaration;
use super::run::{ActionRun, Execution};

/// What stands of CodePipeline in one account, keys beginning with the Region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodePipeline {
    /// Its custom action types, as `ListActionTypes` shows them.
    pub action_types: BTreeMap<String, Json>,
    /// Its pipelines by name.
    pub pipelines: BTreeMap<String, Pipeline>,
}

/// A pipeline and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// What was declared.
    pub declaration: Declaration,
    pub created: Timestamp,
    /// Its executions, oldest first.
    pub executions: Vec<Execution>,
}

/// Where a job is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPosition {
    /// The key of its pipeline.
    pub pipeline: String,
    /// Which of the executions.
    execution: usize,
    /// Which of its actions.
    action: usize,
    /// Which of its jobs.
    job: usize,
}

impl CodePipeline {
    /// Returns the places of all jobs of a Region, oldest first within a pipeline.
    pub fn places(&self, region: &str) -> Vec<JobPosition> {
        let mut places = Vec::new();
        for (key, pipeline) in &self.pipelines {
            if key.split('/').next() != Some(region) {
                continue;
            }
            for (execution, ran) in pipeline.executions.iter().enumerate() {
                for (action, run) in ran.actions.iter().enumerate() {
                    let place = |job| JobPosition { pipeline: key.clone(), execution, action, job };
                    places.extend((0..run.jobs.len()).map(place));
                }
            }
        }
        places
    }

    /// Returns where the job with this id is.
    pub fn find(&self, region: &str, id: &str) -> Option<JobPosition> {
        self.places(region).into_iter().find(|place| self.job(place).2.id == id)
    }

    /// Returns the pipeline, the action and the job at a place.
    pub fn job(&self, place: &JobPosition) -> (&Pipeline, &ActionRun, &super::job::PipelineJob) {
        let pipeline = &self.pipelines[&place.pipeline];
        let run = &pipeline.executions[place.execution].actions[place.action];
        (pipeline, run, &run.jobs[place.job])
    }

    /// Returns the id of the execution a place is in.
    pub fn execution_id(&self, place: &JobPosition) -> &str {
        &self.pipelines[&place.pipeline].executions[place.execution].id
    }

    /// Returns the action at a place, to be changed, and which of its jobs is meant.
    pub fn change(&mut self, place: &JobPosition) -> (&mut ActionRun, usize) {
        let pipeline = self.pipelines.get_mut(&place.pipeline).expect("a place was found there");
        (&mut pipeline.executions[place.execution].actions[place.action], place.job)
    }
}
