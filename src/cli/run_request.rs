//! What a run was asked for, where and from what, in the words of a journal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::arguments::{CloudArgs, SelectionArgs};
use super::revision::revision;
use crate::event::{RunOrigin, RunRequest};
use crate::plan::Plan;
use crate::run::owner;
use crate::sessions::Sessions;

/// The option whose value is no one else's.
const MFA_CODE: &str = "--mfa-code";

/// Returns what a run of a plan was asked for, but for its limits.
pub fn run_request(selection: &SelectionArgs, cloud: &CloudArgs, plan: &Plan) -> RunRequest {
    let SelectionArgs { files, accounts, stacks, regions, with_dependents } = selection.clone();
    RunRequest {
        folder: std::env::current_dir().unwrap_or_default(),
        files,
        accounts,
        stacks,
        regions,
        with_dependents,
        sandbox: cloud.sandbox,
        state_dir: cloud.state.named(),
        plan: plan.digest(),
        owner: owner(),
        origin: origin(cloud, plan),
        ..RunRequest::default()
    }
}

/// Returns the same once it is known who acts, and where.
pub fn with_caller(request: RunRequest, plan: &Plan, sessions: &Sessions) -> RunRequest {
    let mut environments = 0..plan.environments.len();
    let caller = environments.clone().find_map(|environment| sessions.source(environment));
    let caller = caller.map(|(_, caller)| caller.to_owned()).filter(|caller| !caller.is_empty());
    let endpoint = environments.find_map(|environment| sessions.endpoint(environment));
    let origin = RunOrigin { caller, endpoint, ..request.origin };
    RunRequest { origin, ..request }
}

fn origin(cloud: &CloudArgs, plan: &Plan) -> RunOrigin {
    let first = plan.environments.first();
    let folder = first.and_then(|first| first.path.parent()).map(|folder| {
        if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
    });
    RunOrigin {
        sandbox: cloud.sandbox,
        endpoint: None,
        caller: None,
        command_line: command_line(std::env::args_os().skip(1)),
        revision: folder.and_then(|folder| revision(&folder)),
        files: files(plan),
    }
}

/// Returns the arguments of this program as they may be kept.
fn command_line(arguments: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_code = false;
    for argument in arguments {
        let word = argument.to_string_lossy().into_owned();
        let is_joined = word.strip_prefix(MFA_CODE).is_some_and(|rest| rest.starts_with('='));
        words.push(match (is_code, is_joined) {
            (true, _) => "…".to_owned(),
            (false, true) => format!("{MFA_CODE}=…"),
            (false, false) => word.clone(),
        });
        is_code = !is_code && word == MFA_CODE;
    }
    words
}

/// Returns the plan's files with their digests.
fn files(plan: &Plan) -> BTreeMap<PathBuf, String> {
    let environments = plan.environments.iter().map(|one| (one.path.clone(), one.digest.clone()));
    let of_files = plan.instances.iter().filter(|instance| instance.removed().is_none());
    let templates = of_files.map(|instance| {
        let template = instance.template();
        (template.file.path.clone(), template.digest.clone())
    });
    environments.chain(templates).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_an_mfa_device_is_not_kept() {
        let kept = |words: &[&str]| command_line(words.iter().map(OsString::from)).join(" ");
        assert_eq!(kept(&["apply", "--mfa-code", "123456", "a.yaml"]), "apply --mfa-code … a.yaml");
        assert_eq!(kept(&["apply", "--mfa-code=123456", "--yes"]), "apply --mfa-code=… --yes");
        assert_eq!(kept(&["--mfa-code", "--mfa-code", "x"]), "--mfa-code … x");
    }
}
