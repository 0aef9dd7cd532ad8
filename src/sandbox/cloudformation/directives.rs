//! Resource directives: deletion and update-replace policies, and the failures and durations that
//! `Metadata: { Sandbox: … }` asks for.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::signals::AwaitedSignals;
use super::step_seconds;

/// What a template says of a resource besides its properties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceDirectives {
    /// `DeletionPolicy`: whether it stays when its stack no longer wants it.
    pub on_deletion: Retention,
    /// `UpdateReplacePolicy`: whether it stays when it is replaced.
    pub on_replacement: Retention,
    /// Which steps fail: `create`, `update`, `delete`, `rollback`.
    pub fail_on: Vec<String>,
    /// How often they fail; without end if absent.
    pub failures_left: Option<u32>,
    /// What a failure says.
    pub failure_reason: Option<String>,
    /// How long a step takes.
    #[serde(rename = "seconds", with = "step_seconds", default)]
    pub takes: Option<Duration>,
    /// The signals that it waits for and never gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never_signalled: Option<AwaitedSignals>,
}

/// Whether a resource stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Retention {
    /// The resource is deleted with its stack.
    #[default]
    No,
    /// It stays, unless the operation that made it is taken back.
    ExceptOnCreate,
    /// The resource outlives its stack.
    Yes,
    /// The resource is deleted once a snapshot of it is taken.
    Snapshot,
}

impl ResourceDirectives {
    /// Returns the directives with as many failures left as an attempt left that failed before.
    pub fn after(self, attempt: &Self) -> Self {
        let failures_left = self.failures_left.map(|n| n.min(attempt.failures_left.unwrap_or(n)));
        Self { failures_left, ..self }
    }

    /// Reads a resource's policies, which `text` works out, and its `Metadata: { Sandbox: … }`.
    pub fn of(definition: &Json, text: impl Fn(&Json) -> Option<String>) -> Self {
        let keep = |key: &str| match text(&definition[key]).as_deref() {
            Some("Retain") => Retention::Yes,
            Some("RetainExceptOnCreate") => Retention::ExceptOnCreate,
            Some("Snapshot") => Retention::Snapshot,
            _ => Retention::No,
        };
        let sandbox = &definition["Metadata"]["Sandbox"];
        let number = |key: &str| sandbox[key].as_str().and_then(|text| text.parse().ok());
        let steps = match &sandbox["FailOn"] {
            Json::Array(steps) => steps.clone(),
            Json::Null => Vec::new(),
            step => vec![step.clone()],
        };
        Self {
            on_deletion: keep("DeletionPolicy"),
            on_replacement: keep("UpdateReplacePolicy"),
            fail_on: steps.iter().filter_map(|step| step.as_str().map(str::to_owned)).collect(),
            failures_left: number("Times"),
            failure_reason: sandbox["Reason"].as_str().map(str::to_owned),
            takes: sandbox["Seconds"].as_str().and_then(step_seconds::read),
            never_signalled: AwaitedSignals::of(definition, text)
                .filter(|_| sandbox["Signal"] == "never"),
        }
    }
}
