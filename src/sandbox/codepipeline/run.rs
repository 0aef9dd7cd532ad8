//! The state of a pipeline's executions and of their actions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::declaration::DeclaredAction;
use super::job::PipelineJob;

/// How an execution or an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionStatus {
    /// It goes on.
    InProgress,
    /// It ended well.
    Succeeded,
    Failed,
}

impl ExecutionStatus {
    /// Returns the word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// One execution of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    pub id: String,
    /// How it stands.
    pub status: ExecutionStatus,
    /// Its actions that were started, in that order.
    pub actions: Vec<ActionRun>,
}

/// An action in one execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRun {
    pub id: String,
    /// The stage it belongs to.
    pub stage: String,
    /// What was declared, with the variables in its configuration filled in.
    pub action: DeclaredAction,
    /// How it stands.
    pub status: ExecutionStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// What it reads.
    pub inputs: Vec<Artifact>,
    /// Where it writes.
    pub outputs: Vec<Artifact>,
    /// What it yields to later actions.
    pub variables: BTreeMap<String, String>,
    /// What its worker said of it.
    pub progress: ActionProgress,
    /// Why it failed: code and message.
    pub error: Option<(String, String)>,
    /// Its jobs, the last of which counts.
    pub jobs: Vec<PipelineJob>,
}

/// What a worker said of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionProgress {
    pub summary: Option<String>,
    /// What the worker calls it.
    pub external_id: Option<String>,
    /// How much of it is done.
    pub percent: Option<i64>,
}

/// An artifact and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    pub name: String,
    /// The object's key in the artifact store.
    pub key: String,
    /// The revision it was made from, if that is known.
    pub revision: Option<String>,
}

impl Execution {
    /// Returns an artifact that an action of this execution wrote.
    pub fn artifact(&self, name: &str) -> Option<&Artifact> {
        self.actions.iter().flat_map(|run| &run.outputs).find(|artifact| artifact.name == name)
    }

    /// Returns a text with `#{namespace.name}` filled in; what is not known stays as it is.
    pub fn fill(&self, text: &str) -> String {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("#{") {
            let Some((word, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            match self.variable(word) {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&format!("#{{{word}}}")),
            }
            rest = behind;
        }
        filled + rest
    }

    fn variable(&self, word: &str) -> Option<&str> {
        if word == "codepipeline.PipelineExecutionId" {
            return Some(&self.id);
        }
        let (namespace, name) = word.split_once('.')?;
        let is_meant = |run: &&ActionRun| run.action.namespace.as_deref() == Some(namespace);
        self.actions.iter().find(is_meant)?.variables.get(name).map(String::as_str)
    }
}
