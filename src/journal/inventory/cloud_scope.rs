//! Which cloud a run worked in.

use serde::{Deserialize, Serialize};

use crate::event::RunRequest;

/// Which cloud a run worked in: AWS, the sandbox, or an endpoint. A stack of one is none of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CloudScope {
    /// Whether it is the embedded sandbox.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Where CloudFormation is reached, if that is not AWS's own endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl CloudScope {
    /// Returns the cloud of the sandbox, or the one that is reached at `endpoint`.
    pub fn new(sandbox: bool, endpoint: Option<String>) -> Self {
        Self { sandbox, endpoint: endpoint.filter(|_| !sandbox) }
    }

    /// Returns the cloud that a run was asked to work in; AWS if nothing else is said.
    pub fn of(request: Option<&RunRequest>) -> Self {
        let Some(RunRequest { sandbox, origin, .. }) = request else { return Self::default() };
        Self::new(*sandbox || origin.sandbox, origin.endpoint.clone())
    }
}
