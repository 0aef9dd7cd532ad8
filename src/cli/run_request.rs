//! What a run was asked for, where and from what, in the words of a journal.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{CloudArgs, SelectionArgs};
use super::changed_since::pinned;
use super::revision::revision;
use super::sandbox_settings::SandboxClock;
use super::uncommitted::has_uncommitted_changes;
use crate::event::{RunOrigin, RunRequest};
use crate::plan::Plan;
use crate::run::{self, owner};
use crate::sessions::Sessions;

/// Returns what a run of a plan was asked for, but for its limits.
pub fn run_request(selection: &SelectionArgs, cloud: &CloudArgs, plan: &Plan) -> RunRequest {
    let selection = selection.clone();
    let SelectionArgs { files, accounts, stacks, regions, with_dependents, .. } = selection;
    let changed_since = selection.changed_since.map(|name| pinned(&name, &files));
    let mut request = RunRequest {
        folder: std::env::current_dir().unwrap_or_default(),
        files,
        accounts,
        stacks,
        regions,
        with_dependents,
        changed_since,
        listings: Arc::unwrap_or_clone(selection.listings),
        sandbox: cloud.sandbox,
        plan: plan.digest(),
        owner: owner(),
        origin: origin(cloud, plan),
        ..RunRequest::default()
    };
    request.name_state(cloud.state.named());
    request
}

/// Returns the same once it is known who acts, and where.
pub fn with_caller(request: RunRequest, plan: &Plan, sessions: &Sessions) -> RunRequest {
    RunRequest { origin: run::with_caller(request.origin, plan, sessions), ..request }
}

fn origin(cloud: &CloudArgs, plan: &Plan) -> RunOrigin {
    let first = plan.environments.first();
    let folder = first.and_then(|first| first.path.parent()).map(|folder| {
        if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
    });
    let revision = folder.as_deref().and_then(revision);
    RunOrigin {
        dirty: revision.is_some() && folder.as_deref().is_some_and(has_uncommitted_changes),
        revision,
        sandbox: cloud.sandbox,
        virtual_time: cloud.sandbox_clock == SandboxClock::Virtual,
        command_line: run::command_line(),
        files: run::files(plan),
        ..RunOrigin::default()
    }
}
